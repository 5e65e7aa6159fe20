"""What nginx does with a pool under load.

A full server (`max_conns`) is passed over and 502 is the answer where all are full; `proxy_read_timeout`, 60 s without one, ends the wait
for an answer with 504 (ngx_http_proxy_module; a further server that is tried then is as full as the first, so it is taken as the end).
"""

from math import inf

from poise.balancers.nginx.values import duration
from poise.model.load_limits import LoadLimits, Way
from poise.model.topology import Pool, Route, Topology

READ_TIMEOUT, STREAM_TIMEOUT = 60.0, 600.0


def load_limits(topology: Topology, pool: Pool) -> LoadLimits:
    """The ways and limits of that pool: of several routes to it, the one that gives up first."""
    found = [_patience(pool, route) for _, route in topology.routes_to(pool.name)]
    default = ("proxy_read_timeout", READ_TIMEOUT) if pool.mode == "http" else ("proxy_timeout", STREAM_TIMEOUT)
    setting, seconds = min(found, key=lambda pair: pair[1], default=default)
    return LoadLimits(_way(pool), server_seconds=seconds, server_setting=setting, full_setting="max_conns")


def _patience(pool: Pool, route: Route) -> tuple[str, float]:
    ending = "_read_timeout" if pool.mode == "http" else "proxy_timeout"
    setting = next((name for name in route.options if name.endswith(ending)), None)
    if setting is None:
        return ("proxy_read_timeout", READ_TIMEOUT) if pool.mode == "http" else ("proxy_timeout", STREAM_TIMEOUT)
    time = duration(route.options[setting])
    return setting, time.total_seconds() if time is not None else inf


def _way(pool: Pool) -> Way:
    algorithm = pool.algorithm
    if algorithm.name == "random":
        return "two" if (algorithm.argument or "").startswith("two") else "draw"
    ways: dict[str, Way] = {"least_conn": "least", "least_time": "least", "ip_hash": "draw", "hash": "draw"}
    return ways.get(algorithm.name, "turn")
