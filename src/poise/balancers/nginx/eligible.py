"""Which servers of a pool nginx gives requests to."""

from collections.abc import Callable, Mapping

from poise.model.topology import Pool, Server


def eligible(pool: Pool, up: Callable[[Server], bool] | None = None, weights: Mapping[str, int] | None = None) -> Mapping[str, int]:
    """The servers that receive traffic now and their weights, in order: the primaries that are up, all backups where there is none."""
    primaries: dict[str, int] = {}
    backups: dict[str, int] = {}
    for server in pool.servers:
        # As `weight_of` and `can_serve` say; a forecast of many losses asks this of every server for every one of them.
        weight = server.weight if weights is None else weights.get(server.name, server.weight)
        if weight > 0 and not server.disabled and server.role != "disabled" and (up is None or up(server)):
            (backups if server.backup else primaries)[server.name] = weight
    return primaries or backups


def can_serve(server: Server, up: Callable[[Server], bool] | None) -> bool:
    """Whether it is neither `down` nor failed."""
    return not server.disabled and server.role != "disabled" and (up is None or up(server))


def weight_of(server: Server, weights: Mapping[str, int] | None) -> int:
    """The running weight where one is named, else the file's."""
    return server.weight if weights is None else weights.get(server.name, server.weight)
