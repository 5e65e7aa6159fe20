"""The balance of each pool at one instant, as rows that a terminal or a page can draw."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from poise.balance.expected import wanted
from poise.detectors.servers import servers
from poise.model.sample import Window

# Shares are read over this many seconds: long enough for a few hundred requests, short enough to see a change at once.
SPAN_SECONDS = 3.0
# One that is looked at seldom has its last two looks in so many seconds.
LONG_SECONDS = 150.0


@dataclass(frozen=True, slots=True)
class ServerRow:
    """One server now. `share` and `expected` 0–1, None where not known."""

    server: str
    share: float | None
    expected: float | None
    weight: int | None
    in_flight: int | None
    queue: int | None
    up: bool | None


@dataclass(frozen=True, slots=True)
class PoolRows:
    """One pool now."""

    pool: str
    servers: tuple[ServerRow, ...]
    requests_per_second: float | None


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What clients see: ratio 0–1, milliseconds."""

    success_ratio: float | None
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """All pools of a load balancer together. `down` and the rate are None where nothing of them is known."""

    pools: int
    servers: int
    down: int | None
    requests_per_second: float | None


def pools(window: Window, names: Collection[str] | None = None) -> tuple[PoolRows, ...]:
    """One entry per pool of the window's topologies (of those `names`), servers in the file's order."""
    every = (pool.name for topology in window.topologies for pool in topology.pools if pool.servers)
    return tuple(_pool(window, name) for name in every if names is None or name in names)


def totals(window: Window, most: int) -> tuple[Totals, tuple[str, ...]]:
    """What all pools come to, and the names of the `most` busiest of them: milliseconds for ten thousand servers."""
    every = servers(window)
    if not every.names:
        return Totals(0, 0, None, None), ()
    counted = window.table(every.names, "requests_total", LONG_SECONDS)
    rates = np.zeros(len(every.names))
    if len(counted.seconds) > 1:
        rises = np.diff(counted.values[-2:], axis=0)[0]
        rates = np.where(rises > 0, rises, 0.0) / max(float(counted.seconds[-1] - counted.seconds[-2]), 1e-3)
    by_pool: dict[str, float] = {}
    for pool, rate in zip(every.pools, every.sums(rates).tolist(), strict=True):
        if pool.servers:
            by_pool[pool.name] = by_pool.get(pool.name, 0.0) + rate
    up = window.table(every.names, "up", LONG_SECONDS)
    known = len(up.seconds) > 0 and not bool(np.isnan(up.values[-1]).all())
    down = int((up.values[-1] == 0).sum()) if known else None
    total = Totals(len(by_pool), len(every.names), down, float(rates.sum()) if len(counted.seconds) > 1 else None)
    # Of equal rates the one that stands first in the files.
    return total, tuple(sorted(by_pool, key=lambda name: -round(by_pool[name], 3))[:most])


def clients(window: Window) -> ClientRow:
    """The newest client figures."""
    success, p50, p99 = (window.recent("client", m, 5.0).last() for m in ("success_ratio", "p50_ms", "p99_ms"))
    return ClientRow(success, p50, p99)


def _pool(window: Window, name: str) -> PoolRows:
    pool = next(p for t in window.topologies for p in t.pools if p.name == name)
    rises = {s.name: window.recent(f"{name}/{s.name}", "requests_total", SPAN_SECONDS).increase() for s in pool.servers}
    total = sum(r for r in rises.values() if r is not None)
    up = {s.name: _flag(window, f"{name}/{s.name}", "up") for s in pool.servers}
    expected = wanted(pool, window.needs.of(name), [n for n, is_up in up.items() if is_up is not False]) or {}
    rows = []
    for server in pool.servers:
        component, rise = f"{name}/{server.name}", rises[server.name]
        rows.append(
            ServerRow(
                server=server.name,
                share=rise / total if rise is not None and total > 0 else None,
                expected=expected.get(server.name),
                weight=_whole(window, component, "weight"),
                in_flight=_whole(window, component, "in_flight"),
                queue=_queue(window, component),
                up=up[server.name],
            )
        )
    return PoolRows(name, tuple(rows), total / SPAN_SECONDS if total else None)


def _flag(window: Window, component: str, metric: str) -> bool | None:
    value = window.recent(component, metric, 5.0).last()
    return None if value is None else value > 0


def _whole(window: Window, component: str, metric: str) -> int | None:
    value = window.recent(component, metric, 5.0).last()
    return None if value is None else round(value)


def _queue(window: Window, component: str) -> int | None:
    """The server's own queue in the load balancer and in its application together: both are requests that wait for this server."""
    parts = [_whole(window, c, "queue") for c in (component, *window.stack.downstream(component))]
    known = [p for p in parts if p is not None]
    return sum(known) if known else None
