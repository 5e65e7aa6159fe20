"""Which of nginx's variables are empty in every request to a pool, because no listener in front of it fills them. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator

from poise.model.light import dataclass
from poise.model.topology import Bind, Listener, Topology


@dataclass(frozen=True, slots=True)
class Empty:
    """Variables that are empty, as a pattern of their names, and why."""

    pattern: str
    why: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What the listeners of one file fill. To nginx an address speaks TLS or takes the PROXY protocol if one of its `listen` lines says
    so, hence the ports. `wild` are the listeners that may pass to any pool, by a variable of the client's."""

    tls: frozenset[str]
    proxied: frozenset[str]
    certificates: bool
    http2: bool
    quic: bool
    wild: tuple[Listener, ...]


def filled(topology: Topology) -> Filled:
    """What is switched on anywhere in the file."""
    binds = [(listener, bind) for listener in topology.listeners for bind in listener.binds]
    unknown = (pool.name for pool in topology.pools if pool.discovery == "variable")
    return Filled(
        tls=frozenset(_port(bind) for listener, bind in binds if bind.tls or listener.options.get("ssl") == "on"),
        proxied=frozenset(_port(bind) for _, bind in binds if "proxy_protocol" in bind.options),
        certificates=any(listener.options.get("ssl_verify_client", "off") != "off" for listener in topology.listeners),
        http2=any("http2" in bind.options or listener.options.get("http2") == "on" for listener, bind in binds),
        quic=any("quic" in bind.options for _, bind in binds),
        wild=tuple(listener for name in unknown for listener, _ in topology.routes_to(name)),
    )


def empty(pools: Iterable[str], topology: Topology, on: Filled) -> tuple[Empty, ...]:
    """What is empty in all requests to these pools; nothing where it is not known which listeners lead to them."""
    fronts = [listener for pool in pools for listener, _ in topology.routes_to(pool)]
    # What could not be read may hold another listener, or make one of these speak TLS.
    return tuple(_empty([*fronts, *on.wild], topology, on)) if fronts and not topology.could_not else ()


def why_empty(name: str, found: Collection[Empty]) -> str | None:
    """Why the variable of that name, in lower case, is empty; None where it may not be."""
    return next((each.why for each in found if re.fullmatch(each.pattern, name)), None)


def _empty(fronts: list[Listener], topology: Topology, on: Filled) -> Iterator[Empty]:
    ports = {_port(bind) for listener in fronts for bind in listener.binds}
    # Of a fragment it is not known what its port is in other files: 443 and 8443 are TLS by custom.
    if ports.isdisjoint(on.tls) and (topology.complete or not any(port.endswith("443") for port in ports)):
        yield Empty(r"ssl_(?!preread_)\w+|https", "no listener in front of it takes TLS")
    if not topology.complete:
        return
    if not on.certificates:
        yield Empty(r"ssl_client_(?!verify$)\w+", "`ssl_verify_client` is off, so that no client is asked for a certificate")
    if ports.isdisjoint(on.proxied):
        yield Empty(r"proxy_protocol_\w+", "no listener in front of it takes the PROXY protocol")
    if all(listener.mode == "tcp" and listener.options.get("ssl_preread", "off") == "off" for listener in fronts):
        yield Empty(r"ssl_preread_\w+", "`ssl_preread` is off")
    if not on.http2:
        yield Empty("http2", "no listener speaks HTTP/2")
    if not on.quic:
        yield Empty("http3", "no listener speaks HTTP/3")


def _port(bind: Bind) -> str:
    return bind.address if bind.address.startswith("/") else bind.address.rpartition(":")[2]
