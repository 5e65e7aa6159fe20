"""Where on a server's line its figures stand."""

from typing import Protocol

from poise.model.light import dataclass
from poise.model.location import Location


class Spots(Protocol):
    """None for what is not written. Products work them out when somebody asks: a Location takes 170 bytes, and a hundred load balancers
    that are watched have 100,000 servers, of whose figures nobody asks where they stand before a fix is planned."""

    @property
    def weight(self) -> Location | None:
        """The digits of its weight."""

    @property
    def address(self) -> Location | None:
        """Its address."""

    @property
    def maxconn(self) -> Location | None:
        """The digits of its limit of connections."""


@dataclass(frozen=True, slots=True)
class KnownSpots:
    """They are these."""

    weight: Location | None = None
    address: Location | None = None
    maxconn: Location | None = None


NOWHERE = KnownSpots()
