"""What all detectors together cost a step and pool, on simulated traffic of many pools at one look a second.

    python -m benchmarks.detectors_step --pools 10 --seed 8

Processor time of one process, the median of 40 looks.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np

from benchmarks.measure import machine
from poise.daemon.history import History
from poise.detectors import DETECTORS
from poise.detectors.judging import judged
from poise.model.location import Location
from poise.model.needs import Needs, PoolNeeds
from poise.model.sample import Block, Component, Sample, Stack, Window
from poise.model.topology import Algorithm, Pool, Server, Topology

METRICS = (
    "requests_total", "responses_5xx_total", "retries_total", "response_errors_total", "connection_errors_total", "in_flight", "queue",
    "response_ms", "up", "backup", "maintenance", "drain", "weight", "effective_weight", "loaded_weight", "file_weight", "maxconn",
)  # fmt: skip
POOL_METRICS = ("requests_total", "responses_5xx_total", "queue")
HERE = Location("haproxy.cfg", 1, 1)


class Traffic:
    """`pools` of 4 to 20 servers (or of other `sizes`), half of them with a declared split, some weighted; from 2 to 200 requests/s each,
    drawn from a seed."""

    def __init__(self, pools: int, seed: int, sizes: tuple[int, int] = (4, 20)) -> None:
        self._draw = draw = np.random.default_rng(seed)
        counts = draw.integers(sizes[0], sizes[1] + 1, pools)
        weights = [draw.choice([100, 100, 100, 50], size) if draw.random() < 0.2 else np.full(size, 100) for size in counts]
        algorithms = draw.choice(["roundrobin", "roundrobin", "leastconn", "source"], pools)
        self.pools = tuple(
            Pool(
                f"pool{p}",
                "haproxy",
                "http",
                Algorithm(str(algorithms[p])),
                tuple(Server(f"app{i}", f"10.0.0.{i}:80", "active", int(w), HERE) for i, w in enumerate(weights[p])),
                HERE,
            )
            for p in range(pools)
        )
        self.names = tuple(f"{pool.name}/{server.name}" for pool in self.pools for server in pool.servers)
        self.pool_names = tuple(pool.name for pool in self.pools)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._shares = [w / w.sum() for w in weights]
        self._weights = np.concatenate(weights).astype(float)
        self._rates = draw.choice([2.0, 20.0, 80.0, 200.0], pools)
        self._values = np.zeros((len(METRICS), len(self.names)))
        for metric, value in {"up": 1.0, "maxconn": 100.0}.items():
            self._values[METRICS.index(metric)] = value
        for metric in ("weight", "effective_weight", "loaded_weight", "file_weight"):
            self._values[METRICS.index(metric)] = self._weights
        self.topology = Topology("haproxy", "haproxy.cfg", pools=self.pools)
        self.needs = Needs(
            {name: PoolNeeds("even") for name in self.pool_names[::2] if len(set(weights[self.pool_names.index(name)])) == 1}
        )
        parts = [Component(name, "pool") for name in self.pool_names] + [Component(name, "server") for name in self.names]
        self.stack = Stack((Component("lb1", "load-balancer"), Component("client", "client"), *parts))

    def blocks(self, now: datetime) -> tuple[Block, ...]:
        """A second more of traffic."""
        draw, values = self._draw, self._values.copy()
        for p, shares in enumerate(self._shares):
            values[0, self._first[p] : self._first[p + 1]] += draw.multinomial(draw.poisson(self._rates[p]), shares)
        values[1] += draw.random(len(self.names)) < 0.001
        values[5], values[7] = draw.integers(0, 5, len(self.names)), draw.gamma(20, 2, len(self.names))
        self._values = values
        sums = np.add.reduceat(values[[0, 1, 6]], self._first[:-1], axis=1)
        return Block(now, self.names, METRICS, values.T, "lb1 servers"), Block(now, self.pool_names, POOL_METRICS, sums.T, "lb1 pools")


def windows(traffic: Traffic, seconds: int) -> list[Window]:
    """The last windows after that many seconds; the history holds a minute and more before them."""
    history, start, found = History(), datetime(2026, 11, 27, tzinfo=UTC), []
    for second in range(seconds):
        now = start + timedelta(seconds=second)
        history.add_blocks(traffic.blocks(now))
        history.add([Sample(now, "client", m, v) for m, v in (("requests_per_second", 80.0), ("success_ratio", 1.0), ("p99_ms", 90.0))])
        found.append(history.window(now, traffic.stack, (traffic.topology,), traffic.needs))
        found = found[-40:]
    return found


def detectors_step(pools: int = 500, seed: int = 7, sizes: tuple[int, int] = (4, 20)) -> float:
    """Microseconds a step and pool of all detectors; what each takes is printed.

    What several ask of a window is read once, by the first of them in their order: that is where it is counted.
    """
    traffic = Traffic(pools, seed, sizes)
    late = windows(traffic, 130)
    print(f"{len(DETECTORS)} detectors, {pools} pools, {len(traffic.names):,} servers")
    took = [seconds(lambda each=window: judged(DETECTORS, each, each.now)) for window in late]
    again = [replace(window, looked={}) for window in late]
    each_took = {
        detector.name: [seconds(lambda each=window, one=detector: list(one.judge(each, each.now))) for window in again]
        for detector in DETECTORS
    }
    for name, times in sorted(each_took.items(), key=lambda pair: -median(pair[1])):
        print(f"    {name:<24}{median(times) / pools * 1e6:>8.2f} µs a step and pool")
    return median(took) / pools * 1e6


def seconds(act: Callable[[], object]) -> float:
    """Processor seconds that it takes."""
    began = time.process_time()
    act()
    return time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detectors_step", description=__doc__)
    parser.add_argument("--pools", type=int, nargs="+", default=[500, 10, 5], help="of so many [default: 500 10 5]")
    parser.add_argument("--sizes", type=int, nargs=2, default=[4, 20], metavar=("FEWEST", "MOST"), help="servers of a pool [default: 4 20]")
    parser.add_argument("--seed", type=int, default=7, help="what is drawn [default: 7]")
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}\n")
    for pools in given.pools:
        print(f"in all {detectors_step(pools, given.seed, tuple(given.sizes)):.1f} µs a step and pool\n")


if __name__ == "__main__":
    main()
