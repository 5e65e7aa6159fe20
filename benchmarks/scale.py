"""What watching costs poise itself: processor and memory by number of load balancers and servers, against simulated ones.

    python -m benchmarks.scale                  all parts
    python -m benchmarks.scale linear           one part

detectors: 500 pools of 4 to 20 servers and fewer of 4 to 10 a second apart, all detectors together · linear: one load balancer of 100,
1,000 and 10,000 servers, a look and all that follows of it · fleet: 100 load balancers of 1,000 servers looked at every ten seconds until
the history is full; the clock is driven, so that 25 minutes pass as fast as poise can look · live: the same for a minute of real time.

The load balancers are sockets in another process that answer what a real HAProxy of that size answered. Processor seconds of this process,
threads included. The exit code is 1 where a limit is passed.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.detectors_step import detectors_step
from benchmarks.measure import machine
from benchmarks.simulated import Simulated
from poise.daemon.fleet import Fleet
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick, Watcher
from poise.model.needs import Needs
from poise.model.reach import Reach

EVERY = timedelta(seconds=10)
REACH = Reach(every_seconds=EVERY.total_seconds())
PARTS = ("detectors", "linear", "fleet", "live")
# The issue's: of one core, MB, milliseconds a look, microseconds a step and pool.
MOST_SHARE, MOST_MB, MOST_LOOK_MS, MOST_STEP_US = 0.30, 500, 100, 100


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--load-balancers", type=int, default=100)
    parser.add_argument("--servers", type=int, default=1000, help="of each")
    parser.add_argument("--rounds", type=int, default=150, help="of ten seconds: 150 fill a history of 20 minutes")
    given = parser.parse_args()
    chosen = given.part or PARTS
    print(f"{machine()}, Python {sys.version.split()[0]}\n")
    kept = True
    with tempfile.TemporaryDirectory(prefix="poise-scale-") as name:
        folder = Path(name)
        if "detectors" in chosen:
            kept &= limit("a step and pool", detectors_step(), MOST_STEP_US, "µs")
            for pools in (50, 10, 1):
                print(f"a step and pool of {pools}: {detectors_step(pools, sizes=(4, 10)):.0f} µs")
        if "linear" in chosen:
            kept &= linear(folder)
        if {"fleet", "live"} & set(chosen):
            simulated = Simulated(folder / "fleet", given.load_balancers, given.servers, 30)
            try:
                if "fleet" in chosen:
                    kept &= asyncio.run(fleet(simulated.configurations, given.rounds))
                if "live" in chosen:
                    kept &= asyncio.run(live(simulated.configurations))
            finally:
                simulated.close()
    sys.exit(0 if kept else 1)


def limit(what: str, value: float, most: float, unit: str) -> bool:
    """Print a figure beside its limit; whether it keeps it."""
    print(f"    {what:<44}{value:>10.1f} {unit:<6} limit {most:g}{'' if value < most else '   PASSED'}")
    return value < most


def resident_mb() -> float:
    """What is resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def linear(folder: Path) -> bool:
    """A look at one load balancer by its size."""
    print("one load balancer, a look and all that follows of it")
    kept = True
    for servers in (100, 1000, 10_000):
        simulated = Simulated(folder / f"one{servers}", 1, servers, 20)
        try:
            took = asyncio.run(looks(simulated.configurations[0], 20))
        finally:
            simulated.close()
        print(f"    {servers:>6,} servers{median(took) * 1000:>10.1f} ms a look{median(took) / servers * 1e6:>8.2f} µs a server")
        if servers == 10_000:
            kept = limit("10,000 servers", median(took) * 1000, MOST_LOOK_MS, "ms")
    return kept


async def looks(configuration: str, count: int) -> list[float]:
    """Processor seconds of each turn, without the first two that learn the names."""
    watcher = Watcher([configuration], Needs(), reach=REACH)
    now, took = datetime.now(UTC), []
    try:
        for _ in range(count):
            began = time.process_time()
            tick = await watcher.tick(now)
            took.append(time.process_time() - began)
            assert tick.blocks, tick.could_not
            now = max(now + EVERY, watcher.looks.due or now)
    finally:
        await watcher.close()
    return took[2:]


async def fleet(configurations: Sequence[str], rounds: int) -> bool:
    """All load balancers in turn, ten seconds of the driven clock a round."""
    began = time.process_time()
    watchers = [Watcher([name], Needs(), load_balancer=f"lb{i}", reach=REACH) for i, name in enumerate(configurations)]
    print(f"{len(watchers)} load balancers; their files were read in {time.process_time() - began:.1f} s, {resident_mb():.0f} MB resident")
    # Looks fall on whole tens of seconds, so that the driven clock meets each.
    every = int(EVERY.total_seconds())
    start, took, missed = datetime.fromtimestamp(time.time() // every * every, UTC), [], 0
    for number in range(rounds):
        began, now = time.process_time(), start + number * EVERY
        for watcher in watchers:
            tick = await watcher.tick(now)
            missed += not tick.blocks
        took.append(time.process_time() - began)
        if number % 25 == 24:
            print(f"    {(number + 1) * 10:>5} s{median(took[-25:]):>8.2f} s a round{resident_mb():>8.0f} MB", flush=True)
    for watcher in watchers:
        await watcher.close()
    if missed:
        print(f"    {missed} looks brought nothing")
    share = limit("of a core", 100 * median(took[2:]) / EVERY.total_seconds(), 100 * MOST_SHARE, "%")
    return limit("resident when the history is full", resident_mb(), MOST_MB, "MB") and share


async def live(configurations: Sequence[str], settle: float = 45.0, seconds: float = 60.0) -> bool:
    """As `poise watch` does, in real time."""
    watched = [Watched(f"lb{i}", (name,), reach=REACH) for i, name in enumerate(configurations)]
    marks: list[tuple[float, float]] = []
    begun = time.monotonic()

    async def handle(tick: Tick) -> None:
        elapsed = time.monotonic() - begun
        if elapsed >= settle and (not marks or elapsed >= marks[0][0] + seconds > 0) and len(marks) < 2:
            marks.append((elapsed, time.process_time()))

    await Fleet(watched, lambda: datetime.now(UTC)).run(handle, datetime.now(UTC) + timedelta(seconds=settle + seconds + 2))
    print("in real time")
    (first, before), (last, after) = marks
    return limit("of a core", 100 * (after - before) / (last - first), 100 * MOST_SHARE, "%")


if __name__ == "__main__":
    main()
