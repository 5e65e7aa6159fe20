"""What a simulation by arrivals is of: a pool as queues, and the lanes that it is put through."""

from poise.model.light import dataclass
from poise.model.load import Distribution
from poise.model.load_limits import Way


@dataclass(frozen=True, slots=True)
class Station:
    """A pool's servers. `means` in seconds of service, `slots` how many requests a server works on at once, `limits` how many the load
    balancer gives it at once (infinity: any number), `queue` how many may wait in a server before it refuses more.

    `waits`: where every server is full the load balancer keeps requests, for `queue_seconds` at most, else it refuses them. It gives a
    server `server_seconds` to answer and holds no more than `most_held` requests in all. Infinity is no limit.
    """

    means: tuple[float, ...]
    slots: tuple[float, ...]
    limits: tuple[float, ...]
    way: Way
    queue: float
    waits: bool
    queue_seconds: float
    server_seconds: float
    most_held: float
    distribution: Distribution = "exponential"
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One course: requests/s that come by chance, `weights` by server (0: it takes no part), and what waits in every server at the start.

    `every`: the lane sees each so manieth request of a stream that comes by chance, as a server does whose turn it is then.
    """

    rate: float
    weights: tuple[float, ...]
    backlog_seconds: float = 0.0
    every: float = 1.0


# Why a request failed.
QUEUE_TIMEOUT, REFUSED, SERVER_FULL, SERVER_TIMEOUT = 0, 1, 2, 3
FATES = 4
