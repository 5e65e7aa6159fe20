"""Requests simulated in a second and the memory it takes, by size of pool, beside a discrete-event simulator that many use.

    python -m benchmarks.simulation             pools of 4, 20, 200 and 2,000 servers

leastconn over servers of equal weight, one in five of them four times as slow, exponential service times, an open stream that keeps four
requests on each server. Processor seconds on one core, the median of the runs; the peer (SimPy) does the same pool of 4 with as little code
as it needs. A forecast is what `poise predict` asks for, warm-up included: shares with a standard error of 0.2 points.
"""

import argparse
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from random import Random
from statistics import median

from benchmarks.measure import machine
from poise.balancers.haproxy.policies import Leastconn, Limits
from poise.balancers.simulation.run import simulate
from poise.model.load import Horizon, Load

POOLS = (4, 20, 200, 2000)
PER_SERVER = 4.0
CELLS = 1 << 19  # replicas · servers at most
FAST_MS, SLOW_MS = 40.0, 160.0


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=400_000)
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}, medians of {given.runs} runs of {given.requests:,} requests\n")
    print(f"    {'servers':>8}{'requests/s':>14}{'replicas':>10}{'MiB':>8}{'forecast ms':>13}{'its error':>11}")
    for servers in POOLS:
        speed, replicas = best(servers, given.requests, given.runs)
        made = forecast(servers)
        print(f"    {servers:>8,}{speed:>14,.0f}{replicas:>10}{memory(servers):>8.1f}{1000 * made[0]:>13.0f}{100 * made[1]:>9.2f} %")
    if peer := simpy_speed(20_000):
        print(f"\n    SimPy, 4 servers{peer:>15,.0f} requests/s: poise {best(4, given.requests, given.runs)[0] / peer:.0f} times as many")
    print(f"\n    peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def pool(servers: int) -> tuple[list[str], Leastconn, Load]:
    """Names, policy and load."""
    names = [f"app{i}" for i in range(servers)]
    slow = dict.fromkeys(names[::5], SLOW_MS)
    rate = PER_SERVER * sum(1000 / slow.get(name, FAST_MS) for name in names)
    policy = Leastconn([1.0] * servers, Limits((None,) * servers))
    return names, policy, Load(FAST_MS, requests_per_second=rate, service_time_ms_by_server=slow)


def best(servers: int, requests: int, runs: int) -> tuple[float, int]:
    """Requests in a second of processor time, and over how many replicas. All steps are counted, none is dropped as warm-up."""
    found, replicas = [], 0
    for _ in range(runs):
        names, policy, load = pool(servers)
        begun = time.process_time()
        made = simulate(names, policy, load, Horizon(requests, 0.0, from_empty=True, replicas=min(512, CELLS // servers)))
        found.append(requests / (time.process_time() - begun))
        replicas = made.replicas
    return median(found), replicas


def forecast(servers: int) -> tuple[float, float]:
    """Processor seconds until the shares are good, and their largest standard error."""
    names, policy, load = pool(servers)
    begun = time.process_time()
    made = simulate(names, policy, load)
    return time.process_time() - begun, max(server.error for server in made.servers)


def memory(servers: int) -> float:
    """MiB that numpy and Python allocate at most for a forecast."""
    names, policy, load = pool(servers)
    tracemalloc.start()
    simulate(names, policy, load)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1024 / 1024


def simpy_speed(requests: int) -> float | None:
    """The same pool of 4 in SimPy, requests in a second of processor time; None where it is not installed."""
    try:
        import simpy  # noqa: PLC0415
    except ImportError:
        return None
    names, _, load = pool(4)
    random, held, env = Random(1), [0] * 4, simpy.Environment()
    seconds = [load.mean_ms(name) / 1000 for name in names]
    assert load.requests_per_second

    def request(at: int):  # type: ignore[no-untyped-def]
        held[at] += 1
        yield env.timeout(random.expovariate(1 / seconds[at]))
        held[at] -= 1

    def arrivals(rate: float):  # type: ignore[no-untyped-def]
        for _ in range(requests):
            yield env.timeout(random.expovariate(rate))
            env.process(request(held.index(min(held))))

    env.process(arrivals(load.requests_per_second))
    run: Callable[[], object] = env.run
    begun = time.process_time()
    run()
    return requests / (time.process_time() - begun)


if __name__ == "__main__":
    main()
