"""Which part of the keys changes servers when a pool changes: caches go cold and sessions are lost by that much."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

from poise.balance.changes.key_costs import same_key
from poise.balance.splits import hashes_address, keyed, placement_of
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
    keys = sample_keys(before, sample)
    old, new = placement_of(before, keys) or {}, placement_of(after, keys) or {}
    pairs = [(old.get(key), new.get(key)) for key in keys]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return None
    return sum(1 for a, b in known if addresses[0][a] != addresses[1][b]) / len(known)


def sample_keys(pool: Pool, size: int = SAMPLE) -> Sequence[str]:
    """Addresses spread over all networks (a multiplicative walk) where the client's is hashed, numbered paths for the rest."""
    if hashes_address(pool):
        words = ((i * 2654435761) & 0xFFFFFFFF for i in range(1, size + 1))
        return [".".join(str((word >> shift) & 255) for shift in (24, 16, 8, 0)) for word in words]
    return [f"/key/{i}" for i in range(size)]
