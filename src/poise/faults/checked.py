"""The pools that a health check can take servers out of, as the configuration says."""

from collections.abc import Iterable

from poise.faults.looked import looked
from poise.faults.sign import Observation


def checked(observation: Observation) -> Iterable[tuple[str, float]]:
    """Pools whose servers' states are known, else one, with a prior; less those whose configuration was read and has no check."""
    for name, prior in looked(observation, "servers down"):
        pool = next((found for t in observation.topologies if (found := t.pool(name)) is not None), None)
        if pool is None or any(server.check is not None for server in pool.servers):
            yield name, prior


def surely_checked(observation: Observation, name: str) -> bool:
    """Does a configuration that was read check every server of that pool, each where its traffic goes?"""
    pool = next((found for t in observation.topologies if (found := t.pool(name)) is not None), None)
    checks = [server.check for server in pool.servers] if pool is not None else []
    return bool(checks) and all(check is not None and check.port is None and check.address is None for check in checks)
