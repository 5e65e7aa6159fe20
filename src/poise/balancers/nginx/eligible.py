"""Which servers of a pool nginx gives requests to."""

from collections.abc import Callable, Mapping

from poise.model.topology import Pool, Server


def eligible(pool: Pool, up: Callable[[Server], bool] | None = None, weights: Mapping[str, int] | None = None) -> Mapping[str, int]:
    """The servers that receive traffic now and their weights, in order: the primaries that are up, all backups where there is none."""
    usable = [s for s in pool.servers if can_serve(s, up)]
    weighed = [(s, weight_of(s, weights)) for s in usable]
    primaries = {s.name: w for s, w in weighed if w > 0 and not s.backup}
    return primaries or {s.name: w for s, w in weighed if w > 0}


def can_serve(server: Server, up: Callable[[Server], bool] | None) -> bool:
    """Whether it is neither `down` nor failed."""
    return not server.disabled and server.role != "disabled" and (up is None or up(server))


def weight_of(server: Server, weights: Mapping[str, int] | None) -> int:
    """The running weight where one is named, else the file's."""
    return server.weight if weights is None else weights.get(server.name, server.weight)
