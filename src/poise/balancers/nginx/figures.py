"""The counts of one nginx in the words of the recording contract: servers and pools as blocks, listeners as samples. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.tally import Tallied, Tally
from poise.model.light import dataclass
from poise.model.sample import Block, Sample
from poise.model.topology import Server, Topology

NAN = float("nan")
COUNTED = (
    *("requests_total", "responses_5xx_total", "retries_total", "aborts_total", "connection_errors_total", "response_errors_total"),
    *("response_ms", "connect_ms", "in_flight"),
)
# Of a server that met nothing yet.
_COUNTERS = 6
STATED = ("up", "backup", "maintenance", "drain", "weight", "effective_weight", "loaded_weight", "file_weight", "file_disabled")
SERVER_METRICS = (*COUNTED, *STATED)
POOL_METRICS = (*COUNTED, "servers_up", "unserved_total")
_UP = len(COUNTED)
# With max_fails=0 nginx never leaves a server out: so many failures in a row, and nothing else, are told all the same.
ENDLESS_FAILS = 3


@dataclass(slots=True)
class _Row:
    """One server's place in the block, and what nginx's passive check would make of it: failures in a row, whether it is still tried."""

    index: int
    pool: str
    disabled: bool
    max_fails: int
    failed: float = 0.0
    up: bool = True


class Figures:
    """Makes blocks of a tally. Names and metrics stay the same tuples as long as the servers do."""

    def __init__(self, topology: Topology, load_balancer: str, pools: Collection[str], failures: bool) -> None:
        """`pools` are those whose attempts are seen; `failures` whether the log tells of attempts that failed."""
        self._source = load_balancer
        self._pools = [pool for pool in topology.pools if pool.name in pools]
        self._failures = failures
        self.pools = tuple(pool.name for pool in self._pools)
        self._found: tuple[tuple[str, str], ...] = ()
        self._servers: list[tuple[str, str, Server | None]] = [(p.name, f"{p.name}/{s.name}", s) for p in self._pools for s in p.servers]
        self._rows: dict[str, _Row] = {}
        self._loaded: Topology | None = None
        self._base: NDArray[np.float64] | None = None
        self._names: tuple[str, ...] = ()
        self._of_pool = np.repeat(np.arange(len(self._pools)), [len(pool.servers) for pool in self._pools])

    def keep(self, before: "Figures") -> None:
        """Go on with what was known of servers that stay."""
        self._rows = before._rows

    def found(self, names: tuple[tuple[str, str], ...]) -> None:
        """Servers that run and that no file names, each behind its pool."""
        if names != self._found:
            self._found, self._base = names, None

    def blocks(self, tally: Tally, now: datetime, seconds: float | None, loaded: Topology | None) -> tuple[Block, ...]:
        """One instant. `seconds` since the last look (None: this is the first); `loaded` is the file as the workers took it, None where
        that is not known."""
        if self._base is None or loaded is not self._loaded:
            self._lay_out(loaded)
        assert self._base is not None
        servers = self._base.copy()
        busy = {name for name, pool in tally.pools.items() if pool.answered}
        for name, seen in tally.servers.items():
            row = self._rows.get(name)
            if row is not None:
                servers[row.index, :_UP] = _counted(seen, seconds, self._failures)
                self._judge(row, seen, row.pool in busy)
        up = np.fromiter((self._rows[name].up and not self._rows[name].disabled for name in self._names), np.float64, len(self._names))
        servers[:, _UP] = up
        pools = np.zeros((len(self._pools), len(POOL_METRICS)))
        pools[:, -2] = np.bincount(self._of_pool, weights=up[: len(self._of_pool)], minlength=len(self._pools))
        for index, name in enumerate(self.pools):
            found = tally.pools.get(name, _NOTHING)
            pools[index, :_UP] = _counted(found, seconds, self._failures)
            pools[index, -1] = found.nobody_left
        blocks = (
            Block(now, self._names, SERVER_METRICS, servers, f"{self._source} servers"),
            Block(now, self.pools, POOL_METRICS, pools, f"{self._source} pools"),
        )
        return tuple(block for block in blocks if block.components)

    def _lay_out(self, loaded: Topology | None) -> None:
        """What does not change from look to look."""
        self._loaded = loaded
        running = {f"{p.name}/{s.name}": s for p in loaded.pools for s in p.servers} if loaded is not None else {}
        before, self._rows = self._rows, {}
        servers = [*self._servers, *((pool, name, None) for pool, name in self._found)]
        base = np.zeros((len(servers), len(SERVER_METRICS)))
        base[:, _COUNTERS:_UP] = NAN
        if not self._failures:
            base[:, COUNTED.index("connection_errors_total") : _COUNTERS] = NAN
        for index, (pool, name, server) in enumerate(servers):
            now = running.get(name) or server
            old = before.get(name)
            row = _Row(index, pool, bool(now and now.disabled), now.max_fails if now and now.max_fails is not None else 1)
            if old is not None:
                row.failed, row.up = old.failed, old.up
            self._rows[name] = row
            if server is None or now is None:
                base[index, _UP + 4 :] = NAN
                continue
            # What runs where the file was edited and never seen before: nobody knows.
            weight = float(running[name].weight) if name in running else NAN
            draining = float(now.health == "DRAINING")
            stated = (
                float(now.backup),
                float(now.disabled),
                draining,
                weight,
                weight,
                weight,
                float(server.weight),
                float(server.disabled),
            )
            base[index, _UP + 1 :] = stated
        names = tuple(name for _, name, _ in servers)
        # The history maps a tuple once.
        self._names = self._names if self._names == names else names
        self._base = base

    @staticmethod
    def _judge(row: _Row, seen: Tallied, tried: bool) -> None:
        """As nginx counts, which tries a server again after its fail_timeout. `tried`: its pool's other servers got requests."""
        if seen.failed and not seen.answered:
            row.failed += seen.failed
            row.up = row.failed < (row.max_fails or ENDLESS_FAILS)
        elif seen.answered:
            # Which came last, a look does not tell: the next one does, as nginx leaves out what failed last.
            row.failed, row.up = seen.failed, True
        elif tried and row.failed >= (row.max_fails or ENDLESS_FAILS):
            row.up = False


