"""Which server nginx's `hash`, `hash … consistent` and `ip_hash` choose for a key, computed as nginx computes it.

Sources: ngx_http_upstream_hash_module.c, ngx_http_upstream_ip_hash_module.c. tests/conformance/nginx_keys.py asks the real binaries: 1.22
and 1.31 place alike. A server that is `down` or has failed keeps its part of the hash values, and its keys are hashed again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from poise.balancers.nginx.eligible import can_serve, eligible, weight_of
from poise.balancers.nginx.hash_limits import HASH_VALUES, HEAVIEST_RING, IP_HASH_VALUES
from poise.balancers.nginx.values import host_and_port
from poise.model.keys import Keys, Placed
from poise.model.light import dataclass
from poise.model.topology import Pool, Server

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from poise.balancers.nginx.hashing import Hashed

Up = Callable[[Server], bool]

BINARY_ADDRESS = "$binary_remote_addr"
CLIENT_ADDRESS = ("$remote_addr", BINARY_ADDRESS)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class _Peers:
    """The primaries as a hash sees them: those that cannot serve are among them."""

    servers: tuple[Server, ...]
    weights: tuple[int, ...]
    usable: tuple[bool, ...]


def hash_decides(pool: Pool) -> bool:
    """Whether a key decides which server a request gets, and poise can compute it.

    The servers must all stand in the file. A name counts as one address, save for `localhost`, which is two on most machines: it has its
    weight twice then. The ring of `consistent` is by name, so there it does not matter.
    """
    return pool.once("hash decides", _hash_decides)


def _hash_decides(pool: Pool) -> bool:
    key = key_of(pool)
    if key is None or "$" not in key or pool.discovered or not any(not s.backup for s in pool.servers):
        return False
    if _is_ring(pool):
        return sum(s.weight for s in pool.servers) <= HEAVIEST_RING
    return all(host_and_port(s.name)[0].lower() != "localhost" for s in pool.servers)


def counted_once(pool: Pool) -> tuple[str, ...]:
    """The servers that stand there by name, where the hash counts each of a name's addresses; none where no hash decides."""
    if _is_ring(pool) or not hash_decides(pool):
        return ()
    hosts = ((s.name, host_and_port(s.name)[0]) for s in pool.servers if not s.backup and s.name[:5].lower() != "unix:")
    return tuple(name for name, host in hosts if _packed(host.strip("[]")) is None)


def key_of(pool: Pool) -> str | None:
    """What the hash looks at, the same for all ways to write it (`$x` and `${x}`); None where there is no hash."""
    algorithm = pool.algorithm
    if algorithm.name == "ip_hash":
        return "$remote_addr"
    if algorithm.name != "hash":
        return None
    return _VARIABLE.sub(lambda found: f"${{{(found[1] or found[2]).lower()}}}", algorithm.argument or "")


def same_keys(before: Pool, after: Pool) -> bool:
    """Whether two hashes look at the same of a request."""
    return key_of(before) == key_of(after) or (looks_at_address(before) and looks_at_address(after))


def looks_at_address(pool: Pool) -> bool:
    """Whether the key is the client's address and nothing else."""
    key = key_of(pool)
    return key is not None and key.replace("{", "").replace("}", "") in CLIENT_ADDRESS


def placed(pool: Pool, keys: Keys, up: Up | None = None, weights: Mapping[str, int] | None = None) -> Placed | None:
    """The server of each key, as the hash sees it when it is evaluated (an address for ip_hash); None altogether where no hash decides.

    A key has no place where nginx deals in turn (it is empty, or too many tries found servers that cannot serve), and where it is no
    address although one is hashed. Of servers with one address as written, among which a ring deals in turn, the first is named.
    """
    return _place(pool, keys, up, weights) if hash_decides(pool) else None


def placement(
    pool: Pool, keys: Sequence[str], up: Up | None = None, weights: Mapping[str, int] | None = None
) -> Mapping[str, str | None] | None:
    """`placed`, as the server by key."""
    found = placed(pool, Keys(keys), up, weights)
    return None if found is None else found.by_key()


def constant(pool: Pool, up: Up | None = None, weights: Mapping[str, int] | None = None) -> str | None:
    """The server of a key that is the same for all requests; None where it is not or cannot be computed."""
    key = key_of(pool)
    if not key or "$" in key or pool.discovered:
        return None
    return _place(pool, Keys((key,)), up, weights).by_key()[key]


def parts(pool: Pool, up: Up | None = None, weights: Mapping[str, int] | None = None) -> Mapping[str, float] | None:
    """The part of all hash values that each server receives: its share where keys are many and equally popular. None as for `placement`.

    Without a ring, what finds a server that cannot serve is hashed again, and counts here as spread like the rest.
    """
    peers = _peers(pool, up, weights)
    if not hash_decides(pool) or not any(peers.usable):
        return None
    if _is_ring(pool):
        return _arcs(peers)
    all_of_them = pool.once("nginx hash values", _values_of_each) if weights is None else _divided(pool, peers.weights)
    counts = {server.name: count if usable else 0 for server, count, usable in zip(peers.servers, all_of_them, peers.usable, strict=True)}
    known = sum(counts.values())
    return {name: count / known for name, count in counts.items()} if known else None


def _values_of_each(pool: Pool) -> Sequence[int]:
    return _divided(pool, _primaries(pool)[1])


def _divided(pool: Pool, weights: Sequence[int]) -> Sequence[int]:
    """How many of the hash's values meet each of the servers with these weights."""
    (rounds, rest), start, counts = divmod(hash_values(pool), sum(weights)), 0, []
    for weight in weights:
        counts.append(rounds * weight + min(max(rest - start, 0), weight))
        start += weight
    return counts


