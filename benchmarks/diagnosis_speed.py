"""What a diagnosis costs: 100 servers with 15 minutes of samples, then 1,000 and 10,000 servers.

    python -m benchmarks.diagnosis_speed

Windows are drawn by seed: pools of ten servers with their applications, hops and one database, a sample a second (every 10 s from 1,000
servers on, as such fleets are watched), a fault in one pool two thirds through. Exit 1 where a limit of the table is passed.
"""

import resource
import sys
from datetime import UTC, datetime
from time import process_time

import numpy as np

from poise.diagnosis.engine import diagnose
from poise.model.sample import Component, Series, Stack, Window

START = 1_764_200_000.0
SECONDS = 900
# servers, seconds between samples, limit in seconds
SIZES = ((100, 1.0, 0.1), (1_000, 10.0, None), (10_000, 10.0, 2.0))
RUNS = 5
PER_POOL = 10


def window(servers: int, step: float, seed: int = 1) -> Window:
    """A stack of that many servers over 15 minutes; the first server of the first pool gets nine tenths of its pool from second 600 on."""
    rng = np.random.default_rng(seed)
    seconds = START + np.arange(0, SECONDS, step)
    late = seconds >= START + 600
    series: dict[tuple[str, str], Series] = {}
    components = [Component("client", "client"), Component("lb1", "load-balancer"), Component("db", "database")]
    edges = []

    def put(name: str, metric: str, values: np.ndarray) -> None:
        series[(name, metric)] = Series(seconds, values)

    def noisy(level: float, spread: float = 0.05) -> np.ndarray:
        return level * (1 + spread * rng.standard_normal(len(seconds)))

    def counter(rate: np.ndarray) -> np.ndarray:
        return np.cumsum(rng.poisson(np.maximum(rate, 0) * step)).astype(float) + rng.integers(10_000)

    put("client", "success_ratio", np.where(late, 0.9, 1.0))
    put("client", "p50_ms", noisy(70) * np.where(late, 3, 1))
    put("client", "p99_ms", noisy(150) * np.where(late, 5, 1))
    put("client", "requests_per_second", noisy(80.0))
    for metric, level in (("active", 3.0), ("lock_waits", 0.0), ("statement_ms", 0.2), ("connections", 40.0)):
        put("db", metric, noisy(level))
    put("db", "connection_limit", np.full(len(seconds), 200.0))
    for number in range(servers):
        pool, server = f"pool{number // PER_POOL}", f"app{number % PER_POOL}"
        name, application, hop = f"{pool}/{server}", f"{pool}-{server}", f"lb1→{pool}-{server}"
        if number % PER_POOL == 0:
            components.append(Component(pool, "pool"))
            edges.append(("lb1", pool))
            put(pool, "queue", np.where(late & (number == 0), 10.0, 0.0))
        components += [Component(name, "server"), Component(application, "application"), Component(hop, "hop")]
        edges += [(pool, name), (name, application), (application, "db")]
        hot = number < PER_POOL
        share = np.where(late & hot, 0.91 if number == 0 else 0.01, 0.1) if hot else np.full(len(seconds), 0.1)
        put(name, "requests_total", counter(80 * share))
        put(name, "responses_5xx_total", counter(8 * late * (number == 0)))
        put(name, "in_flight", noisy(1.0) + 30 * (late & (number == 0)))
        put(name, "queue", np.where(late & (number == 0), 20.0, 0.0))
        put(name, "weight", np.where(late & hot, 256.0 if number == 0 else 1.0, 1.0))
        put(name, "up", np.ones(len(seconds)))
        put(name, "response_ms", noisy(60) * np.where(late & (number == 0), 10, 1))
        put(name, "connection_errors_total", np.zeros(len(seconds)))
        put(application, "in_flight", np.minimum(noisy(1.0) + 30 * (late & (number == 0)), 4.0))
        put(application, "slots", np.full(len(seconds), 4.0))
        put(application, "requests_total", counter(80 * share))
        put(application, "response_ms", noisy(55))
        put(application, "database_ms", noisy(0.5))
        put(hop, "connect_ms", noisy(0.2))
        put(hop, "ping_ms", noisy(0.8))
        put(hop, "retransmits_total", np.zeros(len(seconds)))
        put(hop, "connect_failures_total", np.zeros(len(seconds)))
    return Window(Stack(tuple(components), tuple(edges)), datetime.fromtimestamp(START + 700, UTC), series)


def main() -> int:
    """Print the table; 1 where a limit is passed or the fault is not named."""
    failed = False
    print("servers  series  samples  median CPU s  worst  limit s  MiB  names")
    for servers, step, limit in SIZES:
        made = window(servers, step)
        took, fault = [], ""
        for _ in range(RUNS):
            begun = process_time()
            fault = diagnose(made).best.fault
            took.append(process_time() - begun)
        middle = sorted(took)[RUNS // 2]
        failed |= fault != "uneven-weights" or (limit is not None and middle > limit)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        count = len(made.series)
        samples = sum(len(s.values) for s in made.series.values())
        print(f"{servers:7,} {count:7,} {samples:10,} {middle:8.3f} {max(took):8.3f} {limit or '–':>7} {memory:5} {fault}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
