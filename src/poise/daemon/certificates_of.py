"""Which listeners speak TLS, and where a client of theirs would begin."""

from poise.model.topology import Bind, Listener, Topology

ANY = frozenset(("", "*", "0.0.0.0", "::"))  # noqa: S104 - compared with, never bound
# Whoever connects there must say first whose connection it is, or speaks QUIC.
NOT_PLAIN = frozenset(("accept-proxy", "accept-netscaler-cip", "proxy_protocol", "quic"))


def certificates_of(topology: Topology | None, *, local: bool) -> dict[str, tuple[str, str | None]]:
    """By listener with TLS, named as in the stack: host:port, and the name to ask for. An address of all interfaces is asked on this
    machine, so of a load balancer elsewhere (not `local`) only those are that name a host."""
    if topology is None:
        return {}
    found: dict[str, tuple[str, str | None]] = {}
    for listener in topology.listeners:
        places = (place for bind in listener.binds if (place := _place(bind, local)) is not None)
        first = next(places, None)
        name = topology.listener_component(listener.name)
        if first is not None and name not in found:
            found[name] = (first, _asked_for(listener))
    return found


def _place(bind: Bind, local: bool) -> str | None:
    host, _, port = bind.address.rpartition("@")[2].rpartition(":")
    if not bind.tls or NOT_PLAIN & bind.options.keys() or not port.isdigit() or "/" in bind.address or bind.address.startswith("quic"):
        return None
    anywhere = host.strip("[]") in ANY
    if not local and (anywhere or host.startswith("127.") or host in ("localhost", "[::1]", "::1")):
        return None
    return f"127.0.0.1:{port}" if anywhere else f"{host}:{port}"


def _asked_for(listener: Listener) -> str | None:
    """nginx chooses its server, and the certificate with it, by the name; elsewhere the default certificate is looked at."""
    name = listener.name
    plain = listener.product == "nginx" and "." in name and not name.startswith((".", "~")) and not set(name) & set("*:/ ")
    return name if plain and not name.replace(".", "").isdigit() else None
