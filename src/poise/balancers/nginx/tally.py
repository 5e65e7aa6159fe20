"""Counts what the lines of access logs say: each attempt to its server, each request to its pool and its listener. Pure.

What lines say but for their times is worked out once (`ways`), and numpy adds up who met what. Lines of retries, failures and refusals are
few where all is well: those that say the same are taken together and looked at by themselves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.attribution import Attribution, Credited, NobodyLeft, Stranger, Undecided
from poise.balancers.nginx.counts import Counts, Tallied
from poise.balancers.nginx.log_block import MOST_SECONDS, TIMES, LogBlock, LogTimes, Sums
from poise.balancers.nginx.log_choice import ChosenLog
from poise.balancers.nginx.ways import NO_WAY, Columns, Ways, named, number, plain, refused
from poise.model.light import dataclass
from poise.traffic.formats.line_format import Row
from poise.traffic.formats.nginx_upstreams import Attempt, attempts_of

DISAGREEING = "attempts that do not agree with each other, or are no figures"
# Times of requests that are kept for the percentiles of one look.
MOST_TIMES = 50_000
MOST_SERVERS = 50_000


@dataclass(slots=True)
class Heard:
    """What one listener met. `times` are requests' seconds since the last look."""

    requests: int = 0
    errors_5xx: int = 0
    # Since the last look.
    last_requests: int = 0
    last_errors: int = 0
    times: list[NDArray[np.float64]] = field(default_factory=list)
    # How many times are in them: counted anew for each of a thousand servers it took half of all the reading.
    timed: int = 0


