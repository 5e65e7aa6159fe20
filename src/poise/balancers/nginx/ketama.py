"""The ring of nginx's `hash … consistent`: which server a point on it belongs to, computed as nginx computes it.

Source: ngx_http_upstream_hash_module.c, whose ring is that of Cache::Memcached::Fast. tests/conformance/nginx_keys.py asks the real binary.
"""

import re
from binascii import crc32
from collections.abc import Sequence
from dataclasses import field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.hash_limits import MOST_TRIES, POINTS_PER_WEIGHT
from poise.model.light import dataclass

CIRCLE = 2**32
# Rings of more servers are not worked out without each of them at once: 512² parts take 2 MB.
MOST_AT_ONCE = 512
# Owners that are none: two servers share the point, and how a sort orders equals is the C library's affair; nobody within reach can serve.
UNKNOWN, NOBODY = -1, -2

Points = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ring:
    """Points in ascending order, and the server of each as an index into `names`, which are the servers' addresses as written.

    `gaps` are the parts of all hash values that end at each point.
    """

    points: Points
    gaps: NDArray[np.float64]
    owners: Points
    names: tuple[str, ...]
    _without: list[list[list[float]]] = field(default_factory=list, init=False, repr=False, compare=False)

    def serving(self, usable: Sequence[bool]) -> Points:
        """Who serves the keys of each point, while only these of `names` can."""
        if all(usable):
            return self.owners
        # One more entry, which the index -1 of UNKNOWN finds: the walk ends there, for what follows is not known.
        ends = np.array([*usable, True])
        found = self.owners.copy()
        left = np.flatnonzero(~ends[found])
        for step in range(1, MOST_TRIES):
            following = self.owners[(left + step) % len(found)]
            found[left] = following
            left = left[~ends[following]]
            if not len(left):
                break
        found[left] = NOBODY
        return found

    def owners_of(self, hashes: Points, usable: Sequence[bool]) -> Points:
        """The owner of each hash: that of the first point at or behind it, the first of all behind the last."""
        return self.serving(usable)[np.searchsorted(self.points, hashes) % len(self.points)]

    def arcs(self, usable: Sequence[bool]) -> tuple[Sequence[float], float]:
        """The part of all hash values that each of `names` receives, and the part that is dealt in turn."""
        if usable.count(False) == 1 and 1 < len(self.names) <= MOST_AT_ONCE:
            # A forecast asks for the loss of every one.
            if not self._without:
                self._without.append(self._without_each())
            sums: list[float] = self._without[0][usable.index(False)]
        else:
            sums = np.bincount(self.serving(usable) - NOBODY, weights=self.gaps, minlength=len(self.names) - NOBODY).astype(float).tolist()
        return sums[-NOBODY:], sums[0] + sums[1]

    def _without_each(self) -> list[list[float]]:
        """By server, what is `serving` without it, added up. The gaps are parts of a power of two, which floats add up exactly."""
        count, wide, size = len(self.names), len(self.names) - NOBODY, len(self.owners)
        firsts = np.flatnonzero(self.owners != np.roll(self.owners, 1))
        following = np.append(firsts[1:], firsts[0] + size)
        # Points in a row that are one's: all of them go on to whose point comes next, from far away none finds it.
        run = np.searchsorted(firsts, np.arange(size), "right") - 1
        steps = (following[run] - np.arange(size)) % size
        heirs = np.where(steps < MOST_TRIES, self.owners[following[run] % size], NOBODY)
        whose = self.owners >= 0
        places = self.owners[whose] * wide + heirs[whose] - NOBODY
        sums = np.bincount(places, weights=self.gaps[whose], minlength=count * wide).reshape(count, wide)
        sums += np.bincount(self.owners - NOBODY, weights=self.gaps, minlength=wide)
        sums[np.arange(count), np.arange(count) - NOBODY] = 0.0
        found: list[list[float]] = sums.astype(float).tolist()
        return found


@lru_cache(maxsize=8)
def ring(servers: tuple[tuple[str, int], ...]) -> Ring:
    """The ring of these servers, each with its address as written and its weight. One that is written twice has one set of points."""
    weights: dict[str, int] = {}
    for written, weight in servers:
        weights[written] = max(weight, weights.get(written, 0))
    names = tuple(weights)
    points = np.concatenate([_points(name, weights[name]) for name in names])
    owners = np.repeat(np.arange(len(names)), [weights[name] * POINTS_PER_WEIGHT for name in names])
    order = np.argsort(points, kind="stable")
    points, owners = points[order], owners[order]
    first = np.concatenate(([True], points[1:] != points[:-1]))
    run = np.cumsum(first) - 1
    shared = np.zeros(int(run[-1]) + 1, dtype=bool)
    shared[run[owners != owners[first][run]]] = True
    points = points[first]
    gaps = np.diff(points, prepend=points[-1] - CIRCLE) / CIRCLE
    return Ring(points, gaps, np.where(shared, UNKNOWN, owners[first]), names)


def _points(written: str, weight: int) -> Points:
    """A server's points: each is the checksum of host, NUL, port and the point before."""
    host, port = _host_and_port(written)
    base = crc32(b"\0".join((host, port)))
    point, first = 0, []
    for _ in range(POINTS_PER_WEIGHT):
        point = crc32(point.to_bytes(4, "little"), base)
        first.append(point)
    points = np.array(first, dtype=np.int64)
    # The step from point to point is linear but for a constant: what leads from point 0 to point n leads from point j to point j + n.
    while len(points) < weight * POINTS_PER_WEIGHT:
        points = np.concatenate((points, _leap(len(points), points) ^ points[-1]))
    return points[: weight * POINTS_PER_WEIGHT]


def _host_and_port(written: str) -> tuple[bytes, bytes]:
    """What is hashed of a server: its port only where it is written, of a socket the path."""
    if written[:5].lower() == "unix:":
        return written[5:].encode("utf-8", "surrogateescape"), b""
    found = re.fullmatch(r"(.*):([0-9]*)", written, re.DOTALL)
    host, port = (found[1], found[2]) if found else (written, "")
    return host.encode("utf-8", "surrogateescape"), port.encode()


def _leap(steps: int, points: Points) -> Points:
    """The linear part of so many steps, applied to each point byte by byte."""
    first, second, third, fourth = _tables(steps)
    leapt: Points = first[points & 255] ^ second[points >> 8 & 255] ^ third[points >> 16 & 255] ^ fourth[points >> 24]
    return leapt


@lru_cache(maxsize=32)
def _tables(steps: int) -> tuple[Points, Points, Points, Points]:
    """The linear part of `steps` steps for each value of each of the four bytes of a point."""
    zero = crc32(bytes(4))
    bits = [1 << bit for bit in range(32)]
    for _ in range(steps if steps <= POINTS_PER_WEIGHT else 0):
        bits = [crc32(bit.to_bytes(4, "little")) ^ zero for bit in bits]
    if steps > POINTS_PER_WEIGHT:
        half = steps // 2
        bits = _leap(half, _leap(half, np.array(bits, dtype=np.int64))).tolist()
    made = []
    for byte in range(4):
        table = np.zeros(1, dtype=np.int64)
        for bit in bits[8 * byte : 8 * byte + 8]:
            table = np.concatenate((table, table ^ bit))
        made.append(table)
    return made[0], made[1], made[2], made[3]
