"""How Envoy raises the weight of a host that is new or healthy again (`slow_start_config`): ROUND_ROBIN and LEAST_REQUEST alone have it.

The weight is that of the file times max(min_weight_percent, (seconds / window)^(1 / aggression)), 10 % and 1 unless written (Envoy's
documentation of slow start; Envoy 1.40 as measured, tests/balance/test_slow_start.py). Hosts that all begin at once share as they will.
"""

from poise.balancers.envoy.priorities import number, setting
from poise.model.topology import Pool, Server

LEAST_PERCENT, AGGRESSION = 10.0, 1.0
WITH_SLOW_START = ("ROUND_ROBIN", "LEAST_REQUEST")


def weight_factor(pool: Pool, server: Server, seconds: float) -> float:
    """What part of its weight the host has so long after it became healthy; 1 without slow start."""
    if not server.slow_start or seconds >= server.slow_start.total_seconds():
        return 1.0
    least = number(setting(pool, "slow_start_config.min_weight_percent.value"), LEAST_PERCENT) / 100
    aggression = number(setting(pool, "slow_start_config.aggression.default_value"), AGGRESSION)
    grown = (max(seconds, 0.0) / server.slow_start.total_seconds()) ** (1 / aggression) if aggression > 0 else 1.0
    return min(1.0, max(least, grown))


def warms(pool: Pool, server: Server) -> bool:
    """Whether the host comes back slowly."""
    return bool(server.slow_start) and pool.algorithm.name in WITH_SLOW_START
