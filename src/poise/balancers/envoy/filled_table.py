"""Envoy's MAGLEV table without a few of its hosts, worked out from the whole table in a quarter of the time that filling it takes. Pure.

Every turn takes the place that is free and comes first in its host's order. So the table is the one stable matching of turns and places
(Gale and Shapley, 1962) in which every place prefers the earlier turn: when hosts go, each place that they leave goes to the earliest turn
that would rather have it than its own, whose place is then free in its turn. Which turns those are is known from the filling: a host
passes over a place that it would rather have had once, and only if that is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy.maglev import orders, turns_of

# What is passed over is kept: 65,537 places come to some 30 MB.
MOST_PLACES = 1 << 17
# Where more than this part of the places is left the chains grow long: without one of 400 hosts a table takes a quarter of the time that
# filling it does, without one of 100 ten times as long.
FEW = 1 / 300


class FilledTable:
    """The table of these hosts (what is hashed of each, its weight as a part of 1), and all that was passed over when it was filled."""

    def __init__(self, hosts: Sequence[tuple[bytes, float]], size: int) -> None:
        self._size = size
        self._offsets, self._skips = orders([key for key, _ in hosts], size)
        self._inverses = [pow(skip, -1, size) for skip in self._skips]
        self._turns = turns_of([weight for _, weight in hosts], size)
        self._hosts: list[int] = self._turns.tolist()
        self._fill()

    def _fill(self) -> None:
        size, skips = self._size, self._skips
        places, at = [-1] * size, list(self._offsets)
        passed: list[int] = []
        ends: list[int] = []
        for turn, host in enumerate(self._hosts):
            place, skip = at[host], skips[host]
            while places[place] >= 0:
                passed.append(place)
                place += skip
                if place >= size:
                    place -= size
            places[place] = turn
            at[host] = place
            ends.append(len(passed))
        owners = np.array(places, np.int64)
        self.table: NDArray[np.int64] = self._turns[owners]
        taken = np.empty(size, np.int64)
        taken[owners] = np.arange(size)
        self._taken: list[int] = taken.tolist()
        # By place, the turns that passed over it, in order.
        over = np.array(passed, np.int64)
        ends_at: NDArray[np.int64] = np.array([0, *ends], np.int64)
        by = np.repeat(np.arange(size), ends_at[1:] - ends_at[:-1])
        self._passers: list[int] = by[np.argsort(over, kind="stable")].tolist()
        self._first: list[int] = np.concatenate(([0], np.cumsum(np.bincount(over, minlength=size)))).tolist()
        # By turn, the next one of the same host.
        by_host = np.argsort(self._turns, kind="stable")
        following = np.full(size, size)
        same = self._turns[by_host[1:]] == self._turns[by_host[:-1]]
        following[by_host[:-1][same]] = by_host[1:][same]
        self._next: list[int] = following.tolist()

    def without(self, left: Mapping[int, float]) -> NDArray[np.int64] | None:
        """The table of these hosts alone, by their numbers in the whole one, in its order, with their weights as parts of 1.

        None where what is left takes its turns in another order, as weights do that are rounded otherwise.
        """
        stays = np.zeros(len(self._skips), bool)
        stays[list(left)] = True
        kept = self._turns[stays[self._turns]]
        turns = np.array(list(left), np.int64)[turns_of(list(left.values()), self._size)]
        if not np.array_equal(turns[: len(kept)], kept):
            return None
        table = self.table.copy()
        free = np.flatnonzero(~stays[table]).tolist()
        nobodys = self._passed_on(free, frozenset(np.flatnonzero(~stays).tolist()), table)
        # The turns that the others have more of come last: they take what is left.
        more = turns[len(kept) :]
        offsets, inverses = (np.array(each, np.int64)[more][:, None] for each in (self._offsets, self._inverses))
        ranks = (nobodys[None, :] - offsets) % self._size * inverses % self._size
        for number, host in enumerate(more.tolist()):
            first = int(ranks[number].argmin())
            table[nobodys[first]] = host
            ranks[:, first] = self._size
        return table

    def _passed_on(self, free: Sequence[int], gone: Collection[int], table: NDArray[np.int64]) -> NDArray[np.int64]:
        """Gives each place that is free to the earliest turn that would rather have it, and so on; the places that nobody wants."""
        nobodys: list[int] = []
        moved: dict[int, int] = {}
        for start in free:
            place = start
            while (turn := self._taker(place, gone, moved)) < self._size:
                table[place] = self._hosts[turn]
                place, moved[turn] = moved.get(turn, self._taken[turn]), place
            nobodys.append(place)
        return np.array(nobodys, np.int64)

    def _taker(self, place: int, gone: Collection[int], moved: Mapping[int, int]) -> int:
        """The earliest turn that would rather have that place than its own; as many as there are turns for none.

        A host that passed over it would have it for that turn or, where that has a better one by now, for one of its later turns.
        """
        earliest = self._size
        for turn in self._passers[self._first[place] : self._first[place + 1]]:
            if turn >= earliest:
                break
            host = self._hosts[turn]
            if host in gone:
                continue
            wants = turn
            while wants < earliest and (own := moved.get(wants)) is not None and self._rank(host, own) < self._rank(host, place):
                wants = self._next[wants]
            earliest = min(wants, earliest)
        return earliest

    def _rank(self, host: int, place: int) -> int:
        """Where that place stands in the order of the host, which never has two places of one rank."""
        return (place - self._offsets[host]) * self._inverses[host] % self._size


# The losses of one pool are asked for one after another.
filled = lru_cache(maxsize=1)(FilledTable)
