"""A commented poise.toml for a configuration, to be filled in by who knows the application. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence

from poise.model.seen import Seen
from poise.model.topology import Pool, Topology
from poise.report.printable import UNSAFE, one_line

HEAD = """\
# What the application needs of its load balancer. poise holds every forecast, audit and repair against it.
# Every key is optional; uncomment what you know. The file stands beside the configuration, or is named with --needs.
"""

FOOT = """
# A finding that you accept: who, why, until when. After that day it is back.
# [accept.uneven-weights]
# pool = "web"
# by = "your name"
# because = "app1 is twice the machine"
# until = 2027-01-31

# What `poise watch` looks at beside the load balancer itself.
# [watch]
# client = "http://127.0.0.1:8080/"          # the URL that clients use
# changes = ["changes.jsonl"]                # {"at": "…", "kind": "change", "component": "…", "text": "…"} a line
"""

# Algorithms that keep a client, or a key, on one server.
PINNING = frozenset(("source", "ip_hash", "RING_HASH", "MAGLEV"))
MOST_RATIOS = 12


def toml(topologies: Sequence[Topology], seen: Mapping[str, Seen] | None = None) -> str:
    """The file's text: a table per pool with servers, each key commented with its meaning and, where the configuration tells, a value.

    `seen` holds what the running load balancers tell, by pool: those values are filled in, with a comment where they come from. A pool
    whose name stands in two configurations has one table, because poise.toml knows pools by their names.
    """
    parts = [HEAD]
    first: dict[str, Pool] = {}
    for topology in topologies:
        for pool in topology.pools:
            if not pool.servers:
                continue
            if pool.name in first:
                parts.append(f"# {one_line(str(pool.location))}: [pool.{_key(pool.name)}] above holds for this one too\n")
                continue
            first[pool.name] = pool
            parts.append("\n".join(_pool(pool, (seen or {}).get(pool.name))) + "\n")
    return "\n".join(parts) + FOOT


def _key(name: str) -> str:
    """A name as a key of TOML 1.0: bare where it may be, else quoted, with everything escaped that a basic string or a terminal minds."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return name
    text = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    # A lone surrogate stands for a byte that is no UTF-8: TOML has no way to write it.
    safe = UNSAFE.sub(lambda found: "\ufffd" if "\ud800" <= found[0] <= "\udfff" else f"\\U{ord(found[0]):08x}", text)
    return f'"{safe}"'


def _pool(pool: Pool, seen: Seen | None) -> Iterator[str]:
    active = {s.name: s for s in pool.servers if s.role == "active"}
    names = one_line(", ".join(s.name for s in pool.servers[:20])) + (" …" if len(pool.servers) > 20 else "")
    share = max(0.0001, min(1.0, round(1.5 / max(len(active), 1), 4)))
    limits = [s.maxconn for s in active.values() if s.maxconn]
    weights = {name: s.weight for name, s in active.items()}
    even = len(set(weights.values())) < 2 or not any(weights.values())
    ratios = ", ".join(f"{_key(name)} = {weight}" for name, weight in [*weights.items()][:MOST_RATIOS])
    # The weights that are there may be the very fault that the needs should show: they are told, not offered.
    now = "" if even else f"; the configuration has {{{ratios}{', …' if len(weights) > MOST_RATIOS else ''}}}"
    sticky = bool(pool.persistence) or pool.algorithm.name in PINNING
    at_once = min(limits) if limits else seen.most_at_once if seen and seen.most_at_once else 32
    yield f"# {one_line(str(pool.location))}: {one_line(pool.algorithm.name)} over {names}"
    yield f"[pool.{_key(pool.name)}]"
    yield _said('description = "what it is for"', "for the page that `poise docs` makes")
    yield _said('split = "even"', f'what share each server should get: "even", or capacity ratios as {{app1 = 2, app2 = 1}}{now}')
    yield _said(f"max_share = {share}", "no server may get more of the requests; 0-1")
    yield _said(f"survive = {min(1, max(len(active) - 1, 0))}", "servers that may be lost at peak")
    yield _rate(seen)
    yield _said(f"concurrency_per_server = {at_once}", _capacity(bool(limits), seen))
    yield _time(seen)
    yield _said(f"sticky = {'true' if sticky else 'false'}", "must a client stay on its server?")
    yield _said("idempotent = false", "may a request be run twice?")
    yield _said("clients_behind_nat = true", "do many clients share few addresses?")
    yield _said("cost_per_minute = 120.0", "of a full outage, in your currency")
    yield _said("objectives = {availability = 0.999, latency_p99_ms = 500}", "what clients were promised")
    yield _said("load_balancers = 2", "that share this pool, each with its own counts and tables")
    yield _said("hot_key_share = 0.05", "of the requests that the most popular key of a hash draws; 0-1")
    yield _said("clients = 24", "that each wait for an answer before the next request: the load where no peak is declared")
    yield _said("queue_per_server = 100", "how many may wait in a server before it refuses more")
    yield _said('service_time_distribution = "exponential"', 'or "constant", or "lognormal"; load-dependent splits are simulated with it')
    yield _said("service_time_p99_ms = 200", "of a lognormal distribution: 1 in 100 requests takes longer on an idle server")
    first = _key(next(iter(active), "app1"))
    yield _said(f"service_time_ms_by_server = {{{first} = 160}}", "where a server is slower or faster than the others")
    yield _said(f"concurrency_by_server = {{{first} = 8}}", "where a server works on more or fewer at once")
    yield _said("sessions = 20000", "clients in a session at once, where a client is pinned")
    yield _said("session_minutes = 60", "how long a client may pause and come back to its session")
    if pool.discovered or any(s.template for s in pool.servers):
        yield _said("instances = 5", "servers that the name stands for")


def _rate(seen: Seen | None) -> str:
    meaning = "the most that clients send"
    if seen is None or seen.requests_per_second is None:
        return _said("peak_requests_per_second = 100", meaning)
    rate = f"peak_requests_per_second = {max(1, round(seen.requests_per_second))}"
    if seen.peak:
        return _filled(rate, f"{meaning}; the highest that was seen: {seen.source}")
    return _said(rate, f"{meaning}; just now it was {seen.requests_per_second:.3g}: {seen.source}. The peak is higher")


def _capacity(limited: bool, seen: Seen | None) -> str:
    meaning = "requests that one server works on at once"
    if limited:
        meaning += "; the limit that the configuration sets"
    if seen is None or seen.most_at_once is None:
        return meaning
    return f"{meaning}; at most {seen.most_at_once} were seen, more may be possible: {seen.source}"


def _time(seen: Seen | None) -> str:
    meaning = "how long one request takes on an idle server"
    if seen is None or seen.service_time_ms is None:
        return _said("service_time_ms = 40", meaning)
    return _filled(f"service_time_ms = {max(0.1, round(seen.service_time_ms, 1)):g}", f"{meaning}; as seen: {seen.source}")


def _said(line: str, meaning: str) -> str:
    """A key commented out, with its meaning in a column of its own."""
    return f"# {line:<38} # {one_line(meaning)}"


def _filled(line: str, meaning: str) -> str:
    """A key that counts, with its meaning."""
    return f"{line:<40} # {one_line(meaning)}"
