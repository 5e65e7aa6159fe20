"""Two layers of load balancing, one behind the other."""

from poise.model.light import dataclass
from poise.model.topology import Bind, Listener, Pool, Server, Topology


@dataclass(frozen=True, slots=True)
class Link:
    """A server of the front layer, and the listeners of the back layer that take its address: several where names share a port.

    `certain` says that the addresses agree. Without it only the port does: the listeners take any address of their machine, and whether
    that machine is the server is not in the files.
    """

    server: Server
    ends: tuple[tuple[Listener, Bind], ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A pool of `front` whose servers are listeners of `back`, which was read in the same run; `links` in the order of the servers.

    `front` and `back` are the same where a configuration passes traffic to itself (HAProxy: a TCP frontend before an HTTP one).
    """

    front: Topology
    pool: Pool
    back: Topology
    links: tuple[Link, ...]

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The listeners of the back layer, each once."""
        return tuple({id(listener): listener for link in self.links for listener, _ in link.ends}.values())

    @property
    def certain(self) -> bool:
        """Whether every link is."""
        return all(link.certain for link in self.links)
