"""What a change may do to a pool as a whole: its algorithm, its hash, its localities, and whatever else splits the traffic."""

from dataclasses import replace

from poise.balance.changes.aspect import Aspect, pool_takes
from poise.balance.changes.sides import Sides
from poise.model.locality import Locality
from poise.model.topology import Algorithm, Pool

DEFAULT_MAP = "map-based"  # HAProxy's manual, hash-type
TITLES = {"haproxy": "HAProxy", "nginx": "nginx", "envoy": "Envoy"}
# Envoy's options that decide who gets what; timeouts, limits and the like do not.
SPLITTING = ("lb_config", "load_balancing_policy", "load_assignment.policy", "lb_subset", "typed_extension")


def algorithm_words(pool: Pool) -> str:
    """As the product writes it."""
    algorithm = pool.algorithm
    if pool.product == "haproxy":
        return f"{algorithm.name}({algorithm.argument})" if algorithm.argument else algorithm.name
    if pool.product == "nginx":
        name = "round robin" if algorithm.name == "roundrobin" else algorithm.name
        return f"{name} {algorithm.argument}" if algorithm.argument else name
    return algorithm.name


def _algorithm(sides: Sides) -> list[str]:
    before, after = sides.before, sides.after
    if before.product != after.product:
        return [f"{TITLES.get(before.product, before.product)} is replaced by {TITLES.get(after.product, after.product)}"]
    old, new = algorithm_words(before), algorithm_words(after)
    if old == new:
        return []
    if before.algorithm.location is None and after.algorithm.location is None and after.product == "haproxy":
        version = sides.targets[1]
        of = f"the default of HAProxy {version}" if version else "the default of another version"
        return [f"balance {old} → {new}, {of}, as no `balance` is written"]
    words = {"haproxy": "balance ", "envoy": "lb_policy "}.get(after.product, "")
    return [f"{words}{old} → {new}"]


def _take_algorithm(pool: Pool, other: Pool) -> Pool:
    theirs = other.algorithm
    made = replace(pool.algorithm, name=theirs.name, argument=theirs.argument, location=theirs.location)
    if pool.product != "haproxy":
        # Their method belongs to the name: `hash … consistent`, RING_HASH.
        made = replace(made, hash_method=theirs.hash_method)
    return replace(pool, algorithm=made, product=other.product, options=other.options if pool.product != other.product else pool.options)


def _hash(sides: Sides) -> list[str]:
    a, b = sides.before.algorithm, sides.after.algorithm
    if sides.before.product != sides.after.product:
        return []
    if sides.after.product == "nginx":
        if a.name != "hash" or b.name != "hash" or a.hash_method == b.hash_method:
            return []
        return ["`consistent` is lost" if a.hash_method == "consistent" else "`consistent` is added"]
    if sides.after.product != "haproxy":
        return []
    words = []
    if _hash_type(a) != _hash_type(b):
        words.append(f"hash-type {_hash_type(a)} → {_hash_type(b)}")
    if a.hash_balance_factor != b.hash_balance_factor:
        words.append(f"hash-balance-factor {a.hash_balance_factor or 'none'} → {b.hash_balance_factor or 'none'}")
    return words


def _hash_type(algorithm: Algorithm) -> str:
    return " ".join(filter(None, (algorithm.hash_method or DEFAULT_MAP, algorithm.hash_function, algorithm.hash_modifier)))


def _take_hash(pool: Pool, other: Pool) -> Pool:
    theirs = other.algorithm
    made = replace(
        pool.algorithm,
        hash_method=theirs.hash_method,
        hash_function=theirs.hash_function,
        hash_modifier=theirs.hash_modifier,
        hash_balance_factor=theirs.hash_balance_factor,
    )
    return replace(pool, algorithm=made)


def _localities(sides: Sides) -> list[str]:
    old = {_place(each): each for each in sides.before.localities}
    changed = [(each, old[_place(each)]) for each in sides.after.localities if _place(each) in old]
    weighed = [(b.name or "without a name", a.weight, b.weight) for b, a in changed if a.weight != b.weight]
    words = [f"weight of locality {name} {'none' if a is None else a} → {'none' if b is None else b}" for name, a, b in weighed[:2]]
    return words + ([f"weights of {len(weighed) - 2} other localities"] if len(weighed) > 2 else [])


def _place(locality: Locality) -> tuple[str, int]:
    return locality.name, locality.priority


def _take_localities(pool: Pool, other: Pool) -> Pool:
    theirs = {_place(each): each for each in other.localities}
    own = tuple(replace(each, weight=theirs[_place(each)].weight) if _place(each) in theirs else each for each in pool.localities)
    return replace(pool, localities=own)


def _all_backups(sides: Sides) -> list[str]:
    if sides.before.all_backups == sides.after.all_backups:
        return []
    return ["`option allbackups` is added" if sides.after.all_backups else "`option allbackups` is lost"]


def _options(sides: Sides) -> list[str]:
    if sides.after.product != "envoy" or sides.before.product != "envoy":
        return []
    old, new = sides.before.options, sides.after.options
    changed = [
        path for path in {**old, **new} if old.get(path) != new.get(path) and path != "lb_policy" and any(w in path for w in SPLITTING)
    ]
    shown = [f"{path} {old.get(path) or 'none'} → {new.get(path) or 'none'}" for path in changed[:2]]
    return shown + ([f"{len(changed) - 2} other settings of the split"] if len(changed) > 2 else [])


def _mode(sides: Sides) -> list[str]:
    return [f"mode {sides.before.mode} → {sides.after.mode}"] if sides.before.mode != sides.after.mode else []


POOL_ASPECTS = (
    Aspect(_algorithm, _take_algorithm),
    Aspect(_hash, _take_hash),
    Aspect(_localities, _take_localities),
    Aspect(_all_backups, pool_takes("all_backups"), binds=False),
    Aspect(_options, pool_takes("options")),
    Aspect(_mode, pool_takes("mode")),
)
