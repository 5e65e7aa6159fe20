"""A part of a pool that is simulated for itself."""

from poise.balance.arrivals.station import Lane, Station
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A station that stands for a part of a lane: `times` over, `servers` are the lane's servers that its counts belong to."""

    station: Station
    lane: Lane
    times: float
    servers: tuple[tuple[int, ...], ...]
