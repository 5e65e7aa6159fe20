"""What it costs to keep what a watch measures: poise's chunks in SQLite, beside rows in SQLite and in DuckDB.

    python -m benchmarks.history                engines, then the issue's size
    python -m benchmarks.history engines        one part

engines: a day of one load balancer of 200 servers in pools of 10, 14 figures each, looked at every ten seconds and written every thirty;
processor seconds of writing, bytes on disk, the peak of memory, the time that one pool's shares of the day by minute take, whether another
process can read meanwhile, and what kill -9 leaves. scale: 100 load balancers of 1,000 servers every ten seconds. Each engine is a process
of its own. DuckDB is left out, with a word, where it is not installed (`uv sync --group bench`).
"""

import argparse
import importlib.util
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.history_engines import ENGINES, METRICS, Chunks, rows_in
from benchmarks.measure import machine
from poise.model.sample import Block
from poise.store.history.batch import Batch
from poise.store.history.sample_history import SampleHistory

START = datetime(2026, 11, 9, tzinfo=UTC)
EVERY, LOOKS_A_BATCH = 10, 3
DAY_LOOKS = 8640
PARTS = ("engines", "scale")
# A third of what the issue allows for everything that watching costs. A part has a fixed cost: few minutes tell more than an hour has.
MOST_SHARE = 0.10


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which [default: all]")
    parser.add_argument("--servers", type=int, default=200, help="of the one load balancer of `engines`")
    parser.add_argument("--looks", type=int, default=DAY_LOOKS, help="of `engines`: 8,640 are a day")
    parser.add_argument("--minutes", type=int, default=10, help="of `scale`, of which a whole hour is reckoned")
    parser.add_argument("--engine", choices=[*ENGINES], help="only this one of `engines`")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, given.path, given.servers, given.looks)))
        return
    print(f"{machine()}, Python {sys.version.split()[0]}\n")
    chosen, kept = given.part or PARTS, True
    with tempfile.TemporaryDirectory(prefix="poise-history-") as name:
        if "engines" in chosen:
            for engine in [given.engine] if given.engine else ENGINES:
                if engine.startswith("duckdb") and importlib.util.find_spec("duckdb") is None:
                    print(f"{engine}: not installed, so not measured")
                    continue
                beside(engine, Path(name) / engine, given.servers, given.looks)
        if "scale" in chosen:
            kept = scale(Path(name) / "scale", given.minutes)
    sys.exit(0 if kept else 1)


def blocks(servers: int, count: int, seed: int = 1, source: str = "lb1 servers") -> Iterator[Block]:
    """Looks at pools of ten: requests as they come, errors and retries seldom, weights and states that stand."""
    rng, names = np.random.default_rng(seed), names_of(servers)
    totals = np.zeros((servers, 5))
    fixed = np.column_stack([np.full(servers, 10.0), np.ones(servers), np.zeros(servers), np.zeros(servers), np.full(servers, 10.0)])
    for look in range(count):
        load = 1 + 0.5 * np.sin(look / DAY_LOOKS * 2 * np.pi)
        totals += rng.poisson([200 * load, 0.05, 0.02, 0.01, 0.02], (servers, 5))
        values = np.column_stack(
            [
                *(totals[:, 0], totals[:, 1], rng.poisson(4 * load, servers), rng.poisson(0.1, servers), fixed[:, 0], fixed[:, 1]),
                *(rng.gamma(4, 10 * load, servers).round(), totals[:, 2], totals[:, 3], totals[:, 4], rng.poisson(2, servers)),
                *(fixed[:, 2], fixed[:, 3], fixed[:, 4]),
            ]
        )
        yield Block(START + timedelta(seconds=EVERY * look), names, METRICS, values, source)


def names_of(servers: int) -> tuple[str, ...]:
    """Servers in pools of ten."""
    return tuple(f"p{i // 10}/s{i % 10}" for i in range(servers))


