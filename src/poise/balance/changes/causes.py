"""What of a change moves the traffic: each thing that is changed is tried by itself, so that nothing harmless is named as the cause."""

from collections.abc import Sequence

from poise.balance.changes.aspect import Aspect
from poise.balance.changes.identity import identities, of_both, share_moved
from poise.balance.changes.pool_aspects import POOL_ASPECTS
from poise.balance.changes.server_aspects import SERVER_ASPECTS
from poise.balance.changes.sides import Sides
from poise.balance.played import played_split
from poise.model.topology import Pool

# A ten-thousandth of the traffic is seen by nobody.
SEEN = 1e-4

Shares = tuple[dict[str, float], dict[str, float]]


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
    old, new = _split(sides.before, 0, sides), _split(sides.after, 1, sides)
    ranked = []
    for number, (aspect, words) in enumerate(found):
        alone = _effect(aspect.taken(sides.before, sides.after), 0, old, sides)
        missing = _effect(aspect.taken(sides.after, sides.before), 1, new, sides)
        if max(alone, missing) > SEEN:
            ranked.append((-max(alone, missing), number, words))
    # Under a load things may move together what none moves alone, or none by more than chance.
    named = [words for _, _, words in sorted(ranked)] or ([words for _, words in found] if sides.simulated else [])
    return [word for words in named for word in words]


def _effect(pool: Pool, side: int, than: Shares | None, sides: Sides) -> float:
    found = _split(pool, side, sides)
    return 0.0 if found is None or than is None else share_moved(than[0], found[0], of_both(than[1], found[1]))


def _split(pool: Pool, side: int, sides: Sides) -> Shares | None:
    """Its shares, and their sampling errors, by what servers are followed by."""
    found = played_split(pool, sides.targets[side], sides.concurrency, sides.played[side])
    names = identities(pool.servers)
    if found is None:
        return None
    return {names[name]: share for name, share in found.shares.items()}, {names[name]: error for name, error in found.sampling.items()}
