"""Which part of a listener's requests reaches which pool, by each product's own rules. Those of a product are imported when asked for."""

from poise.model.forecast import RouteShare
from poise.model.topology import Topology


def route_shares(topology: Topology) -> tuple[RouteShare, ...]:
    """One row for each pool of each route, in the file's order; none for products that poise does not know."""
    if topology.product == "haproxy":
        from poise.balancers.haproxy import route_shares as haproxy  # noqa: PLC0415

        return haproxy.route_shares(topology)
    if topology.product == "nginx":
        from poise.balancers.nginx import route_shares as nginx  # noqa: PLC0415

        return nginx.route_shares(topology)
    if topology.product == "envoy":
        from poise.balancers.envoy import route_shares as envoy  # noqa: PLC0415

        return envoy.route_shares(topology)
    return ()
