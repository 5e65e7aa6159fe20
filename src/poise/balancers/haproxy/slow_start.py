"""How HAProxy raises the weight of a server that comes back (`slowstart`).

The manual promises a linear growth; the binaries (2.6 and 2.8) show what it is made of: sixteenths of the weight, 1 at once and then
⌊(16 t + s) / s⌋ after t whole seconds of s. Only a server that was DOWN, or in maintenance, begins so: not one at boot, nor one that was
drained. Measured over 10 s in steps of a second: 7, 13, 25, 32, 44, 57, 63, 75, 82, 94, 100 % of 100.
"""

from math import ceil, floor

from poise.balancers.haproxy.hashing import is_consistent
from poise.model.hashes import HAPROXY_HASHES
from poise.model.topology import Pool, Server

STEPS = 16
DYNAMIC = ("roundrobin", "leastconn", "random")


def weight_factor(server: Server, seconds: float) -> float:
    """What part of its weight the server has so long after it came back; 1 without slow start."""
    if not server.slow_start:
        return 1.0
    window = ceil(server.slow_start.total_seconds())
    return min(1.0, floor((STEPS * floor(seconds) + window) / window) / STEPS) if seconds < window else 1.0


def warms(pool: Pool, server: Server) -> bool:
    """Whether the server comes back slowly: weights of static algorithms do not move, and one that nothing checks never goes DOWN."""
    name = pool.algorithm.name
    dynamic = name in DYNAMIC or (name in HAPROXY_HASHES and is_consistent(pool.algorithm))
    return bool(server.slow_start) and dynamic and (server.check is not None or server.agent_check or server.track is not None)
