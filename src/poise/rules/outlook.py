"""The forecast of one pool, for the rules that hold it against declared needs. Pure."""

from poise.model.forecast import PoolForecast
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology


def outlook(pool: Pool, topology: Topology, needs: Needs) -> PoolForecast | None:
    """The forecast of that pool under the needs; None if it could not be made, which the forecast's own report says."""
    # numpy and scipy take longer to import than an audit takes to run: only pools with needs pay for them.
    from poise.balance.forecast import forecast  # noqa: PLC0415

    return next((p for p in forecast((topology,), needs).pools if p.pool == pool.name), None)
