"""A commented poise.toml for a configuration, to be filled in by who knows the application. Pure."""

import json
import re
from collections.abc import Iterator, Sequence

from poise.model.topology import Pool, Topology
from poise.report.printable import one_line

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


def toml(topologies: Sequence[Topology]) -> str:
    """The file's text: a table per pool with servers, each key commented with its meaning and, where the configuration tells, a value."""
    parts = [HEAD]
    for topology in topologies:
        for pool in topology.pools:
            if pool.servers:
                parts.append("\n".join(_pool(pool)) + "\n")
    return "\n".join(parts) + FOOT


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _pool(pool: Pool) -> Iterator[str]:
    active = [s for s in pool.servers if s.role == "active"]
    names = one_line(", ".join(s.name for s in pool.servers))
    share = min(1.0, round(1.5 / max(len(active), 1), 2))
    limits = [s.maxconn for s in active if s.maxconn]
    ratios = ", ".join(f"{_key(s.name)} = {s.weight}" for s in active) or "app1 = 2, app2 = 1"
    yield f"# {one_line(str(pool.location))}: {one_line(pool.algorithm.name)} over {names}"
    yield f"[pool.{_key(pool.name)}]"
    yield _said('split = "even"', "what share each server should get: even, or capacity ratios as below")
    yield f"# split = {{{ratios}}}"
    yield _said(f"max_share = {share}", "no server may get more of the requests; 0-1")
    yield _said("survive = 1", "servers that may be lost at peak")
    yield _said("peak_requests_per_second = 100", "the most that clients send")
    yield _said(f"concurrency_per_server = {min(limits) if limits else 32}", "requests that one server works on at once")
    yield _said("service_time_ms = 40", "how long one request takes on an idle server")
    yield _said(f"sticky = {'true' if pool.persistence else 'false'}", "must a client stay on its server?")
    yield _said("idempotent = false", "may a request be run twice?")
    yield _said("clients_behind_nat = true", "do many clients share few addresses?")
    yield _said("load_balancers = 2", "how many of them share this pool")
    yield _said("hot_key_share = 0.1", "part of the requests that the most popular key of a hash draws; 0-1")
    yield _said("sessions = 5000", "clients in a session at once")
    yield _said("session_minutes = 30", "how long a client may pause and still find its session")
    if any(s.template for s in pool.servers):
        yield _said("instances = 5", "servers that the name stands for")
    yield _said("cost_per_minute = 120.0", "of a full outage, in your currency")
    yield _said("objectives = {availability = 0.999, latency_p99_ms = 500}", "what clients were promised")


def _said(line: str, meaning: str) -> str:
    """A key commented out, with its meaning in a column of its own."""
    return f"# {line:<38} # {meaning}"