def hash_values(pool: Pool) -> int:
    """How many values the hash has that is not a ring's."""
    return IP_HASH_VALUES if pool.algorithm.name == "ip_hash" else HASH_VALUES


def _written(servers: Sequence[Server]) -> Sequence[str]:
    """Each server's address as written. Its name has `#2` behind it where the same was written before."""
    names = [server.name for server in servers]
    if not any("#" in name for name in names):
        return names
    seen: dict[str, int] = {}
    for at, name in enumerate(names):
        base, _, number = name.rpartition("#")
        names[at] = base if seen.get(base) and number == str(seen[base] + 1) else name
        seen[names[at]] = seen.get(names[at], 0) + 1
    return names


def _is_ring(pool: Pool) -> bool:
    return pool.algorithm.name == "hash" and pool.algorithm.hash_method == "consistent"


def _peers(pool: Pool, up: Up | None, weights: Mapping[str, int] | None) -> _Peers:
    servers, weighed = pool.once("nginx primaries with weights", _primaries) if weights is None else _weighed(pool, weights)
    return _Peers(servers, weighed, tuple([can_serve(s, up) for s in servers]))


def _primaries(pool: Pool) -> tuple[tuple[Server, ...], tuple[int, ...]]:
    return _weighed(pool, None)


def _weighed(pool: Pool, weights: Mapping[str, int] | None) -> tuple[tuple[Server, ...], tuple[int, ...]]:
    weighed = [(s, weight) for s in pool.servers if not s.backup and (weight := weight_of(s, weights)) > 0]
    return tuple(s for s, _ in weighed), tuple(weight for _, weight in weighed)


def _place(pool: Pool, keys: Keys, up: Up | None, weights: Mapping[str, int] | None) -> Placed:
    # numpy takes longer to import than most questions take to answer: only keys pay for it.
    import numpy as np  # noqa: PLC0415

    from poise.balancers.nginx.hashing import NO_KEY, Hashed, chosen  # noqa: PLC0415

    peers = _peers(pool, up, weights)
    # Who gets what the hash finds nobody for: that is dealt in turn, which is certain among one.
    rest = eligible(pool, up, weights)
    names = (*(server.name for server in peers.servers), *(rest if len(rest) == 1 else ()))
    alone = len(names) - 1 if len(rest) == 1 else -1
    how, read = _read(pool)
    hashed = keys.once(("nginx", how), lambda listed: Hashed([read(key) for key in listed], IP_HASH_VALUES if how == "network" else None))
    owners = np.where(hashed.state == NO_KEY, -1, alone)
    if not peers.servers or not len(hashed.at):
        return Placed(keys, names, owners)
    if _is_ring(pool):
        owners[hashed.at] = _on_ring(peers, hashed, alone)
    else:
        found = chosen(hashed, peers.weights, peers.usable)
        owners[hashed.at] = np.where(found < 0, alone, found)
    return Placed(keys, names, owners)


def _read(pool: Pool) -> tuple[str, Callable[[str], bytes | None]]:
    """How the pool's keys become what is hashed, and a name for that."""
    if pool.algorithm.name == "ip_hash":
        # Of an IPv4 address the network; clients of a Unix socket count as 0.0.0.0.
        return (
            "network",
            lambda key: (
                bytes(3) if key == "unix:" else None if (found := _packed(key)) is None else found[:3] if len(found) == 4 else found
            ),
        )
    if looks_at_address(pool) and BINARY_ADDRESS[1:] in (key_of(pool) or ""):
        return "address", _packed
    return "text", lambda key: key.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=8192)
def _packed(address: str) -> bytes | None:
    try:
        from ipaddress import ip_address  # noqa: PLC0415 - only keys that are addresses pay for it

        return ip_address(address.strip()).packed
    except ValueError:
        return None


def _on_ring(peers: _Peers, hashed: "Hashed", alone: int) -> "NDArray[np.int64]":
    import numpy as np  # noqa: PLC0415

    from poise.balancers.nginx.ketama import NOBODY, UNKNOWN, ring  # noqa: PLC0415

    written = _written(peers.servers)
    circle = ring(tuple(zip(written, peers.weights, strict=True)))
    first: dict[str, int] = {}
    for number, (name, usable) in enumerate(zip(written, peers.usable, strict=True)):
        if usable:
            first.setdefault(name, number)
    # Behind the servers stand those that are none, found by their negative numbers.
    of = [first.get(name, -1) for name in circle.names] + [0, 0]
    of[NOBODY], of[UNKNOWN] = alone, -1
    order, ascending = hashed.order
    found = np.empty_like(order)
    found[order] = np.array(of, np.int64)[circle.owners_of(ascending, [name in first for name in circle.names])]
    return found


def _arcs(peers: _Peers) -> Mapping[str, float]:
    from poise.balancers.nginx.ketama import ring  # noqa: PLC0415

    written = _written(peers.servers)
    circle = ring(tuple(zip(written, peers.weights, strict=True)))
    weight: dict[str, int] = {}
    for name, each, usable in zip(written, peers.weights, peers.usable, strict=True):
        if usable:
            weight[name] = weight.get(name, 0) + each
    arcs, dealt = circle.arcs([name in weight for name in circle.names])
    in_turn = dealt / sum(weight.values())
    of = {name: arc / weight[name] + in_turn for name, arc in zip(circle.names, arcs, strict=True) if name in weight}
    return {
        server.name: of[name] * each if usable else 0.0
        for server, name, each, usable in zip(peers.servers, written, peers.weights, peers.usable, strict=True)
    }
