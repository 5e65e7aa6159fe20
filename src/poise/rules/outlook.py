"""The forecast of one pool, for the rules that hold it against declared needs. Pure."""

from poise.model.could_not import CouldNot
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs
from poise.model.split import Split
from poise.model.topology import Pool, Topology

# No rule asks how exactly a measurement would show the shares.
REQUESTS = 1500


def outlook(pool: Pool, topology: Topology, needs: Needs, losses: bool = True) -> PoolForecast | None:
    """The forecast of that pool under the needs; None if it could not be made, which the forecast's own report says.

    `losses`: also what remains when servers are lost, which takes most of the time.
    """
    # numpy and scipy take longer to import than an audit takes to run: only pools with needs pay for them.
    from poise.balance.forecast import Demand, pool_forecast  # noqa: PLC0415

    if not pool.servers:
        return None
    made = pool_forecast(topology, pool, Demand(REQUESTS, None, needs.of(pool.name)), losses)
    return None if isinstance(made, CouldNot) else made


def under_load(pool: Pool, topology: Topology, needs: Needs) -> Split | None:
    """How the pool shares at the declared load, simulated where that decides, as `poise predict` and `poise diff` have it.

    None where no load is declared, or none that can be simulated.
    """
    own = needs.of(pool.name)
    if own.load() is None or not pool.servers:
        return None
    from poise.balance.forecast import Demand  # noqa: PLC0415 - as above
    from poise.balance.played import played, played_split  # noqa: PLC0415

    load = played(own, topology.workers, 1)
    return played_split(pool, topology.target, Demand(REQUESTS, None, own).concurrency, load)
