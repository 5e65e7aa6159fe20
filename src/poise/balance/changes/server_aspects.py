"""What a change may do to servers: they come, go and move, are weighed, held back, drained or made backups."""

from dataclasses import replace

from poise.balance.changes.aspect import Aspect, servers_take
from poise.balance.changes.identity import by_identity
from poise.balance.changes.sides import Sides, going, said, several
from poise.model.topology import Pool, Server


def _membership(sides: Sides) -> list[str]:
    gone = [a for a, b in sides.pairs if a is not None and b is None]
    new = [b for a, b in sides.pairs if a is None and b is not None]
    moved = [(a, b) for a, b in sides.pairs if a is not None and b is not None and a.address != b.address]
    words = going(gone, sides.went, lambda names, many: f"{names} {'go' if many else 'goes'} to")
    words += going(new, sides.came, lambda names, many: f"{names} {'come' if many else 'comes'} from")
    words.append(said([s.name for s in gone if s.address not in sides.went], "is removed", "are removed"))
    words.append(said([s.name for s in new if s.address not in sides.came and not _standby(s)], "is added", "are added"))
    words.append(said([s.name for s in new if s.address not in sides.came and _standby(s)], "is added as a backup", "are added as backups"))
    words += [f"{a.name} moves from {a.address} to {b.address}" for a, b in moved[:2]]
    if len(moved) > 2:
        words.append("1 other has a new address" if len(moved) == 3 else f"{len(moved) - 2} others have new addresses")
    if not any(words) and [a.address for a, _ in sides.kept] != [a.address for a in sides.before.servers]:
        words.append("the servers stand in another order")
    return list(filter(None, words))


def _take_membership(pool: Pool, other: Pool) -> Pool:
    own = by_identity(pool.servers)
    servers = tuple(own.get(at, server) for at, server in by_identity(other.servers).items())
    # Envoy's hosts count through their locality: it is the other's, where the host is too.
    return replace(pool, servers=servers, localities=other.localities or pool.localities)


def _standby(server: Server) -> bool:
    return server.backup or server.role == "backup"


def _out(server: Server) -> bool:
    return server.disabled or server.role == "disabled"


def _standing(sides: Sides) -> list[str]:
    both = sides.kept
    words = (
        said([b.name for a, b in both if _out(b) and not _out(a)], "is disabled", "are disabled"),
        said([b.name for a, b in both if _out(a) and not _out(b)], "is enabled", "are enabled"),
        said([b.name for a, b in both if _standby(a) and not _standby(b)], "is no longer a backup", "are no longer backups"),
        said([b.name for a, b in both if _standby(b) and not _standby(a)], "becomes a backup", "become backups"),
    )
    return list(filter(None, words))


def _numbers(what: str, changed: list[tuple[str, int | None, int | None]]) -> list[str]:
    """The change that is largest by its ratio, how many others there are; all of them where they are few."""
    if not changed:
        return []
    ranked = sorted(changed, key=lambda each: -_ratio(each[1], each[2]))
    shown = [f"{what} of {name} {'none' if a is None else a} → {'none' if b is None else b}" for name, a, b in ranked]
    if len(shown) > 3:
        return [f"{shown[0]} and of {len(shown) - 1} others"]
    return [", ".join(shown[:1] + [each.removeprefix(f"{what} ") for each in shown[1:]])]


def _ratio(a: int | None, b: int | None) -> float:
    low, high = sorted((a or 0, b or 0))
    return float("inf") if low == 0 else high / low


def _weights(sides: Sides) -> list[str]:
    return _numbers("weight", [(b.name, a.weight, b.weight) for a, b in sides.kept if a.weight != b.weight])


def _limits(sides: Sides) -> list[str]:
    words = "max_conns" if sides.after.product == "nginx" else "maxconn"
    return _numbers(words, [(b.name, a.maxconn, b.maxconn) for a, b in sides.kept if a.maxconn != b.maxconn])


def _health(sides: Sides) -> list[str]:
    changed = [(b.name, a.health or "HEALTHY", b.health or "HEALTHY") for a, b in sides.kept if a.health != b.health]
    return [f"health_status of {name} {a} → {b}" for name, a, b in changed[:2]]


def _places(sides: Sides) -> list[str]:
    changed = [(a, b) for a, b in sides.kept if a.priority != b.priority]
    words = [f"priority of {several([b.name for _, b in changed])} changes"] if changed else []
    moved = [b.name for a, b in sides.kept if a.locality != b.locality and a.priority == b.priority]
    return words + ([f"locality of {several(moved)} changes"] if moved else [])


def _ids(sides: Sides) -> list[str]:
    changed = [b.name for a, b in sides.kept if a.server_id != b.server_id]
    return [f"id of {several(changed)} changes"] if changed else []


def _hash_keys(sides: Sides) -> list[str]:
    """What Envoy hashes of a host: its key in the metadata, or its name."""
    words = {"metadata.filter_metadata[envoy.lb].hash_key": "hash_key", "endpoint.hostname": "hostname"}
    if sides.after.product != "envoy":
        return []
    changed = [(word, b.name) for path, word in words.items() for a, b in sides.kept if a.options.get(path) != b.options.get(path)]
    return [
        f"{word} of {several([name for each, name in changed if each == word])} changes" for word in dict.fromkeys(w for w, _ in changed)
    ]


SERVER_ASPECTS = (
    Aspect(_membership, _take_membership),
    Aspect(_standing, servers_take("role", "backup", "disabled")),
    Aspect(_weights, servers_take("weight")),
    Aspect(_limits, servers_take("maxconn"), binds=False),
    Aspect(_health, servers_take("health")),
    Aspect(_places, servers_take("priority", "locality")),
    Aspect(_ids, servers_take("server_id")),
    Aspect(_hash_keys, servers_take("options", "places")),
)
