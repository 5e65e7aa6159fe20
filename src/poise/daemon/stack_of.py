"""The parts of the stack and which one sends work to which, from what the files declare."""

from collections.abc import Sequence
from sys import intern

from poise.model.needs import Needs
from poise.model.sample import Component, Stack
from poise.model.topology import Topology
from poise.model.without_secrets import without_userinfo

CLIENT, PROBE, HOST = "client", "probe", "host"


def stack_of(
    topologies: Sequence[Topology],
    needs: Needs,
    load_balancers: Sequence[str] = ("lb1",),
    found: Sequence[tuple[str, Component]] = (),
    *,
    host: bool = True,
) -> Stack:
    """Components and edges of these load balancers, and of what `[watch]` adds to them. `found` are servers that run and that no file
    names, with the pool that sends them work; `host` whether they run on this machine."""
    parts: dict[str, Component] = {}
    edges: dict[tuple[str, str], None] = {}
    watch = needs.watch
    if watch.client or watch.samples:
        parts[CLIENT] = Component(CLIENT, "client", _shown(watch.client))
    probe = probe_name(needs)
    if probe is not None:
        parts.setdefault(probe, Component(probe, "client", _shown(watch.client)))
    clients = tuple(parts)
    for name, topology in zip(load_balancers, topologies, strict=False):
        parts[name] = Component(name, "load-balancer", topology.file)
        for listener in topology.listeners:
            address = listener.binds[0].address if listener.binds else None
            way_in = topology.listener_component(listener.name)
            parts[way_in] = Component(way_in, "listener", address)
            edges |= {(client, way_in): None for client in clients} | {(name, way_in): None}
            edges |= {(way_in, route.pool): None for route in listener.routes}
        for pool in topology.pools:
            parts.setdefault(pool.name, Component(pool.name, "pool"))
            edges[name, pool.name] = None
            for server in pool.servers:
                full = intern(f"{pool.name}/{server.name}")
                parts[full] = Component(full, "server", server.address)
                edges[pool.name, full] = None
                application = application_of(full, needs)
                if application:
                    parts[application] = Component(application, "application", _shown(watch.server[full].direct) or server.address)
                    parts[hop_name(full, needs)] = Component(hop_name(full, needs), "hop", server.address)
                    edges[full, application] = None
    for pool_name, part in found:
        parts.setdefault(part.name, part)
        edges[pool_name, part.name] = None
    for name, database in watch.database.items():
        parts[name] = Component(name, "database", _shown(database.direct or database.path))
        if database.path:
            parts[f"app→{name}"] = Component(f"app→{name}", "hop", _shown(database.path))
        edges |= {(application, name): None for application in database.used_by}
    if host:
        parts[HOST] = Component(HOST, "host")
    return Stack(tuple(parts.values()), tuple(edge for edge in edges if edge[0] in parts and edge[1] in parts))


def probe_name(needs: Needs) -> str | None:
    """The component of our own client: `client`, unless others write down what all clients get; None without a URL."""
    return None if not needs.watch.client else PROBE if needs.watch.samples else CLIENT


def application_of(server: str, needs: Needs) -> str | None:
    """The application component of a server (`web/app1`), None where `[watch]` says nothing of it."""
    watched = needs.watch.server.get(server)
    return None if watched is None else watched.application or server.rpartition("/")[2]


def hop_name(server: str, needs: Needs) -> str:
    """The hop from the load balancer to a server."""
    return f"lb→{application_of(server, needs) or server}"


def _shown(address: str | None) -> str | None:
    """Addresses of components are written down and shown: they hold no password."""
    return None if address is None else without_userinfo(address)
