"""Two versions of one configuration, for rules about what a change does."""

from poise.model.light import dataclass
from poise.model.topology import Topology


@dataclass(frozen=True, slots=True)
class Change:
    """One configuration before and after. Findings about a change stand in `after`, where it can still be corrected."""

    before: Topology
    after: Topology
