"""The layers beside the pools, each with its state in words, so that the page by itself rules layers out. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from poise.alerting.identity import pool_of
from poise.detectors import columns
from poise.detectors.servers import Floats
from poise.faults import FAULTS
from poise.incidents.log_event import alert_words
from poise.model.alert import Alert
from poise.model.sample import ComponentKind, Window
from poise.report.dashboard.layer_words import application, clients, database, load_balancer, network
from poise.report.dashboard.levels import alert_level, alive, worst
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import LayerView

# A figure that is older says nothing of now; a load balancer that is asked seldom has its last looks in so many seconds.
FRESH_SECONDS, RISEN_SECONDS = 150.0, 60.0
MOST_WORDS, MOST_FIGURES = 2, 40
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Layer:
    """`reads` are the metrics of each kind of component; `words` says what they mean, None where none was measured; `missing` what to do
    so that it is watched."""

    name: str
    title: str
    reads: tuple[tuple[ComponentKind, tuple[str, ...]], ...]
    words: Callable[[dict[str, dict[str, float]]], str | None]
    missing: str


LAYERS = (
    _Layer(
        "clients",
        "Clients",
        (("client", ("requests_per_second", "success_ratio", "p50_ms", "p99_ms")),),
        clients,
        "what clients see is not watched: name the URL that they use in poise.toml, [watch] client",
    ),
    _Layer(
        "load-balancer",
        "Load balancer",
        (
            ("load-balancer", ("sessions", "session_limit", "idle_percent")),
            ("listener", ("sessions", "session_limit", "accept_queue")),
            ("pool", ("queue",)),
            ("host", ("cpu_ratio", "memory_ratio")),
        ),
        load_balancer,
        "it gave no figures",
    ),
    _Layer(
        "application",
        "Application servers",
        (("application", ("response_ms", "in_flight", "slots", "queue")), ("server", ("response_ms",))),
        application,
        'not watched: name each server\'s metrics page in [watch.server."POOL/SERVER"] of poise.toml',
    ),
    _Layer(
        "database",
        "Database",
        (("database", ("statement_ms", "lock_waits", "active", "connections", "connection_limit")),),
        database,
        "not watched: name its address in [watch.database.NAME] of poise.toml",
    ),
    _Layer(
        "network",
        "Network",
        (("hop", ("connect_ms", "ping_ms", "connect_failures_total", "retransmits_total")),),
        network,
        "not watched: name a server's address without the path in between in poise.toml, [watch.server.…] direct",
    ),
)
_OF_KIND = {
    "client": "clients",
    "application": "application",
    "database": "database",
    "hop": "network",
    "listener": "load-balancer",
    "load-balancer": "load-balancer",
    "host": "load-balancer",
}
_OF_FAULT = {unit.FAULT.name: unit.FAULT.layer for unit in FAULTS}


def layer_views(looks: Sequence[Look]) -> tuple[LayerView, ...]:
    """Each of them, from what all load balancers' windows tell."""
    of: dict[str, list[Alert]] = {}
    follows: dict[str, list[Alert]] = {}
    for look in looks:
        alerts = [a for a in look.alerts if alive(a)]
        uneven = {a.verdict.component.removeprefix("pool ") for a in alerts if a.verdict.detector == "uneven_share"}
        behind = _applications_of(look.window, uneven) if uneven else set()
        for alert in alerts:
            layer, where = layer_of(alert), alert.verdict.component
            if layer == "application" and (pool_of(where, uneven) in uneven or where.removeprefix("application ") in behind):
                # A server that gets four times its share fails: nobody need ask its team why.
                follows.setdefault(layer, []).append(alert)
            else:
                of.setdefault(layer, []).append(alert)
    return tuple(_view(layer, looks, of.get(layer.name, []), follows.get(layer.name, [])) for layer in LAYERS)


def _applications_of(window: Window, pools: Collection[str]) -> set[str]:
    """What runs behind the servers of these pools."""
    stack = window.stack
    servers = [name for pool in pools for name in stack.downstream(pool)]
    return {name for server in servers for name in stack.downstream(server) if stack.kinds.get(name) == "application"}


def layer_of(alert: Alert) -> str:
    """Where it hurts by its component; of a pool or a server, whose fault it may announce first."""
    kind = alert.verdict.component.partition(" ")[0]
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    blamed = next((_OF_FAULT[fault] for fault in alert.verdict.faults if fault in _OF_FAULT), "load-balancer")
    return blamed if blamed in {layer.name for layer in LAYERS} else "load-balancer"


def _view(layer: _Layer, looks: Sequence[Look], alerts: Sequence[Alert], follows: Sequence[Alert]) -> LayerView:
    found: dict[str, dict[str, float]] = {}
    figures: dict[Key, float] = {}
    for look in looks:
        for kind, metrics in layer.reads:
            if kind == "server" and found.keys() - {"server"}:
                # What the load balancer says of a server stands in for what its application does not.
                continue
            names = _names(look.window, kind)
            for metric in metrics if names else ():
                if metric not in look.window.measured:
                    continue
                values = _now(look.window, names, metric)
                for place in np.flatnonzero(~np.isnan(values)).tolist():
                    own = kind in ("listener", "pool", "server")
                    name = f"{look.load_balancer}: {names[place]}" if own else names[place]
                    value = float(values[place])
                    found.setdefault(kind, {})[f"{name}\0{metric}"] = value
                    figures.setdefault((name, metric), value)
    said = layer.words(found)
    level = worst([alert_level(a) for a in alerts])
    if alerts:
        more = f"; {len(alerts) - MOST_WORDS} more" if len(alerts) > MOST_WORDS else ""
        accused = "; ".join(dict.fromkeys(alert_words(a) for a in alerts[:MOST_WORDS])) + more
        words = accused if said is None else f"{accused} ({said})"
    elif follows:
        level, first = "good", alert_words(follows[0])
        words = f"no sign of its own{'' if said is None else f': {said}'}. What fails goes with the uneven split: {first}"
    else:
        level, words = ("unknown", layer.missing) if said is None else ("good", f"normal: {said}")
    shown = tuple((component, metric, value) for (component, metric), value in list(figures.items())[:MOST_FIGURES])
    return LayerView(layer.name, layer.title, level, words, shown)


def _names(window: Window, kind: ComponentKind) -> tuple[str, ...]:
    """The same tuple from look to look: columns know then where it stands."""
    return window.memo.of(("names", kind), (window.stack,), lambda: tuple(c.name for c in window.stack.of_kind(kind)))


def _now(window: Window, names: tuple[str, ...], metric: str) -> Floats:
    """The newest values, of a counter what it rose by in the last minute; NaN where nothing is known."""
    if metric.endswith("_total"):
        found: Floats = columns.risen(window, names, metric, RISEN_SECONDS)[0]
        return found
    return columns.latest(window, names, metric, FRESH_SECONDS)
