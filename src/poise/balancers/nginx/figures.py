"""The counts of one nginx in the words of the recording contract: servers and pools as blocks, listeners as samples. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from sys import intern

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.counts import AT, FIGURES
from poise.balancers.nginx.tally import Tally
from poise.model.sample import Block, Sample
from poise.model.topology import Server, Topology

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
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


class _Passive:
    """What nginx's passive check would make of each server: failures in a row, whether it is still tried."""

    def __init__(self, names: Sequence[str], disabled: Sequence[bool], max_fails: Sequence[int], before: "_Passive | None") -> None:
        self.names = names
        self.disabled = np.array(disabled, dtype=np.bool_)
        self.limit = np.array([fails or ENDLESS_FAILS for fails in max_fails], dtype=np.float64)
        self.failed: Floats = np.zeros(len(names))
        self.up: Mask = np.ones(len(names), dtype=np.bool_)
        known = {} if before is None else before.rows
        kept = [(index, known[name]) for index, name in enumerate(names) if name in known]
        if before is not None and kept:
            here, there = np.array(kept).T
            self.failed[here], self.up[here] = before.failed[there], before.up[there]

    @property
    def rows(self) -> dict[str, int]:
        """The row of each name, for who asks once in a while."""
        return {name: index for index, name in enumerate(self.names)}

    def judge(self, answered: Floats, failed: Floats, met: Mask, tried: Mask) -> None:
        """As nginx counts, which tries a server again after its fail_timeout. `met`: ever; `tried`: its pool's other servers got
        requests."""
        some: Mask = met & (answered > 0)
        only_failed: Mask = met & (failed > 0) & ~some
        # Which came last, a look does not tell: the next one does, as nginx leaves out what failed last.
        self.failed = np.where(only_failed, self.failed + failed, np.where(some, failed, self.failed))
        left_out = met & ~some & (only_failed | tried) & (self.failed >= self.limit)
        self.up = (self.up | some | only_failed) & ~left_out


