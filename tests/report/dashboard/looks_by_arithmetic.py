"""Looks at stacks of which every figure is known: servers that get so many requests a second, one look a second."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from poise.daemon.history import History
from poise.detectors import DETECTORS
from poise.model.alert import Alert, InOrder
from poise.model.location import Location
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Block, Component, Event, Sample, Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology
from poise.report.dashboard.look import Look

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HERE = Location("haproxy.cfg", 1, 1)
SERVER_METRICS = (
    *("requests_total", "responses_5xx_total", "in_flight", "queue", "response_ms", "up", "maintenance", "drain"),
    *("weight", "effective_weight"),
)
EVEN = PoolNeeds(split="even", objectives=Objectives(0.999, 500))


def topology(pools: Mapping[str, Sequence[str]], weights: Mapping[str, int] | None = None, algorithm: str = "roundrobin") -> Topology:
    """A file with these pools and their servers; `weights` by server, 100 where not named."""
    made = []
    for number, (name, servers) in enumerate(pools.items()):
        rows = tuple(Server(s, f"10.0.{number}.{i + 1}:8080", "active", (weights or {}).get(s, 100), HERE) for i, s in enumerate(servers))
        made.append(Pool(name, "haproxy", "http", Algorithm(algorithm), rows, HERE))
    return Topology("haproxy", "haproxy.cfg", pools=tuple(made))


def window(
    of: Topology,
    rates: Mapping[str, float],
    *,
    before: Mapping[str, float] | None = None,
    changed: float = 0.0,
    seconds: int = 200,
    needs: Mapping[str, PoolNeeds] | None = None,
    more: Mapping[str, Mapping[str, float]] | None = None,
    beside: Mapping[tuple[str, str], float] | None = None,
    kinds: Mapping[str, str] | None = None,
    events: Sequence[Event] = (),
) -> Window:
    """`rates` are requests a second by `pool/server`, `before` those until `changed` seconds ago; `more` sets other metrics of a server,
    `beside` those of components of these `kinds`."""
    names = tuple(f"{pool.name}/{server.name}" for pool in of.pools for server in pool.servers)
    weight = {f"{pool.name}/{server.name}": float(server.weight) for pool in of.pools for server in pool.servers}
    history = History()
    totals = np.zeros(len(names))
    failed = np.zeros(len(names))
    part = np.array([(more or {}).get(n, {}).get("errors_ratio", 0.0) for n in names])
    stood = {"up": 1.0, "maintenance": 0.0, "drain": 0.0, "in_flight": 2.0, "queue": 0.0, "response_ms": 75.0}
    for second in range(seconds + 1):
        now = NOW - timedelta(seconds=seconds - second)
        early = before is not None and seconds - second >= changed
        step = np.array([(before if early and before is not None else rates).get(n, 0.0) for n in names])
        totals = totals + step
        failed = failed + step * part
        columns = [totals, failed]
        for metric in SERVER_METRICS[2:]:
            usual = weight if metric in ("weight", "effective_weight") else dict.fromkeys(names, stood.get(metric, 0.0))
            columns.append(np.array([(more or {}).get(n, {}).get(metric, usual[n]) for n in names]))
        history.add_blocks([Block(now, names, SERVER_METRICS, np.column_stack(columns), "lb1 servers")])
        history.add(Sample(now, c, m, value * second if m.endswith("_total") else value) for (c, m), value in (beside or {}).items())
    for event in events:
        history.add_event(event)
    parts = [Component("lb1", "load-balancer"), *(Component(p.name, "pool") for p in of.pools), *(Component(n, "server") for n in names)]
    parts += [Component(name, kind) for name, kind in (kinds or {}).items() if name != "lb1"]  # type: ignore[arg-type]
    found = history.window(NOW, Stack(tuple(parts)), (of,))
    return replace(found, needs=Needs(dict(needs or {})))


def look(found: Window, load_balancer: str = "lb1", since: float = 30.0) -> Look:
    """With an alert for whatever the detectors find bad, firing since so many seconds."""
    at = NOW - timedelta(seconds=since)
    verdicts = [v for d in DETECTORS for v in d.judge(found, NOW) if not isinstance(v, InOrder) and v.state == "bad"]
    return Look(load_balancer, found, tuple(Alert(v.key, "firing", v, at, at, None, NOW) for v in verdicts))


FOUR = topology({"web": ("app1", "app2", "app3", "app4")})
# The outage of November: 80 requests a second, of which app1 got 77 once its weight was 256 and that of the others 1.
QUIET = dict.fromkeys((f"web/app{i}" for i in range(1, 5)), 20.0)
HOT = {"web/app1": 77.0, "web/app2": 1.0, "web/app3": 1.0, "web/app4": 1.0}
HEAVY = {"web/app1": {"weight": 256.0, "effective_weight": 256.0, "in_flight": 128.0, "queue": 40.0, "errors_ratio": 0.33}} | {
    f"web/app{i}": {"weight": 1.0, "effective_weight": 1.0} for i in (2, 3, 4)
}
BESIDE = {
    ("client", "requests_per_second"): 80.0,
    ("client", "success_ratio"): 0.673,
    ("client", "p50_ms"): 3775.0,
    ("client", "p99_ms"): 3874.0,
    ("main", "statement_ms"): 0.16,
    ("main", "lock_waits"): 0.0,
    ("main", "active"): 2.0,
    ("main", "connections"): 12.0,
    ("main", "connection_limit"): 100.0,
    ("lb1→app1", "connect_ms"): 0.4,
    ("lb1→app1", "connect_failures_total"): 0.0,
    ("lb1→app1", "retransmits_total"): 0.0,
    ("lb1", "sessions"): 120.0,
    ("lb1", "session_limit"): 2000.0,
    ("lb1", "idle_percent"): 96.0,
}
KINDS = {"client": "client", "main": "database", "lb1→app1": "hop", "lb1": "load-balancer"}
CHANGE = Event(NOW - timedelta(seconds=100), "change", "weights of pool web 100/100/100/100 → 256/1/1/1", "load-balancer lb1")


def november() -> Window:
    """A hundred seconds after the weights were changed while HAProxy ran."""
    return window(
        FOUR,
        HOT,
        before=QUIET,
        changed=100,
        needs={"web": EVEN},
        more=HEAVY,
        beside=BESIDE,
        kinds=KINDS,
        events=(CHANGE,),
    )
