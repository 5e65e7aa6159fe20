"""What of a change moves the traffic: each thing that is changed is tried by itself, so that nothing harmless is named as the cause."""

from collections.abc import Mapping, Sequence

from poise.balance.changes.aspect import Aspect
from poise.balance.changes.identity import identities, share_moved
from poise.balance.changes.pool_aspects import POOL_ASPECTS
from poise.balance.changes.server_aspects import SERVER_ASPECTS
from poise.balance.changes.sides import Sides
from poise.balance.splits import split_of
from poise.model.topology import Pool

# A ten-thousandth of the traffic is seen by nobody.
SEEN = 1e-4


def changed(sides: Sides) -> list[tuple[Aspect, list[str]]]:
    """What differs between both sides, in words."""
    found = [(aspect, aspect.words(sides)) for aspect in (*POOL_ASPECTS, *SERVER_ASPECTS)]
    return [(aspect, words) for aspect, words in found if words]


def causes(sides: Sides, found: Sequence[tuple[Aspect, list[str]]], moved: bool, bound: bool) -> list[str]:
    """The words of what moves shares, the strongest first; where none moves, but keys do (`bound`), of all that decides about keys.

    A thing is a cause if alone it would move the traffic, or if without it less of the traffic would have moved.
    """
    if not moved:
        return [word for aspect, words in found if aspect.binds and bound for word in words]
    if len(found) < 2 or sides.before.product != sides.after.product:
        return [word for _, words in found[:1] for word in words]
    old, new = _shares(sides.before, sides.targets[0], sides), _shares(sides.after, sides.targets[1], sides)
    ranked = []
    for number, (aspect, words) in enumerate(found):
        alone = _effect(aspect.taken(sides.before, sides.after), sides.targets[0], old, sides)
        missing = _effect(aspect.taken(sides.after, sides.before), sides.targets[1], new, sides)
        if max(alone, missing) > SEEN:
            ranked.append((-max(alone, missing), number, words))
    return [word for _, _, words in sorted(ranked) for word in words]


def _effect(pool: Pool, target: str | None, than: Mapping[str, float] | None, sides: Sides) -> float:
    shares = _shares(pool, target, sides)
    return 0.0 if shares is None or than is None else share_moved(than, shares)


def _shares(pool: Pool, target: str | None, sides: Sides) -> Mapping[str, float] | None:
    found = split_of(pool, target=target, concurrency=sides.concurrency)
    names = identities(pool.servers)
    return None if found is None else {names[name]: share for name, share in found.shares.items()}
