"""Where requests went that one server answered or that nginx served itself, by what their lines say: worked out once. Pure.

A line of an access log differs from the next of the same server in its times alone. Retries, failures and refusals, which are few where
all is well, go no way that is kept.
"""

from collections.abc import Sequence
from sys import intern

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.attribution import Attribution, Credited
from poise.balancers.nginx.counts import Counts
from poise.balancers.nginx.log_choice import POOL_NAMES, ChosenLog
from poise.model.light import dataclass

# Names of hosts are the clients' own words: what they could make of them is bounded.
MOST_WAYS = 20_000
NO_WAY = -1
_REFUSED = 500
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Way:
    """One of them: `server` and `pool` are names, None for a request that was passed to nobody; `listener` None where the line does not
    tell it. `failed`: the client got a 5xx; `server_failed`: from the server."""

    __slots__ = ("failed", "listener", "pool", "server", "server_failed")

    def __init__(self, listener: str | None, pool: str | None, server: str | None, failed: bool, server_failed: bool) -> None:
        self.listener, self.pool, self.server, self.failed, self.server_failed = listener, pool, server, failed, server_failed


def number(value: bytes) -> int | None:
    """A whole number."""
    return int(value) if value.isdigit() and len(value) < 10 else None


def named(said: dict[str, bytes]) -> str:
    """The pool's name in a line, empty where there is none."""
    return next((said[name].decode("utf-8", "replace") for name in POOL_NAMES if said.get(name, b"-") not in (b"-", b"")), "")


def refused(said: dict[str, bytes], status: int | None) -> bool:
    """As nginx 1.22 logs `worker_connections are not enough while connecting to upstream`: a pool was chosen and no server."""
    empty = said.get("upstream_addr") == b"" and said.get("upstream_status") in (b"-", b"")
    return status == _REFUSED and empty and bool(named(said))


def plain(address: bytes, status: bytes | None) -> bool:
    """Whether it is one attempt that its server answered; 502 and 504 may be nginx's own."""
    answered = status is None or (len(status) == 3 and status.isdigit() and status not in (b"502", b"504"))
    return b" " not in address and answered


@dataclass(slots=True)
class Columns:
    """All ways of one log, a place each: whether servers were asked, the rows where these and their pools are counted, whether the server's
    and the client's answer was a 5xx, and which of `listeners` it was."""

    passed: Mask
    servers: Rows
    pools: Rows
    server_failed: Mask
    failed: Mask
    listeners: tuple[str | None, ...]
    listener: Rows

    def followed_by(self, new: "Columns") -> "Columns":
        """These and then those, which know all of these listeners too, in the same order."""
        return Columns(
            np.concatenate([self.passed, new.passed]),
            np.concatenate([self.servers, new.servers]),
            np.concatenate([self.pools, new.pools]),
            np.concatenate([self.server_failed, new.server_failed]),
            np.concatenate([self.failed, new.failed]),
            new.listeners,
            np.concatenate([self.listener, new.listener]),
        )


class Ways:
    """The ways of one log's lines, each with a number."""

    def __init__(self, log: ChosenLog, attribution: Attribution) -> None:
        self.log, self.attribution = log, attribution
        self.pools = frozenset(log.pools)
        self._only = log.listeners[0] if len(log.listeners) == 1 else None
        self._by_name = {name.lower().encode(): name for name in log.listeners}
        self._numbers: dict[tuple[bytes, ...], int] = {}
        self._words: dict[bytes, bytes] = {}
        # Those that are not among the columns yet: a thousand ways as objects take as much again.
        self._new: list[Way] = []
        self._count = 0
        self._columns: Columns | None = None

    def listener(self, said: dict[str, bytes]) -> str | None:
        """The listener of a line; None where it does not tell."""
        if self._only is not None:
            return self._only
        for name in ("server_name", "host", "http_host"):
            value = said.get(name)
            if value is not None and (found := self._by_name.get(value.lower())) is not None:
                return found
        return None

    def of(self, kinds: Sequence[str], said: Sequence[tuple[bytes, ...]]) -> NDArray[np.intp]:
        """The number of each line's way, NO_WAY where there is none; numbers hold until the next call."""
        new = set(said).difference(self._numbers)
        if len(self._numbers) + len(new) > MOST_WAYS:
            self._numbers, self._words, self._new, self._count, self._columns = {}, {}, [], 0, None
            new = set(said)
        for key in new:
            way = self._find(dict(zip(kinds, key, strict=True)))
            kept = tuple([self._words.setdefault(word, word) for word in key])
            self._numbers[kept] = NO_WAY if way is None else self._count
            if way is not None:
                self._new.append(way)
                self._count += 1
        return np.fromiter(map(self._numbers.__getitem__, said), dtype=np.intp, count=len(said))

    def columns(self, servers: Counts, pools: Counts) -> Columns:
        """What is known of all ways, whose servers and pools are counted there."""
        made, ways = self._columns, self._new
        if made is None or ways:
            known = () if made is None else made.listeners
            listeners = tuple(dict.fromkeys((*known, *(way.listener for way in ways))))
            place = {name: index for index, name in enumerate(listeners)}
            new = Columns(
                np.array([way.server is not None for way in ways], dtype=np.bool_),
                np.array([0 if way.server is None else servers.row(way.server) for way in ways], dtype=np.intp),
                np.array([0 if way.pool is None else pools.row(way.pool) for way in ways], dtype=np.intp),
                np.array([way.server_failed for way in ways], dtype=np.bool_),
                np.array([way.failed for way in ways], dtype=np.bool_),
                listeners,
                np.array([place[way.listener] for way in ways], dtype=np.intp),
            )
            self._columns = made = new if made is None else made.followed_by(new)
            self._new = []
        return made

    def _find(self, said: dict[str, bytes]) -> Way | None:
        status = number(said.get("status", b""))
        listener, failed = self.listener(said), status is not None and status >= 500
        address, code = said.get("upstream_addr", b"-"), said.get("upstream_status")
        if address in (b"-", b""):
            return None if refused(said, status) else Way(listener, None, None, failed, False)
        if not plain(address, code):
            return None
        found = self.attribution.find(address.decode("utf-8", "replace"), named(said), self.pools)
        if not isinstance(found, Credited) or len(found.servers) != 1:
            return None
        return Way(listener, found.pool, intern(f"{found.pool}/{found.servers[0]}"), failed, code is not None and int(code) >= 500)
