"""What a change of the routes does to a pool: it moves requests to or from the pool as a whole, whatever its servers share."""

import re
from collections import Counter
from collections.abc import Sequence

from poise.balance.changes.sides import and_others
from poise.model.topology import Listener, Pool, Route, Topology

Placed = tuple[Topology, Pool]
MOST_CHARACTERS = 60
MOST_PARTS = 2


# What makes a condition one of chance: how much of the requests meets it is told as parts.
_DRAWN = re.compile(r"\brand\b|\bsplit_clients\b|\bruntime_fraction\b")


def rerouted(old: Placed, new: Placed, parts: Sequence[str] = ()) -> list[str]:
    """In words, what reaches the pool that did not, and what does not any more; nothing where its routes are as before.

    `parts` say how its parts of the requests change, where both sides tell them (`parts.words_by_pool`).
    """
    was, now = (topology.routes_to(pool.name) for topology, pool in (old, new))
    if was and not now:
        return ["no route leads to it any more"]
    if now and not was:
        return [f"requests reach it now: {_said(list(_conditions(now)))}"] if _listens(old[0]) else []
    before, after = _conditions(was), _conditions(now)
    words = [*parts[:MOST_PARTS], *([f"{len(parts) - MOST_PARTS} more parts change"] if len(parts) > MOST_PARTS else [])]
    words = words or _parts(was, now)
    lost = [condition for condition in before if condition not in after and not (parts and _DRAWN.search(condition or ""))]
    gained = [condition for condition in after if condition not in before and not (parts and _DRAWN.search(condition or ""))]
    if gained:
        words.append(f"other requests reach it now: {_said(gained)}")
    if lost:
        words.append(f"fewer requests reach it: no more {_said(lost)}")
    if not words:
        words += _left_over(old, was, new, now)
    return words


def _listens(topology: Topology) -> bool:
    return any(listener.routes for listener in topology.listeners)


def _conditions(ways: Sequence[tuple[Listener, Route]]) -> Counter[str | None]:
    return Counter(route.condition for _, route in ways)


def _said(conditions: Sequence[str | None]) -> str:
    shown = [_short(each) for each in conditions[:2]]
    return " and ".join(shown) + and_others(len(conditions) - 2)


def _short(condition: str | None) -> str:
    if condition is None:
        return "those that no other route takes"
    return f"`{condition}`" if len(condition) <= MOST_CHARACTERS else f"`{condition[:MOST_CHARACTERS]}…`"


def _parts(was: Sequence[tuple[Listener, Route]], now: Sequence[tuple[Listener, Route]]) -> list[str]:
    """A weighted route's part of the requests, where both sides have that route once."""
    before, after = ({(li.name, r.condition): (li, r) for li, r in ways if r.weight is not None} for ways in (was, now))
    words = []
    for key, (listener, route) in after.items():
        if key not in before:
            continue
        old, new = _part(*before[key]), _part(listener, route)
        if old is not None and new is not None and abs(old - new) > 1e-9:
            words.append(f"its part of the requests goes {100 * old:.1f} % → {100 * new:.1f} %")
    return list(dict.fromkeys(words))


def _part(listener: Listener, route: Route) -> float | None:
    """Of the weights that stand together: those with one condition."""
    together = [each.weight for each in listener.routes if each.condition == route.condition and each.weight is not None]
    total = sum(together)
    return (route.weight or 0) / total if total else None


def _left_over(old: Placed, was: Sequence[tuple[Listener, Route]], new: Placed, now: Sequence[tuple[Listener, Route]]) -> list[str]:
    """A route without a condition takes what the others leave: they may take more, or less."""
    before, after = _others(old, was), _others(new, now)
    # A number that chance is held against is told as a part, where it can be told.
    was_there, is_there = ({_without_numbers(each) for each in side} for side in (before, after))
    taken = [each for each in after if _without_numbers(each) not in was_there]
    freed = [each for each in before if _without_numbers(each) not in is_there]
    words = []
    if taken:
        condition, pool = taken[0]
        words.append(f"fewer requests are left for it: {_short(condition)} goes to {pool}" + _more(taken))
    if freed:
        condition, pool = freed[0]
        words.append(f"more requests are left for it: {_short(condition)} no longer goes to {pool}" + _more(freed))
    return words


def _without_numbers(way: tuple[str, str]) -> tuple[str, str]:
    condition, pool = way
    return (re.sub(r"\d+(?:\.\d+)?", "#", condition) if _DRAWN.search(condition) else condition), pool


def _others(placed: Placed, ways: Sequence[tuple[Listener, Route]]) -> list[tuple[str, str]]:
    found = [
        (route.condition, route.pool)
        for listener, own in ways
        if own.condition is None and own.weight is None
        for route in listener.routes
        if route.condition is not None and route.pool != placed[1].name
    ]
    return list(dict.fromkeys(found))


def _more(entries: Sequence[object]) -> str:
    return f", and {len(entries) - 1} more" if len(entries) > 1 else ""
