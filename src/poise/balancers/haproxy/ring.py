"""HAProxy's ring: which server is nearest to a hash value, computed as the program computes it.

Source: HAProxy's `lb_chash.c`. tests/live/test_conformance.py asks the real binary.
"""

from collections.abc import Collection, Mapping
from dataclasses import field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.balancers.haproxy.hashing import BITS_32, NODES_PER_WEIGHT
from poise.model.light import dataclass

# Rings of more servers are not worked out without each of them at once: 512² parts take 2 MB.
MOST_AT_ONCE = 512
NODES_PER_SERVER = 4096  # SRV_EWGHT_RANGE: the greatest weight, 256, times 16


@dataclass(frozen=True, slots=True)
class Ring:
    """Nodes in ascending order, and the server of each as an index into `names`."""

    nodes: NDArray[np.int64]
    servers: NDArray[np.int64]
    names: tuple[str, ...]
    _without: list[list[list[float]]] = field(default_factory=list, init=False, repr=False, compare=False)

    def at(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The server of the node that is nearest to each value, the one before where both are equally far. Fastest for sorted values."""
        # Up to the middle between two nodes all is nearer to the first. Behind the last node comes the first again, a circle further.
        middles = (self.nodes[:-1] + self.nodes[1:]) // 2
        last = int(self.nodes[-1] + self.nodes[0] + BITS_32 + 1) // 2
        found = np.searchsorted(middles, values)
        if last <= BITS_32:
            found[values > last] = 0
        else:
            found[values <= last - BITS_32 - 1] = len(self.nodes) - 1
        return self.servers[found]

    def arcs(self) -> Mapping[str, float]:
        """The part of all hash values that each server receives: its share where keys are many and equally popular."""
        return dict(zip(self.names, (self._doubled() / (2 * (BITS_32 + 1))).tolist(), strict=True))

    def _doubled(self) -> NDArray[np.float64]:
        """Twice the number of the hash values that each server receives: whole numbers, which floats of 64 bits add up exactly."""
        gaps = np.diff(self.nodes, prepend=self.nodes[-1:] - (BITS_32 + 1))
        # Half of the gap before a node is its own, and half of the one behind it.
        doubled = gaps.copy()
        doubled[:-1] += gaps[1:]
        doubled[-1] += gaps[0]
        sums: NDArray[np.float64] = np.bincount(self.servers, weights=doubled, minlength=len(self.names)).astype(np.float64, copy=False)
        return sums

    def arcs_among(self, names: Collection[str]) -> Mapping[str, float]:
        """`among(names).arcs()`. Without one server it is worked out for each at once, as a forecast asks for the loss of every one."""
        if len(names) != len(self.names) - 1 or not 2 < len(self.names) <= MOST_AT_ONCE:
            return self.among(names).arcs()
        if not self._without:
            self._without.append(self._without_each())
        lost = next(number for number, name in enumerate(self.names) if name not in names)
        return dict(zip(self.names, self._without[0][lost], strict=True))

    def _without_each(self) -> list[list[float]]:
        """By server, the arcs without it: of each row of its nodes, the gap between the nodes around them is halved by these two."""
        count, owners = len(self.names), self.servers
        firsts = np.flatnonzero(owners != np.roll(owners, 1))
        lost = owners[firsts]
        first, last = self.nodes[firsts], self.nodes[np.roll(firsts, -1) - 1]
        before, behind = np.roll(last, 1), np.roll(first, -1)
        span = (behind - before) & BITS_32
        gained = np.bincount(lost * count + np.roll(lost, 1), weights=span - ((first - before) & BITS_32), minlength=count * count)
        gained += np.bincount(lost * count + np.roll(lost, -1), weights=span - ((behind - last) & BITS_32), minlength=count * count)
        doubled = self._doubled() + gained.reshape(count, count)
        np.fill_diagonal(doubled, 0.0)
        found: list[list[float]] = (doubled / (2 * (BITS_32 + 1))).tolist()
        return found

    def among(self, names: Collection[str]) -> "Ring":
        """The ring of these servers of it alone. Nothing is sorted again: that is nine tenths of the time that a ring takes."""
        if len(names) == len(self.names):
            return self
        kept = np.array([name in names for name in self.names])[self.servers]
        return Ring(self.nodes[kept], self.servers[kept], self.names)


def ring(weights: Mapping[str, int], ids: Mapping[str, int]) -> Ring:
    """The ring of `hash-type consistent` and `random`, whose nodes follow from each server's id (`hash-key id`, the default)."""
    return _ring(tuple((name, ids[name], weight) for name, weight in weights.items()))


# A forecast asks for the ring of one pool again and again, for every server that may be lost.
@lru_cache(maxsize=4)
def _ring(servers: tuple[tuple[str, int, int], ...]) -> Ring:
    names = tuple(name for name, _, _ in servers)
    nodes = np.concatenate([_nodes(server_id, weight) for _, server_id, weight in servers])
    owners = np.repeat(np.arange(len(names)), [weight * NODES_PER_WEIGHT for _, _, weight in servers])
    order = np.argsort(nodes, kind="stable")
    return Ring(nodes[order], owners[order], names)


@lru_cache(maxsize=4096)
def _nodes(server_id: int, weight: int) -> NDArray[np.int64]:
    """A server's nodes: `avalanche` of its id times 4,096 plus their number."""
    a = (server_id * NODES_PER_SERVER + np.arange(weight * NODES_PER_WEIGHT, dtype=np.uint64)) & BITS_32
    a = (a + 0x7ED55D16 + (a << 12)) & BITS_32
    a = ((a ^ 0xC761C23C) ^ (a >> 19)) & BITS_32
    a = (a + 0x165667B1 + (a << 5)) & BITS_32
    a = ((a + 0xD3A2646C) ^ (a << 9)) & BITS_32
    a = (a + 0xFD7046C5 + (a << 3)) & BITS_32
    a = ((a ^ 0xB55A4F09) ^ (a >> 16)) & BITS_32
    return ((a * 3221225473) & BITS_32).astype(np.int64)
