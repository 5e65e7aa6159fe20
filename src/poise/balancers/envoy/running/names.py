"""Which endpoint is which server of the file: by address, or by the name that was looked up. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from sys import intern

from poise.balancers.envoy.running.endpoints import Endpoints
from poise.model.topology import Pool, Server, Topology

LOOKED_UP = ("STRICT_DNS", "LOGICAL_DNS")


def servers_of(endpoints: Endpoints, topology: Topology) -> tuple[Sequence[str], Sequence[Server | None]]:
    """The component's name of each endpoint, and the server of the file that it is, None where no file names it.

    A server's name is its address as written, with `#2` for the second of the same. A name of DNS that stands for one address is that
    server; where it stands for several, each is named by its address.
    """
    known = {pool.name: _Known(pool) for pool in topology.pools}
    hosts = endpoints.words.get("hostname") or [""] * len(endpoints.pools)
    looked_up = Counter(
        (pool, _with_port(host, address))
        for pool, host, address in zip(endpoints.pools, hosts, endpoints.addresses, strict=True)
        if host and pool in known and known[pool].looked_up
    )
    times: Counter[tuple[str, str]] = Counter()
    names: list[str] = []
    servers: list[Server | None] = []
    for pool, host, address in zip(endpoints.pools, hosts, endpoints.addresses, strict=True):
        key = (pool, address)
        times[key] += 1
        name = address if times[key] == 1 else f"{address}#{times[key]}"
        server = known[pool].by_name.get(name) if pool in known else None
        if server is None and host and looked_up.get((pool, named := _with_port(host, address))) == 1:
            server = known[pool].by_name.get(named)
        names.append(intern(f"{pool}/{name if server is None else server.name}"))
        servers.append(server)
    return names, servers


class _Known:
    def __init__(self, pool: Pool) -> None:
        self.by_name: Mapping[str, Server] = {server.name: server for server in reversed(pool.servers)}
        self.looked_up = pool.discovery in LOOKED_UP


def _with_port(host: str, address: str) -> str:
    return f"{host}:{address.rpartition(':')[2]}"
