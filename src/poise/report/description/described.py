"""All that the documentation of a configuration is made from."""

from collections.abc import Mapping

from poise.model.audit import Audit
from poise.model.forecast import Forecast, PoolForecast
from poise.model.light import dataclass
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Topology
from poise.report.description.comments import Comments


@dataclass(frozen=True, slots=True)
class Described:
    """Configurations as they were read, what they lead to, and what was declared. `needs` by the file of the configuration, `forecasts` by
    file and pool."""

    topologies: tuple[Topology, ...]
    audit: Audit
    forecast: Forecast
    needs: Mapping[str, Needs]
    comments: Comments
    forecasts: Mapping[tuple[str, str], PoolForecast]

    def needs_of(self, topology: Topology, pool: str) -> PoolNeeds:
        """What was declared for that pool."""
        return self.needs.get(topology.file, Needs()).of(pool)

    def forecast_of(self, topology: Topology, pool: str) -> PoolForecast | None:
        """The forecast of that pool; None where there is none, as for one whose servers are found at run time."""
        return self.forecasts.get((topology.file, pool))