@dataclass(slots=True)
class Tally:
    """All counts of one nginx."""

    attribution: Attribution
    servers: Counts = field(default_factory=Counts)
    pools: Counts = field(default_factory=Counts)
    listeners: dict[str, Heard] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    strangers: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    undecided: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unheard: int = 0
    # Requests that nginx refused itself, having no connection left for a server.
    refused: int = 0
    lines: int = 0
    attempts: int = 0
    _ways: dict[int, Ways] = field(default_factory=dict)
    # The logs of which the last look had lines.
    _read: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """A new look: figures of the last one are forgotten, counters stay."""
        self.servers.begin()
        self.pools.begin()
        for heard in self.listeners.values():
            heard.last_requests = heard.last_errors = heard.timed = 0
            heard.times.clear()
        self.strangers.clear()
        self.undecided.clear()
        # With each reload come other logs, and what was known of lines of the old ones goes with them.
        self._ways = {key: each for key, each in self._ways.items() if key in self._read}
        self._read.clear()

    def add(self, rows: Sequence[Row], log: ChosenLog) -> None:
        """Count these lines of one log."""
        if not rows:
            return
        self.lines += len(rows)
        names = log.reader.fields
        columns = dict(zip(names, zip(*rows, strict=True), strict=False))
        kinds = [name for name in names if name not in TIMES]
        said = list(zip(*(columns[name] for name in kinds), strict=True)) if kinds else [()] * len(rows)
        ways = self._ways_of(log)
        left = self._plain(said, ways, kinds, LogTimes(columns, log.tcp))
        if not len(left):
            return
        said = [said[line] for line in left.tolist()]
        columns = {name: tuple([column[line] for line in left.tolist()]) for name, column in columns.items()}
        counted = Counter(said)
        place = {key: index for index, key in enumerate(counted)}
        codes = np.fromiter(map(place.__getitem__, said), dtype=np.int64, count=len(said))
        reading = LogBlock(log, columns, codes)
        for key, count in counted.items():
            self._one(dict(zip(kinds, key, strict=True)), count, place[key], reading, ways)

    def _ways_of(self, log: ChosenLog) -> Ways:
        self._read.add(id(log))
        ways = self._ways.get(id(log))
        if ways is None or ways.attribution is not self.attribution or ways.log is not log:
            self._ways = {key: each for key, each in self._ways.items() if each.attribution is self.attribution}
            ways = self._ways[id(log)] = Ways(log, self.attribution)
        return ways

    def _plain(self, said: Sequence[tuple[bytes, ...]], ways: Ways, kinds: Sequence[str], times: LogTimes) -> NDArray[np.intp]:
        """Count the lines that go a way that is known; the others are returned."""
        numbers = ways.of(kinds, said)
        about = ways.columns(self.servers, self.pools)
        known = numbers != NO_WAY
        # What is no single time is looked at by itself.
        known[known] &= ~about.passed[numbers[known]] | times.single[known]
        lines = np.flatnonzero(known)
        if not len(lines):
            return np.arange(len(said))
        numbers = numbers[lines]
        self._heard(about, numbers, lines, times)
        sent = about.passed[numbers]
        numbers, lines = numbers[sent], lines[sent]
        self.attempts += len(lines)
        failed, response, connect = about.server_failed[numbers], times.of(times.response, lines), times.of(times.connect, lines)
        self.servers.add_all(about.servers[numbers], failed, response, connect)
        self.pools.add_all(about.pools[numbers], failed, response, connect)
        return np.flatnonzero(~known)

    def _heard(self, about: Columns, numbers: NDArray[np.intp], lines: NDArray[np.intp], times: LogTimes) -> None:
        """Count these requests, by the numbers of their ways, at their listeners."""
        at, failed, count = about.listener[numbers], about.failed[numbers], len(about.listeners)
        order = np.argsort(at, kind="stable")
        seconds = times.of(times.request, lines[order])
        counted, errors = np.bincount(at, minlength=count), np.bincount(at[failed], minlength=count)
        table = np.array((counted, errors, np.cumsum(counted))).T.tolist()
        for name, (requests, failures, end) in zip(about.listeners, table, strict=True):
            if name is None:
                self.unheard += requests
            elif requests:
                self._hear(name, requests, failures, None if seconds is None else seconds[end - requests : end])

    def _hear(self, listener: str, count: int, failed: int, seconds: NDArray[np.float64] | None) -> None:
        heard = self.listeners.setdefault(listener, Heard())
        heard.requests += count
        heard.errors_5xx += failed
        heard.last_requests += count
        heard.last_errors += failed
        if seconds is not None and heard.timed < MOST_TIMES:
            heard.times.append(np.minimum(seconds, MOST_SECONDS))
            heard.timed += len(seconds)

    def _one(self, said: dict[str, bytes], count: int, code: int, reading: LogBlock, ways: Ways) -> None:
        status = number(said.get("status", b""))
        listener = ways.listener(said)
        if listener is None:
            self.unheard += count
        else:
            seconds = reading.seconds_of("session_time" if reading.log.tcp else "request_time", code)
            self._hear(listener, count, count if status is not None and status >= 500 else 0, seconds)
        address, name_of_pool = said.get("upstream_addr", b"-"), named(said)
        if address in (b"-", b""):
            self.refused += count if refused(said, status) else 0
            return
        pools = ways.pools
        code_of_server = said.get("upstream_status")
        if plain(address, code_of_server) and (sums := reading.sums(code)) is not None:
            server = None if code_of_server is None else int(code_of_server)
            self._credit(Attempt(address.decode("utf-8", "replace"), server), name_of_pool, pools, count, True, sums)
            return
        for lists, times in reading.lists(said, code):
            groups = attempts_of(lists)
            if groups is None:
                self.rejected[DISAGREEING] += times
                continue
            for index, group in enumerate(groups):
                # The name in the line is that of the last group's pool.
                name = name_of_pool if index == len(groups) - 1 else self.attribution.common([each.address for each in group], pools)
                made = group
                if len(group) > 1 and isinstance(self.attribution.target(group[-1].address, name, pools), NobodyLeft):
                    # After a kept connection broke nginx looks for one server more than there are (seen with 1.31): that is no attempt.
                    made = group[:-1]
                for place, attempt in enumerate(made):
                    self._credit(attempt, name, pools, times, place == len(made) - 1)

    def _credit(self, attempt: Attempt, named: str, pools: frozenset[str], count: int, last: bool, sums: Sums | None = None) -> None:
        """Count an attempt that was made `count` times. `last`: the request ended with it, otherwise it was tried again elsewhere."""
        found = self.attribution.target(attempt.address, named, pools)
        if isinstance(found, Undecided):
            self.undecided[found.pools] += count
            return
        self.attempts += count
        if isinstance(found, NobodyLeft):
            self.pools.add(found.pool, Tallied(requests=count, errors_5xx=count, nobody_left=count))
            return
        name = found.pool
        parts = self._parts(found)
        if isinstance(found, Stranger):
            self.strangers[name, found.address] += count
            if name is None:
                return
            # A proxy to wherever clients like has any number of them.
            parts = parts if parts[0][0] in self.servers or len(self.servers) < MOST_SERVERS else []
        for server, part in parts:
            met = Tallied()
            _count(met, attempt, count * part, last, sums, part)
            self.servers.add(server, met)
        met = Tallied(requests=count if last else 0.0)
        _count(met, attempt, float(count), last, sums, 1.0, whole=False)
        self.pools.add(name or "", met)

    def _parts(self, found: Credited | Stranger) -> list[tuple[str, float]]:
        if isinstance(found, Stranger):
            return [(f"{found.pool}/{found.address}", 1.0)]
        if len(found.servers) == 1:
            return [(f"{found.pool}/{found.servers[0]}", 1.0)]
        pool = self.attribution.topology.pool(found.pool)
        weights = {server.name: server.weight for server in pool.servers if server.name in found.servers} if pool else {}
        whole = sum(weights.values()) or 1
        return [(f"{found.pool}/{name}", weight / whole) for name, weight in weights.items()]


def _count(into: Tallied, attempt: Attempt, count: float, last: bool, sums: Sums | None, part: float, whole: bool = True) -> None:
    """`whole` False: the count is a pool's, whose requests and their errors are those of the last attempts."""
    if whole:
        into.requests += count
    if not last:
        into.retries += count
    if attempt.connected is False:
        into.connection_errors += count
    elif attempt.answered is False:
        into.response_errors += count
    elif whole and attempt.status is not None and attempt.status >= 500:
        into.errors_5xx += count
    if not whole and last and attempt.status is not None and attempt.status >= 500:
        into.errors_5xx += count
    if attempt.connected is False or attempt.answered is False:
        into.failed += count
    elif attempt.status is not None or sums is not None:
        into.answered += count
    else:
        into.aborts += count
    if sums is not None:
        into.response_ms += sums.response * part
        into.response_count += count if sums.has_response else 0.0
        into.connect_ms += sums.connect * part
        into.connect_count += count if sums.has_connect else 0.0
        return
    if attempt.response_ms is not None:
        into.response_ms += attempt.response_ms * count
        into.response_count += count
    if attempt.connect_ms is not None:
        into.connect_ms += attempt.connect_ms * count
        into.connect_count += count
