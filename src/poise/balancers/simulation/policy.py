"""What a load balancer decides, as the simulation asks for it."""

from typing import Protocol

from poise.balancers.simulation.arrays import Bools, Floats, Ints
from poise.balancers.simulation.draws import Stream

# Answers of `choose` that are no server. A request that waits for one certain server is `WAIT_AT - server`.
REFUSE = -1
WAIT = -2
WAIT_AT = -3


class Policy(Protocol):
    """One product's way to choose, over all replicas at once. A *view* is one process's or thread's own picture of one replica's pool.

    Views of replica r are r · workers … r · workers + workers − 1. No replica stands twice in one call.
    """

    workers: int
    limits: Floats  # how many requests the load balancer gives each server at once, infinity without limit
    queues: bool  # whether `choose` ever lets a request wait
    refuses: bool  # whether it ever answers anything but a server
    looks_at_present: bool  # whether `present` is told; else it is any array
    queue_seconds: float  # how long a request waits at most, infinity without limit

    def begin(self, replicas: int, uniform: Stream) -> None:
        """Forget everything: so many replicas, all idle. `uniform` is where chance comes from."""

    def choose(self, views: Ints, present: Ints) -> Ints:
        """The server of a request in each of these views, or REFUSE, WAIT or WAIT_AT − server; `present` are in the pool, it included."""

    def joined(self, views: Ints, servers: Ints) -> None:
        """A request was given to a server."""

    def left(self, views: Ints, servers: Ints) -> None:
        """A server ended a request."""

    def gave_up(self, views: Ints, servers: Ints) -> None:
        """A request waits for that certain server no longer: the server took it, or its time was over."""

    def takes(self, views: Ints, servers: Ints, present: Ints) -> Bools:
        """Whether that server may take a request that waits."""
