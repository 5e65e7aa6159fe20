"""What Envoy hashes of each host of a RING_HASH or MAGLEV pool, and of a request on its way there. Pure.

Sources: Envoy's documentation (consistent_hashing_lb_config, the metadata `envoy.lb`, hash_policy), and what Envoy 1.40 did
(tests/conformance/envoy_keys.py).
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from poise.balancers.envoy.priorities import setting
from poise.balancers.envoy.settings import entries, message
from poise.model.topology import Pool, Server, Topology

HASH_KEY = "metadata.filter_metadata[envoy.lb].hash_key"
Policy = tuple[tuple[str, str], ...]


def host_keys(pool: Pool) -> Mapping[str, bytes] | None:
    """What is hashed of each server, by name: its `hash_key`, else its host name where the pool says so, else its address.

    None where that cannot be told: names that are looked up, or two addresses that are hashed alike (which comes first is then chance).
    """
    if pool.discovered:
        return None
    by_name = setting(pool, "use_hostname_for_hashing") == "true"
    found: dict[str, bytes] = {}
    addresses: dict[bytes, str] = {}
    for server in pool.servers:
        key = _written(server) or (_host_name(pool, server) if by_name else _address(server.address))
        if not key:
            return None
        found[server.name] = key.encode(errors="surrogateescape")
        if addresses.setdefault(found[server.name], server.address) != server.address:
            return None
    return found


def policies(pool: Pool, topology: Topology) -> frozenset[tuple[Policy, ...]]:
    """The hash policies by which requests reach that pool: one tuple for each way they differ, the pool's own where it has some."""
    own = message(pool.options, "consistent_hashing_lb_config")
    if own is not None and (found := _policies(pool.options, f"{own}.hash_policy")):
        return frozenset((found,))
    return frozenset(_policies(route.options, "hash_policy") for _, route in topology.routes_to(pool.name))


def one_string(found: frozenset[tuple[Policy, ...]]) -> bool:
    """Whether the hash of every request is that of one string which stands in it.

    Several policies are mixed into one hash, unless all but the last are `terminal`: then the first that finds something counts.
    Nothing known of the routes is no reason to doubt; a route without policy is: its requests go to hosts drawn at random.
    """
    return all(
        way
        and all(("terminal", "true") in each for each in way[:-1])
        and not any("regex_rewrite" in path for each in way for path, _ in each)
        for way in found
    )


def _policies(options: Mapping[str, str], path: str) -> tuple[Policy, ...]:
    return tuple(
        tuple((key.removeprefix(f"{item}."), value) for key, value in options.items() if key.startswith(f"{item}."))
        for item in entries(options, path)
    )


def _written(server: Server) -> str | None:
    """The server's hash key. Envoy takes a string only: a number or bool, which has no quotes, counts for nothing."""
    value = server.options.get(HASH_KEY)
    place = server.places.get(HASH_KEY) if value else None
    if value and place is not None and place.end - place.start == len(value.encode(errors="surrogateescape")):
        return None if value in ("true", "false") or _is_number(value) else value
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _host_name(pool: Pool, server: Server) -> str | None:
    written = server.options.get("endpoint.hostname")
    # A name that DNS is asked for is the host's name; a static host has none but the one written.
    return written or (server.address.rpartition(":")[0].strip("[]") if pool.discovery in ("STRICT_DNS", "LOGICAL_DNS") else None)


@lru_cache(maxsize=1 << 15)  # every loss of a server asks for all addresses again
def _address(address: str) -> str | None:
    """An address as Envoy spells it; None for names."""
    if address.startswith("/"):
        return address
    host, _, port = address.rpartition(":")
    try:
        found = ip_address(host.strip("[]"))
        number = int(port)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return f"[{found if mapped is None else f'::ffff:{mapped}'}]:{number}"
    return f"{found}:{number}"