_NOTHING = Tallied()


def _counted(found: Tallied, seconds: float | None, failures: bool) -> tuple[float, ...]:
    return (
        found.requests,
        found.errors_5xx,
        found.retries,
        found.aborts,
        found.connection_errors if failures else NAN,
        found.response_errors if failures else NAN,
        found.response_ms / found.response_count if found.response_count else NAN,
        found.connect_ms / found.connect_count if found.connect_count else NAN,
        # Little's law over the requests that ended since the last look. Nothing ended: nothing is known of those that still run.
        found.response_ms / 1000.0 / seconds if seconds and found.response_count else NAN,
    )


def listener_samples(tally: Tally, topology: Topology, names: Sequence[str], now: datetime) -> Iterator[Sample]:
    """What clients of each listener met: counters, and of this look the part that succeeded and how long it took."""
    for listener in names:
        heard, name = tally.listeners.get(listener), topology.listener_component(listener)
        yield Sample(now, name, "requests_total", float(heard.requests if heard else 0))
        yield Sample(now, name, "responses_5xx_total", float(heard.errors_5xx if heard else 0))
        if heard is None or not heard.last_requests:
            continue
        yield Sample(now, name, "success_ratio", 1.0 - heard.last_errors / heard.last_requests)
        if heard.times:
            p50, p99 = np.nanquantile(np.concatenate(heard.times) * 1000.0, (0.5, 0.99)).tolist()
            yield Sample(now, name, "p50_ms", p50)
            yield Sample(now, name, "p99_ms", p99)
