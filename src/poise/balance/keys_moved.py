"""Which part of the keys changes servers when a pool changes: caches go cold and sessions are lost by that much."""

from collections.abc import Mapping, Sequence

from poise.balance.splits import keyed, placement_of
from poise.model.topology import Pool

SAMPLE = 5000  # keys; the standard error of the part that moves is at most ½/√5000 = 0.7 points


def keys_moved(before: Pool, after: Pool, addresses: tuple[Mapping[str, str], Mapping[str, str]]) -> float | None:
    """The part 0–1 of equally popular keys whose server, followed by address, is another; None where it cannot be said.

    The pool's own hash places a sample of keys before and after, so it is None where no computable hash decides on both sides, and where
    the two look at different keys. `addresses` give each server's address by name, before and after.
    """
    if not keyed(before) or not keyed(after):
        return None
    if (before.algorithm.name, before.algorithm.argument) != (after.algorithm.name, after.algorithm.argument):
        return None
    keys = _sample(before.algorithm.name)
    old, new = placement_of(before, keys) or {}, placement_of(after, keys) or {}
    pairs = [(old.get(key), new.get(key)) for key in keys]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return None
    return sum(1 for a, b in known if addresses[0][a] != addresses[1][b]) / len(known)


def _sample(algorithm: str) -> Sequence[str]:
    """Addresses spread over all networks (a multiplicative walk) for `source`, numbered paths for the rest."""
    if algorithm == "source":
        words = ((i * 2654435761) & 0xFFFFFFFF for i in range(1, SAMPLE + 1))
        return [".".join(str((word >> shift) & 255) for shift in (24, 16, 8, 0)) for word in words]
    return [f"/key/{i}" for i in range(SAMPLE)]
