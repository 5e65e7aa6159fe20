"""Which part of the keys changes servers when a pool changes: caches go cold and sessions are lost by that much."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache

from poise.balance.changes.key_costs import same_key
from poise.balance.splits import hashes_address, keyed, placed
from poise.model.keys import Keys
from poise.model.topology import Pool

SAMPLE = 5000  # keys; the standard error of the part that moves is at most ½/√5000 = 0.7 points
LEAST_SAMPLE = 500  # 2.2 points
# Keys placed in all (a second or two): hundreds of changed pools share them.
MOST_PLACED = 250_000


def sample_size(pairs: Iterable[tuple[Pool, Pool]]) -> int:
    """How many keys to place in each of these pools."""
    count = sum(1 for before, after in pairs if keyed(before) and keyed(after) and _decisive(before) != _decisive(after))
    return max(LEAST_SAMPLE, min(SAMPLE, MOST_PLACED // max(1, count)))


def _decisive(pool: Pool) -> Hashable:
    """What most changes of a placement change."""
    algorithm = pool.algorithm
    return (
        (algorithm.hash_method, algorithm.hash_function, algorithm.hash_modifier),
        tuple((s.address, s.weight, s.role, s.disabled, s.backup, s.server_id) for s in pool.servers),
    )


def keys_moved(before: Pool, after: Pool, addresses: tuple[Mapping[str, str], Mapping[str, str]], sample: int = SAMPLE) -> float | None:
    """The part 0–1 of equally popular keys whose server, followed by address, is another; None where it cannot be said.

    The pool's own hash places a sample of keys before and after, so it is None where no computable hash decides on both sides, and where
    the two look at different keys. `addresses` give each server's address by name, before and after. No key is placed
    where `sample` is 0: nothing is changed.
    """
    if not keyed(before) or not keyed(after) or not same_key(before, after):
        return None
    if not sample:
        return 0.0
    keys = _sample(hashes_address(before), sample)
    old, new = placed(before, keys), placed(after, keys)
    if old is None or new is None:
        return None
    # numpy takes longer to import than most questions take to answer: only keys pay for it.
    import numpy as np  # noqa: PLC0415

    # Two servers of one address are one place.
    places: dict[str, int] = {}
    was, now = (
        np.array([*(places.setdefault(of[name], len(places)) for name in each.names), -1])[each.owners]
        for each, of in ((old, addresses[0]), (new, addresses[1]))
    )
    known = (was >= 0) & (now >= 0)
    return float((was != now)[known].mean()) if known.any() else None


def sample_keys(pool: Pool, size: int = SAMPLE) -> Sequence[str]:
    """Addresses spread over all networks (a multiplicative walk) where the client's is hashed, numbered paths for the rest."""
    return _sample(hashes_address(pool), size).distinct


@lru_cache(maxsize=4)
def _sample(addresses: bool, size: int) -> Keys:
    if addresses:
        words = ((i * 2654435761) & 0xFFFFFFFF for i in range(1, size + 1))
        return Keys([".".join(str((word >> shift) & 255) for shift in (24, 16, 8, 0)) for word in words])
    return Keys([f"/key/{i}" for i in range(size)])
