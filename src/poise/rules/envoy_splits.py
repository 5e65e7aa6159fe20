"""Which pools Envoy's weighted clusters choose among, and what part of the requests each gets. Pure."""

from collections.abc import Iterator
from itertools import groupby

from poise.balancers.nginx.client_split import Part
from poise.model.topology import Topology


def weighted(topology: Topology) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Envoy's splits by weight. Those that the runtime may change are what nobody reads from the file."""
    for listener in topology.listeners if topology.product == "envoy" else ():
        divided = (route for route in listener.routes if route.weight is not None)
        for _, group in groupby(divided, key=lambda route: route.places.get("weighted_clusters.clusters")):
            routes = list(group)
            total = sum(route.weight or 0 for route in routes)
            if total and "weighted_clusters.runtime_key_prefix" not in routes[0].options:
                pools = [(topology.pool(route.pool), route) for route in routes]
                yield (
                    "the weights give",
                    tuple(Part(pool, (r.weight or 0) / total, r.places.get("weight", r.location)) for pool, r in pools if pool),
                )
