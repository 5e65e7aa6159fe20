"""The pools that a health check can take servers out of."""

from collections.abc import Iterable

from poise.faults.sign import Observation


def checked(observation: Observation) -> Iterable[str]:
    """Pools whose servers' states are known, less those whose configuration was read and has no check."""
    for name in observation.having("servers down"):
        pool = next((found for t in observation.topologies if (found := t.pool(name)) is not None), None)
        if pool is None or any(server.check is not None for server in pool.servers):
            yield name
