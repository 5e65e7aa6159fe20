"""Counts what the lines of access logs say: each attempt to its server, each request to its pool and its listener. Pure.

Lines that say the same but for their times are taken together: their times are added up by numpy. Lines of retries, failures and refusals
are few where all is well, and are looked at one by one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.attribution import Attribution, Credited, NobodyLeft, Stranger, Undecided
from poise.balancers.nginx.log_block import TIMES, LogBlock, Sums
from poise.balancers.nginx.log_choice import POOL_NAMES, ChosenLog
from poise.model.light import dataclass
from poise.traffic.formats.line_format import Row
from poise.traffic.formats.nginx_upstreams import Attempt, attempts_of

DISAGREEING = "attempts that do not agree with each other, or are no figures"
# Times of requests that are kept for the percentiles of one look.
MOST_TIMES = 50_000
MOST_SERVERS = 50_000
# No request takes a year: a longer time is no figure of nginx's.
MOST_SECONDS = 3e7


@dataclass(slots=True)
class Tallied:
    """What one server or pool met since the start; times since the last look only."""

    requests: float = 0.0
    errors_5xx: float = 0.0
    retries: float = 0.0
    connection_errors: float = 0.0
    response_errors: float = 0.0
    aborts: float = 0.0
    nobody_left: float = 0.0
    # Since the last look.
    answered: float = 0.0
    failed: float = 0.0
    response_ms: float = 0.0
    response_count: float = 0.0
    connect_ms: float = 0.0
    connect_count: float = 0.0

    def begin(self) -> None:
        """Forget the last look."""
        self.answered = self.failed = self.response_ms = self.response_count = self.connect_ms = self.connect_count = 0.0


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
    servers: dict[str, Tallied] = field(default_factory=dict)
    pools: dict[str, Tallied] = field(default_factory=dict)
    listeners: dict[str, Heard] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    strangers: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    undecided: Counter[tuple[str, ...]] = field(default_factory=Counter)
    unheard: int = 0
    # Requests that nginx refused itself, having no connection left for a server.
    refused: int = 0
    lines: int = 0
    attempts: int = 0

    def begin(self) -> None:
        """A new look: figures of the last one are forgotten, counters stay."""
        for each in (*self.servers.values(), *self.pools.values()):
            each.begin()
        for heard in self.listeners.values():
            heard.last_requests = heard.last_errors = heard.timed = 0
            heard.times.clear()
        self.strangers.clear()
        self.undecided.clear()

    def add(self, rows: Sequence[Row], log: ChosenLog) -> None:
        """Count these lines of one log."""
        if not rows:
            return
        self.lines += len(rows)
        names = log.reader.fields
        columns = dict(zip(names, zip(*rows, strict=True), strict=False))
        kinds = [name for name in names if name not in TIMES]
        said = list(zip(*(columns[name] for name in kinds), strict=True)) if kinds else [()] * len(rows)
        counted = Counter(said)
        number = {key: index for index, key in enumerate(counted)}
        codes = np.fromiter(map(number.__getitem__, said), dtype=np.int64, count=len(said))
        reading = LogBlock(log, kinds, columns, codes)
        for key, count in counted.items():
            self._one(dict(zip(kinds, key, strict=True)), count, number[key], reading)

    def _one(self, said: dict[str, bytes], count: int, code: int, reading: LogBlock) -> None:
        status = _number(said.get("status", b""))
        self._hear(said, count, status, code, reading)
        address = said.get("upstream_addr", b"-")
        named = next((said[name].decode("utf-8", "replace") for name in POOL_NAMES if said.get(name, b"-") not in (b"-", b"")), "")
        if address in (b"-", b""):
            # As nginx 1.22 logs `worker_connections are not enough while connecting to upstream`: a pool was chosen and no server.
            refused = status == 500 and address == b"" and bool(named) and said.get("upstream_status") in (b"-", b"")
            self.refused += count if refused else 0
            return
        pools = reading.pools
        code_of_server = said.get("upstream_status")
        plain = (
            b" " not in address
            and (code_of_server is None or (code_of_server.isdigit() and len(code_of_server) == 3))
            and code_of_server not in (b"502", b"504")
        )
        if plain and (sums := reading.sums(code)) is not None:
            server = None if code_of_server is None else int(code_of_server)
            self._credit(Attempt(address.decode("utf-8", "replace"), server), named, pools, count, True, sums)
            return
        for lists, times in reading.lists(said, code):
            groups = attempts_of(lists)
            if groups is None:
                self.rejected[DISAGREEING] += times
                continue
            for index, group in enumerate(groups):
                # The name in the line is that of the last group's pool.
                name = named if index == len(groups) - 1 else self.attribution.common([each.address for each in group], pools)
                made = group
                if len(group) > 1 and isinstance(self.attribution.target(group[-1].address, name, pools), NobodyLeft):
                    # After a kept connection broke nginx looks for one server more than there are (seen with 1.31): that is no attempt.
                    made = group[:-1]
                for place, attempt in enumerate(made):
                    self._credit(attempt, name, pools, times, place == len(made) - 1)

    def _hear(self, said: dict[str, bytes], count: int, status: int | None, code: int, reading: LogBlock) -> None:
        listener = reading.listener(said)
        if listener is None:
            self.unheard += count
            return
        heard = self.listeners.setdefault(listener, Heard())
        failed = count if status is not None and status >= 500 else 0
        heard.requests += count
        heard.errors_5xx += failed
        heard.last_requests += count
        heard.last_errors += failed
        times = reading.seconds_of("session_time" if reading.log.tcp else "request_time", code)
        if times is not None and heard.timed < MOST_TIMES:
            heard.times.append(np.minimum(times, MOST_SECONDS))
            heard.timed += len(times)

    def _credit(self, attempt: Attempt, named: str, pools: frozenset[str], count: int, last: bool, sums: Sums | None = None) -> None:
        """Count an attempt that was made `count` times. `last`: the request ended with it, otherwise it was tried again elsewhere."""
        found = self.attribution.target(attempt.address, named, pools)
        if isinstance(found, Undecided):
            self.undecided[found.pools] += count
            return
        self.attempts += count
        if isinstance(found, NobodyLeft):
            pool = self.pools.setdefault(found.pool, Tallied())
            pool.nobody_left += count
            pool.requests += count
            pool.errors_5xx += count
            return
        name = found.pool
        parts = self._parts(found)
        if isinstance(found, Stranger):
            self.strangers[name, found.address] += count
            if name is None:
                return
            # A proxy to wherever clients like has any number of them.
            parts = parts if parts[0][0] in self.servers or len(self.servers) < MOST_SERVERS else []
        pool = self.pools.setdefault(name or "", Tallied())
        for server, part in parts:
            _count(self.servers.setdefault(server, Tallied()), attempt, count * part, last, sums, part)
        _count(pool, attempt, float(count), last, sums, 1.0, whole=False)
        if last:
            pool.requests += count

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


def _number(value: bytes) -> int | None:
    return int(value) if value.isdigit() and len(value) < 10 else None


def _answered(code: bytes) -> bool:
    """Whether it is a status that a server gave; 502 and 504 may be nginx's own."""
    return len(code) == 3 and code.isdigit() and code not in (b"502", b"504")
