"""What `/clusters` and `/stats` say, as blocks: one of the servers, one of the pools. Pure.

Names of components and metrics are those of the recording contract. Tuples of names are handed over again as long as they hold, because
whoever keeps the figures maps them once (`Block`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from poise.balancers.envoy.running.endpoints import Endpoints
from poise.balancers.envoy.running.figures import BREAKERS, DISCOVERY, POOL
from poise.balancers.envoy.running.health import METRICS, figures, flags
from poise.balancers.envoy.running.names import servers_of
from poise.balancers.envoy.running.pressure import pressure
from poise.balancers.envoy.running.staleness import Staleness
from poise.balancers.envoy.running.statistics import Statistics, as_statistic
from poise.model.sample import Block
from poise.model.topology import Pool, Server, Topology

FIGURES: Mapping[str, str] = {
    "rq_total": "requests_total",
    "rq_error": "responses_5xx_total",
    "rq_timeout": "timeouts_total",
    "rq_active": "in_flight",
    "rq_pending_active": "queue",
    "cx_active": "connections",
    "cx_total": "connections_total",
    "cx_connect_fail": "connection_errors_total",
}
HEALTH = ("up", *METRICS)
OF_FILE = ("file_weight", "file_disabled")
# The weight that a host has is the one that takes effect; only slow start is not told.
SERVER_METRICS = (
    *FIGURES.values(),
    *HEALTH,
    *OF_FILE,
    *("maintenance", "weight", "effective_weight", "loaded_weight", "priority", "backup", "success_ratio"),
)
LIMITS = {"requests": "limit", "connections": "connection_limit", "pending_requests": "queue_limit", "retries": "retry_limit"}
_STATISTICS = {**POOL, **BREAKERS, **{k: m for k, m in DISCOVERY.items() if k not in ("version", "update_time")}}
POOL_METRICS = (
    *_STATISTICS.values(),
    *LIMITS.values(),
    *(
        "discovery_age_seconds",
        "discovery_failing_seconds",
        "response_p50_ms",
        "response_p99_ms",
        "panic",
        "first_priority_ratio",
        "servers_missing",
        "servers_unfiled",
    ),
)
# Made when the first is counted: not there means none.
_LATER = frozenset(("upstream_rq_5xx", "upstream_rq_completed"))


class Tables:
    """Turns answers into blocks; keeps the names of the last answer."""

    def __init__(self, load_balancer: str) -> None:
        self._load_balancer = load_balancer
        self._known: tuple[Topology, list[str], list[str], list[str] | None] | None = None
        self.names: tuple[str, ...] = ()
        self.servers: Sequence[Server | None] = ()
        self._file: NDArray[np.float64] = np.empty((0, len(OF_FILE)))
        self._pools: tuple[str, ...] = ()
        self._compared: tuple[Mapping[str, float], Mapping[str, float]] | None = None
        self._health: dict[str, tuple[float, ...]] = {}
        self.staleness = Staleness()

    def server_block(self, at: datetime, found: Endpoints, topology: Topology, answered: Statistics | None = None) -> Block:
        """One row for each endpoint. Statistics that were asked after the endpoints tell failed checks from those not yet made."""
        self._name(found, topology)
        count = len(found.pools)
        values = np.full((count, len(SERVER_METRICS)), np.nan)
        for index, name in enumerate(FIGURES):
            if name in found.figures:
                values[:, index] = found.figures[name]
        start = len(FIGURES)
        words = found.words.get("health_flags")
        if words is not None and count:
            told = {word: self._health.get(word) or self._flagged(word) for word in set(words)}
            values[:, start : start + len(HEALTH)] = [*told.values()] if len(told) == 1 else [told[word] for word in words]
            if answered is not None:
                _forget_unchecked(values, found, answered)
        start += len(HEALTH)
        values[:, start : start + len(OF_FILE)] = self._file
        start += len(OF_FILE)
        # Taken out by the file itself, which is no failure of the server's.
        disabled = np.nan_to_num(self._file[:, 1])
        values[:, start] = np.where(values[:, SERVER_METRICS.index("declared_unhealthy")] > 0, disabled, 0.0)
        values[:, start + 1 : start + 4] = _numbers(found.words.get("weight"), count)[:, None]
        values[:, start + 4] = priority = _numbers(found.words.get("priority"), count)
        values[:, start + 5] = _behind_first(found.pools, priority)
        rate = _numbers(found.words.get("success_rate"), count)
        values[:, start + 6] = np.where(rate >= 0, rate / 100, np.nan)
        return Block(at, self.names, SERVER_METRICS, values, f"{self._load_balancer} servers")

    def pool_block(self, at: datetime, found: Endpoints, answered: Statistics, topology: Topology) -> Block:
        """One row for each cluster that runs."""
        if tuple(found.clusters) != self._pools:
            self._pools, self._compared = tuple(found.clusters), None
        under = _statistics_of(found)
        pressed = pressure(found, topology)
        if self._compared is None:
            self._compared = self._against_file(found, topology)
        missing, unfiled = self._compared
        get = answered.values.get
        rows: list[list[float]] = []
        for name in self._pools:
            head = under[name]
            row = [get(head + key, 0.0 if key in _LATER else np.nan) for key in _STATISTICS]
            # Connections that are passed on (TCP) are never completed requests.
            row[0] = row[0] or row[1]
            limits = found.clusters[name]
            row += [limits.get(limit, np.nan) for limit in LIMITS]
            updated = get(head + "update_time", 0.0)
            row.append(at.timestamp() - updated / 1000 if updated else np.nan)
            row.append(self.staleness.failing_seconds(head, at, answered.values))
            times = answered.times.get(head + "upstream_rq_time", {})
            row += [times.get("p50_ms", np.nan), times.get("p99_ms", np.nan)]
            row += pressed.get(name, (np.nan, np.nan))
            row += [missing.get(name, np.nan), unfiled.get(name, np.nan)]
            rows.append(row)
        values = np.array(rows, dtype=np.float64).reshape(len(rows), len(POOL_METRICS))
        return Block(at, self._pools, POOL_METRICS, values, f"{self._load_balancer} pools")

    def _name(self, found: Endpoints, topology: Topology) -> None:
        hosts = found.words.get("hostname")
        if self._known is not None:
            known, pools, addresses, known_hosts = self._known
            if known is topology and pools == found.pools and addresses == found.addresses and known_hosts == hosts:
                return
        names, self.servers = servers_of(found, topology)
        # The file's own texts where they are the same.
        files = (None if server is None else server.address for server in self.servers)
        addresses = [file if file == address else address for file, address in zip(files, found.addresses, strict=True)]
        self._known, self._compared = (topology, found.pools, addresses, hosts), None
        if tuple(names) != self.names:
            self.names = tuple(names)
        rows = [(np.nan, np.nan) if s is None else (float(s.weight), float(s.disabled or s.health is not None)) for s in self.servers]
        self._file = np.array(rows, dtype=np.float64).reshape(len(rows), len(OF_FILE))

    def _flagged(self, word: str) -> tuple[float, ...]:
        told = figures(flags(word))
        self._health[word] = row = tuple(told[metric] for metric in HEALTH)
        return row

    def _against_file(self, found: Endpoints, topology: Topology) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """By pool that the file names all servers of: how many of them do not run, and how many run that it does not name."""
        runs: dict[str, set[str]] = {name: set() for name in found.clusters}
        unfiled = dict.fromkeys(found.clusters, 0.0)
        for pool, server in zip(found.pools, self.servers, strict=True):
            if server is None:
                unfiled[pool] = unfiled.get(pool, 0.0) + 1
            else:
                runs.setdefault(pool, set()).add(server.name)
        whole = {pool.name: pool for pool in topology.pools if not pool.discovered and pool.name in found.clusters}
        missing = {name: float(len(_declared(pool) - runs[name])) for name, pool in whole.items()}
        return missing, {name: count for name, count in unfiled.items() if name in whole}


def _statistics_of(found: Endpoints) -> Mapping[str, str]:
    """How the statistics of each cluster begin."""
    under = {cluster: as_statistic(name) for name, cluster in found.observed_as.items()}
    return {name: f"cluster.{under.get(name, as_statistic(name))}." for name in found.clusters}


def _forget_unchecked(values: NDArray[np.float64], found: Endpoints, answered: Statistics) -> None:
    """A host begins as one that failed its check, until the first one succeeds (seen with 1.40, whose `pending_active_hc` is not set
    then): where no check of its cluster has failed yet, whether it is up is not known."""
    up, failed, *others = (SERVER_METRICS.index(m) for m in ("up", "health_failed", "ejected", "declared_unhealthy", "excluded"))
    begin = (values[:, failed] > 0) & ~(values[:, others] > 0).any(axis=1)
    if begin.any():
        under = _statistics_of(found)
        none = {name for name, head in under.items() if answered.values.get(f"{head}health_check.failure") == 0}
        begin &= np.array([pool in none for pool in found.pools])
        values[begin, up] = values[begin, failed] = np.nan


def _declared(pool: Pool) -> set[str]:
    """The names of its servers. An address that EDS tells twice is one host (measured with 1.40), in other pools it is two."""
    return {s.name for s in pool.servers if pool.discovery != "EDS" or s.name == s.address}


def _numbers(words: Sequence[str] | None, count: int) -> NDArray[np.float64]:
    if words is None:
        return np.full(count, np.nan)
    # Most endpoints say the same.
    known = {word: _number(word) for word in set(words)}
    return np.fromiter(map(known.__getitem__, words), dtype=np.float64, count=count)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan


def _behind_first(pools: Sequence[str], priority: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 for an endpoint of another priority than its pool's first: it gets traffic when that one has not enough healthy ones."""
    if not np.nanmax(priority, initial=0.0):
        return np.zeros(len(pools))
    first: dict[str, float] = {}
    for pool, level in zip(pools, priority.tolist(), strict=True):
        first[pool] = min(first.get(pool, level), level)
    return np.array([float(level > first[pool]) for pool, level in zip(pools, priority.tolist(), strict=True)])
