"""Speed and memory of the reading commands, side by side with HAProxy's own checker, in turn and as whole processes.

    make bench

Prints medians over RUNS runs and the ratio to `haproxy -c` on the same file. Ratios hold from machine to machine, milliseconds do not.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from poise.lab.binaries import find_haproxy
from poise.model.could_not import CouldNot

RUNS = 7
HEAD = """global
    maxconn 20000
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    option redispatch
frontend in
    bind 127.0.0.1:20000
    default_backend pool0
"""


def configuration(pools: int, servers: int) -> str:
    """A file of that many pools of that many servers each."""
    blocks = []
    for pool in range(pools):
        lines = [f"backend pool{pool}", "    balance roundrobin", "    option httpchk GET /healthz"]
        lines += [f"    server s{n} 10.{pool // 250}.{pool % 250}.{n + 1}:8080 check weight 10 maxconn 100" for n in range(servers)]
        blocks.append("\n".join(lines))
    return HEAD + "\n".join(blocks) + "\n"


def run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds of wall time and of processor time of one whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peak_kib(command: Sequence[str]) -> int:
    """Peak resident memory of one run, by a process of its own that waits for it alone."""
    text = "import resource,subprocess,sys; subprocess.run(sys.argv[1:],stdout=-3,stderr=-3); print(resource.getrusage(-1).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", text, *command], capture_output=True, text=True, check=True)
    return int(done.stdout)


def main() -> None:
    """Run and print."""
    found = find_haproxy()
    if isinstance(found, CouldNot):
        sys.exit(f"benchmarks: {found.what}: {found.reason}")
    poise = [sys.executable, "-m", "poise.cli"]
    print(f"HAProxy {found.version}, Python {sys.version.split()[0]}, median of {RUNS} runs")
    print(f"{'file':<26}{'command':<16}{'wall ms':>9}{'cpu ms':>9}{'peak MiB':>10}{'wall / haproxy -c':>20}")
    with tempfile.TemporaryDirectory(prefix="poise-bench-") as folder:
        for pools, servers in ((1, 4), (100, 10), (1000, 10)):
            file = Path(folder) / f"{pools}.cfg"
            file.write_text(configuration(pools, servers))
            commands = {
                "haproxy -c": [str(found.path), "-c", "-f", str(file)],
                "poise audit": [*poise, "audit", str(file)],
                "poise predict": [*poise, "predict", str(file)],
            }
            figures: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
            for _ in range(RUNS):
                for name, command in commands.items():
                    figures[name].append(run(command, found.environment if name == "haproxy -c" else {}))
            peer = median(wall for wall, _ in figures["haproxy -c"])
            for name, command in commands.items():
                wall, cpu = median(w for w, _ in figures[name]), median(c for _, c in figures[name])
                label = f"{pools} pools of {servers} servers"
                print(f"{label:<26}{name:<16}{wall * 1e3:>9.0f}{cpu * 1e3:>9.0f}{peak_kib(command) / 1024:>10.0f}{wall / peer:>20.1f}")


if __name__ == "__main__":
    main()
