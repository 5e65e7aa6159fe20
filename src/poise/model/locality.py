"""A place that servers stand in."""

from poise.model.light import dataclass
from poise.model.location import Location


@dataclass(frozen=True, slots=True)
class Locality:
    """One locality of an Envoy pool at one priority. `name` is region/zone/sub-zone, `weight` None where none is written."""

    name: str
    priority: int
    weight: int | None
    servers: tuple[str, ...]
    location: Location
    weight_location: Location | None = None
    priority_location: Location | None = None
