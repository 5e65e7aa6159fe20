"""Two load balancers that must agree do not: clients of one get other shares, or other servers, than clients of the other."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from poise.detectors.detector import Detector, Policy
from poise.detectors.pair_certificates import certificates
from poise.detectors.reading import latest
from poise.model.alert import Verdict
from poise.model.finding import Severity
from poise.model.sample import Window
from poise.model.topology import Pool, Topology

NAME = "pair_drift"
MOST_TOLD = 6
ONLY_TEXT = "their files differ in their text, not in pools, servers, weights or ports"
# A value that one of the two has told nothing of for so long is not compared.
WITHIN_SECONDS = 150.0
STATES = (("up", "DOWN", "up"), ("maintenance", "serving", "in maintenance"), ("drain", "serving", "draining"))
Texts = Mapping[str, str]


def compare(names: tuple[str, str], here: Window, there: Window, texts: tuple[Texts, Texts] = ({}, {})) -> Iterable[Verdict]:
    """One verdict for each pool of the first one, in the first one's words; `texts` are their files by name.

    Pools are found by name, servers by name (HAProxy's) or address.
    """
    ours, theirs = _topology(here), _topology(there)
    if ours is None or theirs is None:
        return
    for pool in ours.pools:
        other = theirs.pool(pool.name)
        if other is None:
            found = [f"{names[1]} has no such pool"]
        else:
            found = [*_declared(names, pool, other), *_running(names, here, there, pool, other)]
        yield _verdict(f"pool {pool.name}", names, found)
    missing = [pool.name for pool in theirs.pools if ours.pool(pool.name) is None]
    # Each of a pair may have addresses of its own; what clients reach is a port.
    ports = _ports(ours) ^ _ports(theirs)
    found = [f"{names[0]} has no pool {name}" for name in missing[:MOST_TOLD]]
    for listener, said, severity in certificates(names, here, there):
        yield _verdict(f"listener {listener}", names, [said] if said else [], severity)
    found += [f"only one of them listens on port {', '.join(sorted(ports)[:MOST_TOLD])}"] if ports else []
    if not found and _texts_differ(texts):
        yield _verdict(f"load-balancer {names[0]}", names, [ONLY_TEXT], "info")
        return
    yield _verdict(f"load-balancer {names[0]}", names, found)


def _declared(names: tuple[str, str], pool: Pool, other: Pool) -> Iterator[str]:
    """What the two files say."""
    first, second = (" ".join(filter(None, (p.algorithm.name, p.algorithm.argument, p.algorithm.hash_method))) for p in (pool, other))
    if first != second:
        yield f"{names[0]} balances by {first}, {names[1]} by {second}"
    mine, yours = ({s.name: s for s in p.servers} for p in (pool, other))
    for name in dict.fromkeys((*mine, *yours)):
        if name not in yours or name not in mine:
            yield f"{name} is a server of {names[0 if name in mine else 1]} only"
            continue
        here, there = mine[name], yours[name]
        for word in ("weight", "address", "role"):
            a, b = getattr(here, word), getattr(there, word)
            if a != b:
                yield f"{name}: the file of {names[0]} says {word} {a}, that of {names[1]} {b}"


def _running(names: tuple[str, str], here: Window, there: Window, pool: Pool, other: Pool) -> Iterator[str]:
    """What the two running ones do, where both tell it and their files agree."""
    for server in pool.servers:
        twin = other.server(server.name)
        if twin is None:
            continue
        component = f"{pool.name}/{server.name}"
        first, second = (latest(w, component, "weight", WITHIN_SECONDS) for w in (here, there))
        if first is not None and second is not None and first != second and server.weight == twin.weight:
            yield f"{server.name} runs with weight {first:.0f} on {names[0]} and {second:.0f} on {names[1]}"
        for metric, none, one in STATES:
            a, b = (latest(w, component, metric, WITHIN_SECONDS) for w in (here, there))
            if a is not None and b is not None and (a > 0) != (b > 0):
                words = {True: one, False: none}
                yield f"{server.name} is {words[a > 0]} on {names[0]} and {words[b > 0]} on {names[1]}"


def _ports(topology: Topology) -> set[str]:
    return {bind.address.rpartition(":")[2] for listener in topology.listeners for bind in listener.binds}


def _verdict(component: str, names: tuple[str, str], found: list[str], severity: Severity = "warning") -> Verdict:
    bad = bool(found)
    summary = f"{names[0]} and {names[1]} disagree: {found[0]}" if bad else f"{names[0]} and {names[1]} agree"
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    reason = "; ".join(found[:MOST_TOLD]) + more if bad else "servers, weights, states and algorithms compared"
    return Verdict(NAME, component, "bad" if bad else "ok", severity, False, summary, reason)


def _texts_differ(texts: tuple[Texts, Texts]) -> bool:
    """Whether the texts differ beyond blank lines, comments and the order of files."""
    said = [sorted(line.strip() for text in each.values() for line in text.splitlines() if _says(line)) for each in texts]
    return bool(said[0]) and bool(said[1]) and said[0] != said[1]


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _topology(window: Window) -> Topology | None:
    return next(iter(window.topologies), None)


def alone(_: Window, now: datetime) -> Iterable[Verdict]:
    """One alone has nobody to be compared with: whoever watches both puts `compare` in the place of this."""
    del now
    return ()


# Two that are reloaded one after the other disagree for a while, and that is no drift.
DETECTOR = Detector(NAME, alone, Policy(timedelta(seconds=60), timedelta(seconds=10)))
