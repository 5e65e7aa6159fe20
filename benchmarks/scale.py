"""What watching costs poise itself: processor and memory by number of load balancers and servers, against simulated ones.

    python -m benchmarks.scale                                all parts
    python -m benchmarks.scale linear --product envoy         one part, one product

detectors: 500 and 10 pools of 4 to 20 servers and some of 4 to 10, a second apart, all detectors together · linear: one load balancer of
100, 1,000 and 10,000 servers, a look and all that follows of it · fleet: 100 load balancers of 1,000 servers looked at every ten seconds
until the history is full; the clock is driven, so that 25 minutes pass as fast as poise can look · live: `poise watch` itself for a minute
of real time, its store and history on disk included.

HAProxys and Envoys are sockets in another process that answer what a real one of that size answered, nginxes are access logs that grow.
Processor seconds of this process, threads included, or of the watch's. The exit code is 1 where a limit is passed.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.detectors_step import detectors_step
from benchmarks.measure import machine
from benchmarks.simulated import Simulated
from poise.daemon.fleet import LEAST_BYTES, MOST_BYTES
from poise.daemon.watcher import Watcher
from poise.model.needs import Needs
from poise.model.reach import Reach

EVERY = timedelta(seconds=10)
REACH = Reach(every_seconds=EVERY.total_seconds())
PARTS, PRODUCTS = ("detectors", "linear", "fleet", "live"), ("haproxy", "nginx", "envoy")
# The issue's: of one core, MB, milliseconds a look, microseconds a step and pool.
MOST_SHARE, MOST_MB, MOST_LOOK_MS, MOST_STEP_US = 0.30, 500, 100, 100


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--load-balancers", type=int, default=100)
    parser.add_argument("--servers", type=int, default=1000, help="of each")
    parser.add_argument("--rounds", type=int, default=150, help="of ten seconds: 150 fill a history of 20 minutes")
    parser.add_argument("--product", choices=PRODUCTS, action="append", help="of linear, fleet and live [default: all three]")
    parser.add_argument("--lines", type=int, default=1000, help="that each nginx logs in ten seconds")
    parser.add_argument("--settle", type=float, default=90, help="seconds of `live` before it is measured: 1,300 fill the history")
    parser.add_argument("--seconds", type=float, default=60, help="for which `live` is measured")
    given = parser.parse_args()
    chosen = given.part or PARTS
    print(f"{machine()}, Python {sys.version.split()[0]}\n")
    kept = True
    with tempfile.TemporaryDirectory(prefix="poise-scale-") as name:
        folder = Path(name)
        if "detectors" in chosen:
            kept &= limit("a step and pool", detectors_step(), MOST_STEP_US, "µs")
            # A step has a fixed cost, which few pools share.
            kept &= limit("a step and pool of 10", detectors_step(10), MOST_STEP_US, "µs")
            for pools in (50, 10, 1):
                print(f"a step and pool of {pools}: {detectors_step(pools, sizes=(4, 10)):.0f} µs")
        for product in given.product or PRODUCTS:
            place = folder / product
            place.mkdir()
            if "linear" in chosen:
                kept &= linear(place, product)
            for part in [part for part in ("fleet", "live") if part in chosen]:
                print(f"{part}: {given.load_balancers} times {product}, {given.servers} servers each")
                real = part == "live"
                simulated = Simulated(place / part, given.load_balancers, given.servers, 30, product, given.lines, real)
                try:
                    if real:
                        kept &= live(simulated, place, given.settle, given.seconds)
                    else:
                        kept &= asyncio.run(fleet(simulated, given.rounds))
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


def linear(folder: Path, product: str) -> bool:
    """A look at one load balancer by its size."""
    print(f"one {product}, a look and all that follows of it")
    kept = True
    for servers in (100, 1000, 10_000):
        simulated = Simulated(folder / f"one{servers}", 1, servers, 20, product, lines=servers)
        try:
            took = asyncio.run(looks(simulated, 20))
        finally:
            simulated.close()
        print(f"    {servers:>6,} servers{median(took) * 1000:>10.1f} ms a look{median(took) / servers * 1e6:>8.2f} µs a server")
        if servers == 10_000:
            bounded = product == "haproxy"
            kept = limit("10,000 servers", median(took) * 1000, MOST_LOOK_MS if bounded else float("inf"), "ms")
    return kept


async def looks(simulated: Simulated, count: int) -> list[float]:
    """Processor seconds of each turn, without the first two that learn the names."""
    watcher = Watcher([simulated.configurations[0]], Needs(), reach=REACH)
    now, took = datetime.now(UTC), []
    try:
        for _ in range(count):
            simulated.look()
            began = time.process_time()
            tick = await watcher.tick(now)
            took.append(time.process_time() - began)
            assert tick.blocks, tick.could_not
            now = max(now + EVERY, watcher.looks.due or now)
    finally:
        await watcher.close()
    return took[2:]


async def fleet(simulated: Simulated, rounds: int) -> bool:
    """All load balancers in turn, ten seconds of the driven clock a round."""
    began = time.process_time()
    most = max(LEAST_BYTES, MOST_BYTES // len(simulated.configurations))
    watchers = [
        Watcher([name], Needs(), load_balancer=f"lb{i}", reach=REACH, most_bytes=most) for i, name in enumerate(simulated.configurations)
    ]
    print(f"{len(watchers)} load balancers; their files were read in {time.process_time() - began:.1f} s, {resident_mb():.0f} MB resident")
    # Looks fall on whole tens of seconds, so that the driven clock meets each.
    every = int(EVERY.total_seconds())
    start, took, missed = datetime.fromtimestamp(time.time() // every * every, UTC), [], 0
    for number in range(rounds):
        simulated.look()
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


def live(simulated: Simulated, folder: Path, settle: float, seconds: float) -> bool:
    """`poise watch` itself in real time, with its store and its history: what the system accounts to its process."""
    inventory = folder / "fleet.toml"
    tables = (f'[load_balancer.lb{i}]\nconfig = "{name}"\nevery_seconds = 10\n' for i, name in enumerate(simulated.configurations))
    inventory.write_text("\n".join(tables))
    command = [sys.executable, "-m", "poise.cli", "watch", "--inventory", str(inventory), "--store", str(folder / "store" / "incidents.db")]
    with (folder / "said.txt").open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as watch:
        try:
            time.sleep(settle)
            before, began, looks = used_seconds(watch.pid), time.monotonic(), simulated.looks
            time.sleep(seconds)
            used = used_seconds(watch.pid) - before
            share = used / (time.monotonic() - began)
            looked = (simulated.looks or 0) - (looks or 0)
            about = Path(f"/proc/{watch.pid}/status").read_text()
        finally:
            watch.terminate()
            try:
                watch.wait(60)
            except subprocess.TimeoutExpired:
                watch.kill()
                print("    it did not end within a minute of being told to")
    now, most = (int(about.partition(f"{name}:")[2].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    answers = sum(b"servers" in line for line in (folder / "said.txt").read_bytes().splitlines())
    print(f"poise watch, {settle:g} s after it began, for {seconds:g} s; {answers} lines told of servers")
    count = len(simulated.configurations)
    print(f"    {100 * share:.1f} % of a core" + (f", {looked} looks" if looked else ""))
    if looked:
        # Where answers take long, as on a machine that has other work, poise looks less often: that is no merit of its own.
        share = used / looked * count / EVERY.total_seconds()
    share_kept = limit("of a core, each every ten seconds", 100 * share, 100 * MOST_SHARE, "%")
    limit("resident at most", most, MOST_MB, "MB")
    return limit("resident", now, MOST_MB, "MB") and share_kept


def used_seconds(pid: int) -> float:
    """Processor seconds of that process so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