class Figures:
    """Makes blocks of a tally. Names and metrics stay the same tuples as long as the servers do."""

    def __init__(self, topology: Topology, load_balancer: str, pools: Collection[str], failures: bool) -> None:
        """`pools` are those whose attempts are seen; `failures` whether the log tells of attempts that failed."""
        self._source = load_balancer
        self._pools = [pool for pool in topology.pools if pool.name in pools]
        self._failures = failures
        self.pools = tuple(pool.name for pool in self._pools)
        self._found: tuple[tuple[str, str], ...] = ()
        self._passive: _Passive | None = None
        self._placed: tuple[object, int, NDArray[np.intp], NDArray[np.intp]] | None = None
        self._loaded: Topology | None = None
        # States and weights, in float32 as the history keeps them.
        self._base: NDArray[np.float32] | None = None
        self._names: tuple[str, ...] = ()
        self._holders: tuple[str, ...] = ()
        self._holder: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self._of_pool = np.repeat(np.arange(len(self._pools)), [len(pool.servers) for pool in self._pools])

    def keep(self, before: "Figures") -> None:
        """Go on with what was known of servers that stay."""
        self._passive = before._passive

    def found(self, names: tuple[tuple[str, str], ...]) -> None:
        """Servers that run and that no file names, each behind its pool."""
        if names != self._found:
            self._found, self._base = names, None

    def blocks(self, tally: Tally, now: datetime, seconds: float | None, loaded: Topology | None) -> tuple[Block, ...]:
        """One instant. `seconds` since the last look (None: this is the first); `loaded` is the file as the workers took it, None where
        that is not known."""
        if self._base is None or loaded is not self._loaded:
            self._lay_out(loaded)
        assert self._base is not None and self._passive is not None
        servers = self._base.astype(np.float64)
        here, there = self._place(tally)
        seen = tally.servers.table[there]
        servers[here, :_UP] = _counted(seen, seconds, self._failures)
        met = np.zeros(len(servers), dtype=np.bool_)
        met[here] = True
        answered, failed = np.zeros(len(servers)), np.zeros(len(servers))
        answered[here], failed[here] = seen[:, AT["answered"]], seen[:, AT["failed"]]
        busy = {name for name, row in tally.pools.rows.items() if tally.pools.table[row, AT["answered"]]}
        tried = np.array([pool in busy for pool in self._holders], dtype=np.bool_)[self._holder]
        self._passive.judge(answered, failed, met, tried)
        servers[:, _UP] = up = (self._passive.up & ~self._passive.disabled).astype(np.float64)
        pools = np.zeros((len(self._pools), len(POOL_METRICS)))
        pools[:, -2] = np.bincount(self._of_pool, weights=up[: len(self._of_pool)], minlength=len(self._pools))
        pools[:, :_UP] = _counted(np.zeros((len(pools), len(FIGURES))), seconds, self._failures)
        known = [(index, tally.pools.rows[name]) for index, name in enumerate(self.pools) if name in tally.pools]
        if known:
            index, rows = np.array(known).T
            pools[index, :_UP] = _counted(tally.pools.table[rows], seconds, self._failures)
            pools[index, -1] = tally.pools.table[rows, AT["nobody_left"]]
        blocks = (
            Block(now, self._names, SERVER_METRICS, servers, f"{self._source} servers"),
            Block(now, self.pools, POOL_METRICS, pools, f"{self._source} pools"),
        )
        return tuple(block for block in blocks if block.components)

    def _place(self, tally: Tally) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows of the block that were met, and where the tally has them."""
        counts, passive = tally.servers, self._passive
        if self._placed is None or self._placed[0] is not passive or self._placed[1] != len(counts):
            rows = passive.rows if passive is not None else {}
            found = [(rows[name], row) for name, row in counts.rows.items() if name in rows]
            here, there = np.array(found, dtype=np.intp).reshape(len(found), 2).T
            self._placed = (passive, len(counts), here, there)
        return self._placed[2], self._placed[3]

    def _lay_out(self, loaded: Topology | None) -> None:
        """What does not change from look to look."""
        self._loaded = loaded
        running = {f"{p.name}/{s.name}": s for p in loaded.pools for s in p.servers} if loaded is not None else {}
        servers: list[tuple[str, str, Server | None]] = [
            (pool.name, intern(f"{pool.name}/{server.name}"), server) for pool in self._pools for server in pool.servers
        ]
        servers += [(pool, name, None) for pool, name in self._found]
        base = np.zeros((len(servers), len(SERVER_METRICS)), dtype=np.float32)
        base[:, _COUNTERS:_UP] = NAN
        if not self._failures:
            base[:, COUNTED.index("connection_errors_total") : _COUNTERS] = NAN
        disabled: list[bool] = []
        max_fails: list[int] = []
        for index, (_, name, server) in enumerate(servers):
            now = running.get(name) or server
            disabled.append(bool(now and now.disabled))
            max_fails.append(now.max_fails if now and now.max_fails is not None else 1)
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
        self._passive = _Passive(self._names, disabled, max_fails, self._passive)
        self._holders = tuple(dict.fromkeys(pool for pool, _, _ in servers))
        place = {pool: index for index, pool in enumerate(self._holders)}
        self._holder = np.array([place[pool] for pool, _, _ in servers], dtype=np.intp)


def _counted(seen: Floats, seconds: float | None, failures: bool) -> Floats:
    """A row for each, a column for each of COUNTED."""
    table = np.full((len(seen), _UP), np.nan)
    table[:, :4] = seen[:, [AT[name] for name in ("requests", "errors_5xx", "retries", "aborts")]]
    if failures:
        table[:, 4:6] = seen[:, [AT["connection_errors"], AT["response_errors"]]]
    for place, name in ((6, "response"), (7, "connect")):
        count = seen[:, AT[f"{name}_count"]]
        np.divide(seen[:, AT[f"{name}_ms"]], count, out=table[:, place], where=count > 0)
    if seconds:
        # Little's law over the requests that ended since the last look. Nothing ended: nothing is known of those that still run.
        ended = seen[:, AT["response_count"]] > 0
        np.divide(seen[:, AT["response_ms"]], 1000.0 * seconds, out=table[:, 8], where=ended)
    return table


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