def one(engine: str, path: Path, servers: int, looks: int) -> dict[str, float]:
    """Writes the looks, says each batch, reads once; this process's own figures."""
    names = names_of(servers)
    made = ENGINES[engine](path, names)
    before, batch, spent, longest = usage(), [], 0.0, 0.0
    for number, block in enumerate(blocks(servers, looks), 1):
        batch.append(block)
        if len(batch) == LOOKS_A_BATCH:
            began, start = usage(), time.perf_counter()
            made.write(batch)
            spent += usage() - began
            longest = max(longest, time.perf_counter() - start)
            batch = []
            print(f"kept {number}", flush=True)
    tended = usage()
    if isinstance(made, Chunks):
        made.tend((START + timedelta(days=1, hours=1)).timestamp())
    tended = usage() - tended
    size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) / (looks * servers * len(METRICS))
    took = []
    for _ in range(5):
        start = time.perf_counter()
        shares = made.shares(names[:10], START.timestamp(), (START + timedelta(days=1)).timestamp())
        took.append(time.perf_counter() - start)
    assert shares.shape[1] == 10 and len(shares) == -(-looks * EVERY // 60), shares.shape
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    made.close()
    closed = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*")) / (looks * servers * len(METRICS))
    figures = {
        "write": spent,
        "longest": longest,
        "tend": tended,
        "bytes": closed,
        "bytes_open": size,
        "query": sorted(took)[2],
        "peak": peak,
    }
    return {**figures, "all": usage() - before}


def usage() -> float:
    """Processor seconds of this process, threads included."""
    return time.process_time()


def beside(engine: str, path: Path, servers: int, looks: int) -> None:
    """One engine, measured and killed."""
    words = [sys.executable, "-m", "benchmarks.history", "--one", engine, "--servers", str(servers)]
    path.mkdir()
    done = subprocess.run([*words, "--path", str(path / "f"), "--looks", str(looks)], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    samples = looks * servers * len(METRICS)
    print(f"{engine}: {samples / 1e6:.1f} million figures")
    for what, value, unit in (
        ("writing, a figure", found["write"] / samples * 1e9, "ns of a processor"),
        ("making coarser, a figure", found["tend"] / samples * 1e9, "ns of a processor"),
        ("the longest batch", found["longest"] * 1000, "ms"),
        ("on disk, a figure, coarser rows included", found["bytes"], "bytes"),
        ("a pool's shares of the day by minute, file open", found["query"] * 1000, "ms"),
        ("peak of memory of the process", found["peak"], "MiB"),
    ):
        print(f"    {what:<48}{value:>10.2f} {unit}")
    killed = path / "killed"
    with subprocess.Popen([*words, "--path", str(killed), "--looks", "100000"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(200)]
        print(f"    another process reads meanwhile                 {reads(engine, killed)}")
        os.kill(process.pid, signal.SIGKILL)
        said += [line for line in process.stdout if line.endswith("\n")]
    acknowledged, start = int(said[-1].split()[1]), time.perf_counter()
    kept = rows_in(engine, killed)
    print(
        f"    after kill -9                                   {kept} of {acknowledged} looks, {time.perf_counter() - start:.2f} s to open"
    )


def reads(engine: str, path: Path) -> str:
    """Whether a process of its own can read what one writes."""
    code = "import sys, pathlib, benchmarks.history_engines as e; print(e.rows_in(sys.argv[1], pathlib.Path(sys.argv[2])))"
    done = subprocess.run([sys.executable, "-c", code, engine, str(path)], capture_output=True, text=True, check=False)
    return "yes" if not done.returncode else f"no: {done.stderr.strip().splitlines()[-1][:160]}"


def scale(path: Path, minutes: int) -> bool:
    """The issue's size, clock driven: what the looks hand over, what is written, and what an hour's end costs."""
    balancers, servers = 100, 1000
    print(f"{balancers} load balancers of {servers} servers every {EVERY} s, {len(METRICS)} figures each")
    looks = list(blocks(servers, minutes * 60 // EVERY))
    held, handed, written, longest = [Batch() for _ in range(balancers)], 0.0, 0.0, 0.0
    with SampleHistory(path, timedelta(seconds=5)) as history:
        for number, block in enumerate(looks, 1):
            began = usage()
            for batch in held:
                batch.add(block.at.timestamp(), (), (block,), ())
            handed += usage() - began
            if number % LOOKS_A_BATCH == 0:
                for place, batch in enumerate(held):
                    began, start = usage(), time.perf_counter()
                    history.write(f"lb{place}", FILES, batch)
                    written += usage() - began
                    longest = max(longest, time.perf_counter() - start)
                held = [Batch() for _ in range(balancers)]
        size = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
        began, times = usage(), 0
        while history.tend({}, 1e12, START.timestamp() + 7200) and times < balancers:
            times += 1
        coarser = usage() - began
    seconds = minutes * 60
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = (handed + written) / seconds + coarser / seconds
    for what, value, unit in (
        ("on the looks' own path, a look", handed / len(looks) / balancers * 1e6, "µs"),
        ("of a core, in the writing thread", written / seconds * 100, "%"),
        ("of a core, making coarser", coarser / seconds * 100, "%"),
        ("the longest batch of one load balancer", longest * 1000, "ms"),
        ("on disk, a day of every look", size / seconds * 86_400 / 1e9, "GB"),
        ("peak of memory, the looks themselves included", peak, "MiB"),
    ):
        print(f"    {what:<48}{value:>10.2f} {unit}")
    print(f"    {'in all, of a core':<48}{share * 100:>10.2f} %      limit {MOST_SHARE:.0%}{'' if share < MOST_SHARE else '   PASSED'}")
    return share < MOST_SHARE


FILES: Sequence[str] = ("/etc/haproxy/haproxy.cfg",)


if __name__ == "__main__":
    main()
