"""What Envoy does with a pool under load.

The route's timeout, 15 s without one, ends a request with 504; circuit breakers refuse with 503 what goes beyond `max_connections` and
`max_pending_requests`, or `max_requests` (1024 each without them; Envoy's documentation of circuit breaking).
"""

import re
from math import inf

from poise.balancers.envoy.priorities import number
from poise.model.hashes import ENVOY_HASHES
from poise.model.load_limits import LoadLimits, Way
from poise.model.topology import Pool, Topology

ROUTE_TIMEOUT, BREAKER = 15.0, 1024
_PATH = "circuit_breakers.thresholds"


def load_limits(topology: Topology, pool: Pool) -> LoadLimits:
    """The ways and limits of that pool: of several routes to it, the one that gives up first."""
    times = [_seconds(route.options.get("timeout")) for _, route in topology.routes_to(pool.name)]
    at = next((i for i in range(8) if pool.options.get(f"{_PATH}.{i}.priority", "DEFAULT") in ("DEFAULT", "0")), 0)
    connections, pending, requests = (
        number(pool.options.get(f"{_PATH}.{at}.{name}"), BREAKER) for name in ("max_connections", "max_pending_requests", "max_requests")
    )
    return LoadLimits(
        _way(pool),
        server_seconds=min(times, default=ROUTE_TIMEOUT),
        server_setting="the route's timeout",
        most_held=max(1.0, min(connections, requests) + pending),
        full_setting="circuit_breakers",
    )


def _seconds(written: str | None) -> float:
    """`timeout: 0s` waits for ever."""
    if written is None:
        return ROUTE_TIMEOUT
    found = re.fullmatch(r"([0-9.]{1,20})s", written)
    return (float(found[1]) or inf) if found and found[1].count(".") < 2 and found[1] != "." else ROUTE_TIMEOUT


def _way(pool: Pool) -> Way:
    if pool.algorithm.name == "LEAST_REQUEST":
        return "request" if len({s.weight for s in pool.servers}) > 1 else "two"
    return "draw" if pool.algorithm.name in ("RANDOM", *ENVOY_HASHES) else "turn"
