"""One mistake in one place: routes that inherit a setting, gathered by where it is written. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from poise.model.location import Location
from poise.model.topology import Pool, Route, Topology


def by_place(
    topology: Topology, routes: Iterable[Route], place: Callable[[Route], Location], wrong: Callable[[Pool, Route], object]
) -> Iterator[tuple[Location, Route, tuple[Pool, ...]]]:
    """Each place with the first route and all pools for which it is wrong."""
    pools = {pool.name: pool for pool in topology.pools}
    found: dict[Location, tuple[Route, dict[str, Pool]]] = {}
    for route in routes:
        pool = pools.get(route.pool)
        if pool is not None and wrong(pool, route):
            found.setdefault(place(route), (route, {}))[1].setdefault(pool.name, pool)
    for location, (route, concerned) in found.items():
        yield location, route, tuple(concerned.values())


def only(pools: Sequence[Pool]) -> str | None:
    """The pool that a finding is about, None where there are several."""
    return pools[0].name if len(pools) == 1 else None
