"""What one of several load balancers shows only beside another with the same servers: it differs, or it alone fares badly with a server."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from poise.detectors.pair_drift import compare
from poise.diagnosis.halves import Halves
from poise.diagnosis.observe import halves
from poise.diagnosis.observe_shares import BEFORE
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.shift import MIDDLE, degree
from poise.model.component_label import component_label
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.evidence import Evidence
from poise.model.sample import Window

MOST_TOLD = 6
# Half the sum of differences of two splits that is a difference, as for shares.
SHARE_SCALE = 0.02
# An even split beside an uneven one of the same servers: in nine pairs of ten the uneven one is the mistake, in one the even one.
MOST_BITS = 3.2
# A server that errs through one load balancer and through its neighbour does not is hardly the one that errs.
ELSEWHERE_BITS = 3.0
BAD, WELL, FEW = 0.05, 0.01, 20.0
OF_SERVER = frozenset({"server-down", "server-errors", "server-slow", "restart-without-drain"})
OF_BALANCER = frozenset({"stale-backend", "server-unchecked", "wrong-health-check", "tls-certificate", "server-timeout"})


@dataclass(frozen=True, slots=True)
class Looked:
    """One load balancer: its name, what was seen of it and beside it, and what that alone says."""

    name: str
    window: Window
    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class _Pool:
    """One pool of one load balancer. `split` by address: the part that its running weight gives each server that serves, else nothing;
    `failing` the part of a server's requests that fails, by address, where it got enough of them."""

    of: str
    name: str
    components: Mapping[str, str]
    split: Mapping[str, float]
    failing: Mapping[str, float]


def differences(looked: Iterable[Looked]) -> tuple[str, ...]:
    """In words, what load balancers with the same servers do differently. Each difference once."""
    told: list[str] = []
    for here, there in combinations(looked, 2):
        if not _alike(here, there):
            continue
        for verdict in compare((here.name, there.name), here.window, there.window):
            # Each may have ports and certificates of its own: what they do with a pool is what must agree.
            if verdict.state == "bad" and verdict.component.startswith("pool "):
                told.append(f"{verdict.component}: {verdict.reason}")
    return tuple(dict.fromkeys(told))[:MOST_TOLD]


def weighed_beside(looked: Iterable[Looked]) -> tuple[Looked, ...]:
    """The same, each hypothesis with what the neighbours say of it."""
    every = tuple(looked)
    known = [pool for each in every for pool in _pools(each)]
    return tuple(replace(each, diagnosis=_with(each, known)) for each in every)


def _with(each: Looked, known: list[_Pool]) -> Diagnosis:
    mine = [pool for pool in known if pool.of == each.name]
    told: dict[str, list[tuple[frozenset[str], Evidence]]] = {}
    for pool in mine:
        twins = [p for p in known if p.of != each.name and len(p.components.keys() & pool.components.keys()) > len(pool.components) / 2]
        for component, faults, evidence in (e for twin in twins[:1] for e in _beside(pool, twin)):
            told.setdefault(component, []).append((faults, evidence))
    hypotheses = tuple(_changed(h, told) for h in each.diagnosis.hypotheses)
    return replace(each.diagnosis, hypotheses=hypotheses)


def _changed(h: Hypothesis, told: Mapping[str, list[tuple[frozenset[str], Evidence]]]) -> Hypothesis:
    more = tuple(evidence for faults, evidence in told.get(h.component, ()) if h.fault in faults)
    if not more:
        return h
    # That it is as it was before excuses nothing once a neighbour shows how it ought to be.
    dropped = tuple(e for e in h.evidence if e.bits < 0 and e.observable.endswith(BEFORE)) if h.fault == "uneven-weights" else ()
    evidence = tuple(sorted((*(e for e in h.evidence if e not in dropped), *more), key=lambda e: -abs(e.bits)))
    return replace(h, evidence=evidence, bits=h.bits + sum(e.bits for e in more) - sum(e.bits for e in dropped))


