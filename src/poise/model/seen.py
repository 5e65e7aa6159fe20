"""What a running load balancer tells of a pool's demand, for who declares its needs."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """Figures of one pool; None where the product does not tell. `source` says who told, and over which time.

    `peak` says that `requests_per_second` is the highest since the load balancer started, not the rate of the moment. `most_at_once` is the
    most that one server was seen to work on at once; `service_time_ms` how long servers took to answer.
    """

    source: str
    requests_per_second: float | None = None
    peak: bool = False
    most_at_once: int | None = None
    service_time_ms: float | None = None
