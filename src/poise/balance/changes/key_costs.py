"""What a change costs those who are bound to a server: caches go cold and sessions are lost."""

from collections.abc import Mapping

from poise.balance.changes.sides import Sides
from poise.balance.splits import bound_by
from poise.model.hashes import ENVOY_HASHES, HAPROXY_HASHES, NGINX_HASHES
from poise.model.topology import Pool

SEEN = 0.005
LOST = "caches go cold and sessions are lost"


def key_costs(sides: Sides, shares: tuple[Mapping[str, float], Mapping[str, float]], keys_moved: float | None) -> list[str]:
    """Nothing where no key or client is bound, or all keep their server. `shares` are by address, before and after."""
    old, new = bound_by(sides.before), bound_by(sides.after)
    if len(shares[0]) < 2 and len(shares[1]) < 2:
        return []
    if old and not new:
        gone = f" ({old} is gone)" if sides.before.persistence else ""
        return [f"no client or key is bound to a server any more{gone}"]
    if new and not old:
        return [f"clients or keys are bound to a server now ({new})"]
    if not old or not new:
        return []
    if keys_moved is not None:
        return [f"{100 * keys_moved:.0f} % of the keys change servers: {LOST}"] if keys_moved >= SEEN else []
    return _estimated(sides, shares)


def _estimated(sides: Sides, shares: tuple[Mapping[str, float], Mapping[str, float]]) -> list[str]:
    """Where no placement tells: two placements that have nothing to do with each other agree on a key with Σ before · after."""
    before, after = sides.before, sides.after
    if not _hashes(before) or not _hashes(after):
        return (
            [f"clients are bound by another thing ({bound_by(before)} → {bound_by(after)})"] if bound_by(before) != bound_by(after) else []
        )
    agree = sum(share * shares[1].get(at, 0.0) for at, share in shares[0].items())
    part = f"about {100 * (1 - agree):.0f} % of the keys change servers: {LOST}"
    if not sides.routes_agree or not same_key(before, after):
        return [f"requests are placed by another key, {part}"]
    a, b = before.algorithm, after.algorithm
    if (a.name, a.hash_method, a.hash_function, a.hash_modifier) != (b.name, b.hash_method, b.hash_function, b.hash_modifier):
        return [part]
    return []


def same_key(before: Pool, after: Pool) -> bool:
    """Whether both look at the same thing of a request, however it is written. Envoy's key is its route's, whichever hash takes it."""
    if before.product != after.product:
        return False
    if before.product == "envoy":
        return _hashes(before) and _hashes(after)
    if before.product == "nginx":
        from poise.balancers.nginx.placement import same_keys  # noqa: PLC0415

        return same_keys(before, after)
    return (before.algorithm.name, before.algorithm.argument) == (after.algorithm.name, after.algorithm.argument)


def _hashes(pool: Pool) -> bool:
    return pool.algorithm.name in {"haproxy": HAPROXY_HASHES, "nginx": NGINX_HASHES, "envoy": ENVOY_HASHES}.get(pool.product, ())