def _beside(mine: _Pool, twin: _Pool) -> Iterator[tuple[str, frozenset[str], Evidence]]:
    """What the twin says of this pool: (component, faults that it concerns, evidence)."""
    shared = mine.split.keys() & twin.split.keys()
    apart = sum(abs(mine.split[a] - twin.split[a]) for a in shared) / 2
    if len(shared) > 1 and apart > SHARE_SCALE:
        furthest = max(shared, key=lambda a: mine.split[a] - twin.split[a])
        # Which of the two is wrong: the one that is further from an even split.
        odd = _uneven(mine.split) - _uneven(twin.split)
        bits = MOST_BITS * (2 * degree(MIDDLE + 3 * odd / SHARE_SCALE, 0.9) - 1) * (2 * degree(MIDDLE + apart / SHARE_SCALE) - 1)
        label = f"share of {mine.components[furthest]} that its weight gives on {mine.of}, beside {twin.of}"
        figures = (round(twin.split[furthest], 4), round(mine.split[furthest], 4))
        evidence = Evidence(label, *figures, round(bits, 3), f"running weights of {mine.of} and {twin.of}")
        yield component_label("pool", mine.name), frozenset({"uneven-weights"}), evidence
    for address, failing in mine.failing.items():
        other = twin.failing.get(address)
        if other is not None and failing > BAD and other < WELL:
            server = mine.components[address]
            label = f"part of the requests that fail at {server} through {mine.of}, beside {twin.of}"
            source = f"responses_5xx_total, connection_errors_total of {mine.of} and {twin.of}"
            component = component_label("server", server)
            yield component, OF_SERVER, Evidence(label, round(other, 4), round(failing, 4), -ELSEWHERE_BITS, source)
            for place in (component, component_label("pool", mine.name)):
                yield place, OF_BALANCER, Evidence(label, round(other, 4), round(failing, 4), ELSEWHERE_BITS / 2, source)


def _uneven(split: Mapping[str, float]) -> float:
    return sum(abs(part - 1 / len(split)) for part in split.values()) / 2 if split else 0.0


def _pools(each: Looked) -> Iterator[_Pool]:
    cut = halves(each.window)
    for parts in pools(cut):
        addresses = _addresses(each.window, parts)
        weights = {s: w for s, c in parts.servers.items() if (w := cut.setting(c, "weight")) is not None and _serves(cut, c)}
        total = sum(weights.values())
        split = {addresses[s]: w / total for s, w in weights.items()} if total > 0 else {}
        failing = {addresses[s]: part for s, c in parts.servers.items() if (part := _failing(cut, c)) is not None}
        yield _Pool(each.name, parts.name, {addresses[s]: c for s, c in parts.servers.items()}, split, failing)


def _addresses(window: Window, parts: PoolParts) -> Mapping[str, str]:
    told = {c.name: c.address for c in window.stack.of_kind("server")}
    return {s: told.get(c) or s for s, c in parts.servers.items()}


def _serves(cut: Halves, component: str) -> bool:
    return cut.setting(component, "up") != 0.0 and not any((cut.setting(component, m) or 0.0) >= 0.5 for m in ("maintenance", "drain"))


def _failing(cut: Halves, component: str) -> float | None:
    done = cut.counter_now(component, "requests_total")
    if done is None:
        return None
    lost = [rise for m in ("responses_5xx_total", "connection_errors_total") if (rise := cut.counter_now(component, m)) is not None]
    failed = sum(rise for rise, _ in lost)
    attempts = max(done[0], failed)
    return failed / attempts if lost and attempts >= FEW else None


def _alike(here: Looked, there: Looked) -> bool:
    """Whether they have a pool in common, by its servers: load balancers of different services are not compared."""

    def of(each: Looked) -> list[frozenset[str]]:
        return [frozenset(s.address for s in pool.servers) for t in each.window.topologies for pool in t.pools if pool.servers]

    return any(len(a & b) * 2 > len(a) for a in of(here) for b in of(there))
