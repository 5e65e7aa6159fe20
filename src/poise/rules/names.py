"""When HAProxy looks a server's name up. Pure."""

from poise.model.topology import Server


def needs_answer(server: Server) -> bool:
    """Whether HAProxy stops when it cannot find the name of this server at start (2.6.12 and 2.8.25 were asked in every form).

    With `resolvers` and without `init-addr` the server waits in maintenance; `none` and an address are taken when nothing else answers.
    """
    if server.init_addr is None:
        return not server.resolvers and not is_service(server)
    return all(way in ("last", "libc") for way in server.init_addr.split(","))


def is_service(server: Server) -> bool:
    """Whether its address is the name of an SRV record, which only `resolvers` look up."""
    return server.address.startswith("_")
