"""The counts of one nginx in the words of the recording contract: servers and pools as blocks, listeners as samples. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import numpy as np

from poise.balancers.nginx.tally import Tallied, Tally
from poise.model.light import dataclass
from poise.model.sample import Block, Sample
from poise.model.topology import Server, Topology

NAN = float("nan")
COUNTED = (
    *("requests_total", "responses_5xx_total", "retries_total", "connection_errors_total", "response_errors_total", "aborts_total"),
    *("response_ms", "connect_ms", "in_flight"),
)
STATED = ("up", "backup", "maintenance", "drain", "weight", "effective_weight", "loaded_weight", "file_weight", "file_disabled")
SERVER_METRICS = (*COUNTED, *STATED)
POOL_METRICS = (*COUNTED, "servers_up", "unserved_total")


@dataclass(slots=True)
class _Passive:
    """What nginx's own passive check would make of a server: failures in a row, and whether it is still tried."""

    failed: float = 0.0
    up: bool = True


class Figures:
    """Makes blocks of a tally. Names and metrics stay the same tuples as long as the servers do."""

    def __init__(self, topology: Topology, load_balancer: str, pools: Collection[str], times: bool) -> None:
        """`pools` are those whose attempts are seen; `times` whether the log tells of failures."""
        self._topology, self._source = topology, load_balancer
        self._pools = [pool for pool in topology.pools if pool.name in pools]
        self._tells_failures = times
        self._servers: list[tuple[str, Server | None]] = [
            (f"{pool.name}/{server.name}", server) for pool in self._pools for server in pool.servers
        ]
        self._own = {name for name, _ in self._servers}
        self._names = tuple(name for name, _ in self._servers)
        self.pools = tuple(pool.name for pool in self._pools)
        self._passive: dict[str, _Passive] = {}

    def keep(self, before: "Figures") -> None:
        """Go on with what was known of servers that stay."""
        self._passive = {name: state for name, state in before._passive.items() if name in self._own}

    def found(self, names: Collection[str]) -> None:
        """Servers that run and that no file names."""
        new = [name for name in names if name not in self._own]
        if new:
            self._servers += [(name, None) for name in new]
            self._own.update(new)
            self._names = tuple(name for name, _ in self._servers)

    def blocks(self, tally: Tally, now: datetime, seconds: float | None, loaded: Topology | None) -> tuple[Block, ...]:
        """One instant. `seconds` since the last look (None: this is the first); `loaded` is the file as the workers took it, None where
        that is not known."""
        running = {f"{p.name}/{s.name}": s for p in loaded.pools for s in p.servers} if loaded is not None else {}
        rows = [
            [*_counted(tally.servers.get(name), seconds, self._tells_failures), *self._stated(name, server, running.get(name), tally)]
            for name, server in self._servers
        ]
        up = {name: row[len(COUNTED)] for (name, _), row in zip(self._servers, rows, strict=True)}
        pools = [
            [*_counted(found := tally.pools.get(pool.name), seconds, self._tells_failures),
             sum(up[f"{pool.name}/{server.name}"] for server in pool.servers),
             found.nobody_left if found is not None else 0.0]
            for pool in self._pools
        ]  # fmt: skip
        return tuple(
            Block(now, names, metrics, np.array(values, dtype=np.float64), f"{self._source} {what}")
            for what, names, metrics, values in (
                ("servers", self._names, SERVER_METRICS, rows),
                ("pools", self.pools, POOL_METRICS, pools),
            )
            if names
        )

    def _stated(self, name: str, server: Server | None, running: Server | None, tally: Tally) -> list[float]:
        state = self._passive.setdefault(name, _Passive())
        seen = tally.servers.get(name)
        if seen is not None and seen.answered:
            state.failed, state.up = 0.0, True
        elif seen is not None and seen.failed:
            state.failed += seen.failed
            # As nginx counts, which tries a server again after its fail_timeout; with max_fails=0 it never leaves one out.
            known = running or server
            state.up = state.failed < ((known.max_fails if known is not None else None) or 3)
        if server is None:
            return [float(state.up), 0.0, 0.0, 0.0, NAN, NAN, NAN, NAN, NAN]
        now = running or server
        # What runs where the file was edited since and never seen before: nobody knows.
        weight = float(running.weight) if running is not None else NAN
        draining = now.health == "DRAINING"
        return [
            float(state.up and not now.disabled),
            float(now.backup),
            float(now.disabled),
            float(draining),
            weight,
            weight,
            weight,
            float(server.weight),
            float(server.disabled),
        ]


def _counted(found: Tallied | None, seconds: float | None, failures: bool) -> list[float]:
    found = found if found is not None else Tallied()
    response = found.response_ms / found.response_count if found.response_count else NAN
    return [
        found.requests,
        found.errors_5xx,
        found.retries,
        found.connection_errors if failures else NAN,
        found.response_errors if failures else NAN,
        found.aborts,
        response,
        found.connect_ms / found.connect_count if found.connect_count else NAN,
        # Little's law over the requests that ended since the last look. Nothing ended: nothing is known of those that still run.
        found.response_ms / 1000.0 / seconds if seconds and found.response_count else NAN,
    ]


def listener_samples(tally: Tally, names: Sequence[str], now: datetime) -> Iterator[Sample]:
    """What clients of each listener met: counters, and of this look the part that succeeded and how long it took."""
    for name in names:
        heard = tally.listeners.get(name)
        yield Sample(now, name, "requests_total", float(heard.requests if heard else 0))
        yield Sample(now, name, "responses_5xx_total", float(heard.errors_5xx if heard else 0))
        if heard is None or not heard.last_requests:
            continue
        yield Sample(now, name, "success_ratio", 1.0 - heard.last_errors / heard.last_requests)
        if heard.times:
            p50, p99 = np.nanquantile(np.concatenate(heard.times) * 1000.0, (0.5, 0.99)).tolist()
            yield Sample(now, name, "p50_ms", p50)
            yield Sample(now, name, "p99_ms", p99)
