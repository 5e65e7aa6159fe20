"""How a change moves requests between pools: a canary's part that grows, a pool that a split no longer names. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from poise.balance.changes.story import UNMOVED
from poise.balance.need_checks import percent
from poise.balance.routes import route_shares
from poise.model.forecast import PoolPart, RouteDiff, RouteShare
from poise.model.topology import Topology

# A route of a listener, and the file's name where several files have one that is called so.
Key = tuple[str, str, str | None, str]


def route_changes(old: Sequence[Topology], new: Sequence[Topology], renamed: Mapping[str, str] | None = None) -> tuple[RouteDiff, ...]:
    """The routes of which both sides tell every pool's part, and where a part is another, in the new configuration's order.

    `renamed` names pools of the old side as they are called now.
    """
    before, after = ([row for topology in side for row in route_shares(topology) if not row.mirrored] for side in (old, new))
    several = _several(before) | _several(after)
    was, now = _grouped(before, several), _grouped(after, several)
    found = []
    for key, rows in now.items():
        if key not in was:
            continue
        parts = _parts(was[key], renamed or {}), _parts(rows, {})
        moved = sum(abs(parts[1].get(pool, 0.0) - parts[0].get(pool, 0.0)) for pool in {**parts[0], **parts[1]}) / 2
        if moved < UNMOVED:
            continue
        change = tuple(PoolPart(pool, parts[0].get(pool, 0.0), parts[1].get(pool, 0.0)) for pool in {**parts[1], **parts[0]})
        first = rows[0]
        found.append(RouteDiff(first.listener, first.route, moved, change, _story(first, change), first.product, first.file, first.line))
    return tuple(found)


def words_by_pool(routes: Sequence[RouteDiff]) -> dict[str, list[str]]:
    """What each pool is told of its parts."""
    words: dict[str, list[str]] = {}
    for route in routes:
        which = "" if route.route is None else f" ({route.route})"
        for part in route.parts:
            if part.pool is not None and abs(part.after - part.before) >= UNMOVED:
                said = f"its part of {route.listener}'s requests{which} goes {percent(part.before)} → {percent(part.after)}"
                words.setdefault(part.pool, []).append(said)
    return words


def _several(rows: Sequence[RouteShare]) -> set[tuple[str, str]]:
    """Listeners that more than one file has, by product and name."""
    placed = {(row.product, row.listener, row.file) for row in rows}
    return {name for name, count in Counter((product, listener) for product, listener, _ in placed).items() if count > 1}


def _grouped(rows: Sequence[RouteShare], several: set[tuple[str, str]]) -> dict[Key, list[RouteShare]]:
    """The rows of each route whose parts are all known."""
    groups: dict[Key, list[RouteShare]] = {}
    for row in rows:
        file = row.file.rpartition("/")[2] if (row.product, row.listener) in several else ""
        groups.setdefault((row.product, row.listener, row.route, file), []).append(row)
    return {key: group for key, group in groups.items() if all(row.share is not None for row in group)}


def _parts(rows: Sequence[RouteShare], renamed: Mapping[str, str]) -> dict[str | None, float]:
    parts: dict[str | None, float] = {}
    for row in rows:
        pool = None if row.pool is None else renamed.get(row.pool, row.pool)
        parts[pool] = parts.get(pool, 0.0) + (row.share or 0.0)
    return parts


def _story(row: RouteShare, change: Sequence[PoolPart]) -> str:
    """The pool whose part grows most; requests that no pool gets are told first."""
    most = max(change, key=lambda part: (part.pool is None and part.after > part.before, part.after - part.before))
    which = "" if row.route is None else f" ({row.route})"
    pool = most.pool if most.pool is not None else "no pool"
    return f"{percent(most.before)} → {percent(most.after)} of {row.listener}'s requests{which} go to {pool}"
