"""How long the bars of a pool are. Pure."""

from collections.abc import Iterable

from poise.report.dashboard.views import PoolView

STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


def scale(pools: Iterable[PoolView]) -> float:
    """The share 0–1 at which a bar is full: a round one above everything that is drawn of these pools. Those that stand beside each other
    have one scale, for bars are compared before figures are read."""
    most = max((v for p in pools for s in p.servers for v in (s.share, s.expected, s.high) if v is not None), default=1.0)
    return next((step for step in STEPS if step >= most), 1.0)


def scales(pools: Iterable[PoolView]) -> dict[str, float]:
    """By the name of the pool: all load balancers' pools of that name stand beside each other."""
    of: dict[str, list[PoolView]] = {}
    for pool in pools:
        of.setdefault(pool.pool, []).append(pool)
    return {name: scale(group) for name, group in of.items()}
