"""The first page: everything that is known at one instant, the worst first. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from poise.report.dashboard.alerts import alert_views
from poise.report.dashboard.changes import change_views
from poise.report.dashboard.layers import layer_views
from poise.report.dashboard.levels import ORDER, worst
from poise.report.dashboard.look import Look
from poise.report.dashboard.pools import pool_views
from poise.report.dashboard.views import AlertView, Board, Level, PoolView


def board(looks: Sequence[Look], at: datetime, live: bool, handled: Mapping[str, str], changes_since: datetime) -> Board:
    """Of these load balancers at `at`. `handled` as for `alert_views`; changes, and alerts that ended, are told since `changes_since`.

    What is derived from files is kept in each window's memo, and detectors write there as they judge: who makes boards beside a watch
    hands over windows with a memo of their own.
    """
    pools = _ordered([pool for look in looks for pool in pool_views(look)])
    alerts = alert_views(looks, changes_since, handled)
    could_not = dict.fromkeys(
        f"{look.load_balancer}: {problem.what}: {problem.reason}" for look in looks for problem in (*look.window.could_not, *look.could_not)
    )
    layers = layer_views(looks)
    level = _level(pools, [layer.level for layer in layers], bool(looks))
    return Board(
        seen=max((look.window.now for look in looks), default=at),
        live=live,
        level=level,
        headline=_headline(level, pools, alerts),
        load_balancers=tuple(look.load_balancer for look in looks),
        pools=pools,
        layers=layers,
        alerts=alerts,
        changes=change_views(looks, changes_since),
        could_not=tuple(could_not),
    )


def _ordered(pools: Sequence[PoolView]) -> tuple[PoolView, ...]:
    """The worst first. Pools of one name stay beside each other, for load balancers of a pair have the same; of two as bad the one that is
    bad for longer stands first, and else the order of the files holds, so that nothing moves while it is read."""
    of: dict[str, list[PoolView]] = {}
    for pool in pools:
        of.setdefault(pool.pool, []).append(pool)
    groups = sorted(of.values(), key=lambda group: min(_badness(pool) for pool in group))
    return tuple(pool for group in groups for pool in sorted(group, key=_badness))


def _badness(pool: PoolView) -> tuple[int, float]:
    return ORDER.index(pool.level), pool.since.timestamp() if pool.since is not None else float("inf")


def _level(pools: Sequence[PoolView], layers: Sequence[Level], looked: bool) -> Level:
    """A layer that is not watched, or a pool without traffic, is no reason to look."""
    found = worst([p.level for p in pools] + [level for level in layers if level != "unknown"])
    known = any(pool.level != "unknown" for pool in pools)
    return "unknown" if not looked or (found == "unknown" and not known) else "good" if found == "unknown" else found


def _headline(level: Level, pools: Sequence[PoolView], alerts: Sequence[AlertView]) -> str:
    worst_pool = next((p for p in pools if p.level == level), None)
    if level in ("bad", "warning"):
        several = len({p.load_balancer for p in pools}) > 1
        if worst_pool is not None:
            others = sum(p.level == level for p in pools) - 1
            more = f" {others} more {'pools are' if others > 1 else 'pool is'} off." if others else ""
            where = f"{worst_pool.load_balancer}, pool {worst_pool.pool}" if several else f"pool {worst_pool.pool}"
            return f"{where}: {worst_pool.verdict}{more}"
        first = next((a for a in alerts if a.phase != "resolved"), None)
        if first is not None:
            return f"{first.component}: {first.summary}"
    if level == "unknown":
        return "Nothing is known yet." if not pools else f"pool {pools[0].pool}: {pools[0].verdict}"
    quiet = sum(p.level == "unknown" for p in pools)
    little = f"; {quiet} had too little traffic to judge" if quiet else ""
    whole = "The one pool is as it" if len(pools) == 1 else f"All {len(pools)} pools are as they"
    return f"{whole} should be{little}. Nothing fires."
