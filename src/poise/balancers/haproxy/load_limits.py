"""What HAProxy does with a pool under load.

`timeout queue`, or `timeout connect` where that is not set, ends the wait for a server with 503; `timeout server` ends that for an answer
with 504, and the server's place is free again whatever the application still does (configuration manual 4.2; measured on the lab).
"""

from datetime import timedelta
from math import inf

from poise.balancers.haproxy.split import HTTP_ONLY
from poise.model.hashes import HAPROXY_HASHES
from poise.model.load_limits import LoadLimits, Way
from poise.model.topology import Pool, Topology


def load_limits(topology: Topology, pool: Pool) -> LoadLimits:
    """The ways and limits of that pool."""
    del topology
    times = pool.timeouts
    queue = times.queue or times.connect
    return LoadLimits(
        _way(pool),
        True,
        _seconds(queue),
        "timeout queue" if times.queue else "timeout connect",
        _seconds(times.server),
        "timeout server",
        full_setting="maxconn",
    )


def _seconds(time: timedelta | None) -> float:
    return time.total_seconds() if time else inf


def _way(pool: Pool) -> Way:
    algorithm = pool.algorithm
    if algorithm.name in HAPROXY_HASHES and not (pool.mode == "tcp" and algorithm.name in HTTP_ONLY):
        return "hash"
    if algorithm.name == "random":
        return "draw" if algorithm.argument == "1" else "two"
    ways: dict[str, Way] = {"leastconn": "least", "first": "first", "sticky": "draw"}
    return ways.get(algorithm.name, "turn")
