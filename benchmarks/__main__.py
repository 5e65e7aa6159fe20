"""Speed and memory of `poise audit`, side by side with every other checker that can be had, in turn and as whole processes.

    make bench                                  everything
    python -m benchmarks small --runs 21        one part

small: a file of one page · large: a thousand pools, a nginx file of 633 KB, a thousand clusters · linear: 1 to 10 MB, time and memory per
MB · start: what an audit of a small file spends its time on before it reads. Medians of all runs; ratios hold from machine to machine,
milliseconds do not.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.files import ENDINGS, envoy, haproxy, sized
from benchmarks.measure import Command, Figures, floor, in_turn, machine
from benchmarks.peers import Peer, peers

PRODUCTS = ("haproxy", "nginx", "envoy")
POISE = [sys.executable, "-m", "poise.cli"]
# Compiled, as all are installed: the run that warms up writes what is compiled, whatever this shell's Python may write.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
# 1: it has findings. What could not be read would be 2, and no measurement.
READ = (0, 1)
NGINX_BYTES = 633_000
MEGABYTES = (1, 2, 5, 10)
# Modules that an audit's start is told by; the rest is added up.
SHOWN = 15


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", choices=["small", "large", "linear", "start", []], help="which [default: all]")
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each command, after one to warm up [default: 9]")
    given = parser.parse_args()
    chosen = given.part or ["small", "large", "linear", "start"]
    print(f"{machine()}, Python {sys.version.split()[0]}, medians of {given.runs} runs; a peak below {floor():.0f} MiB cannot be told\n")
    with tempfile.TemporaryDirectory(prefix="poise-bench-") as name:
        folder = Path(name)
        others = peers(folder) if {"small", "large"} & set(chosen) else []
        if "small" in chosen:
            for product in PRODUCTS:
                beside(product, "small file", written(folder, product, "small", sized(product, 1500)), others, given.runs)
        if "large" in chosen:
            beside("haproxy", "1,000 pools", written(folder, "haproxy", "large", haproxy(1000)), others, given.runs)
            beside("nginx", "633 KB", written(folder, "nginx", "large", sized("nginx", NGINX_BYTES)), others, given.runs)
            beside("envoy", "1,000 clusters", written(folder, "envoy", "large", envoy(1000)), others, given.runs)
        if "linear" in chosen:
            for product in PRODUCTS:
                linear(product, folder, max(3, given.runs // 3))
        if "start" in chosen:
            start(written(folder, "haproxy", "start", sized("haproxy", 1500)), given.runs)


def written(folder: Path, product: str, name: str, text: str) -> Path:
    """The file with that text."""
    file = folder / f"{name}.{ENDINGS[product]}"
    file.write_text(text)
    return file


def audit(file: Path) -> Command:
    """poise on that file."""
    return Command("poise audit", [*POISE, "audit", str(file)], COMPILED, READ)


def beside(product: str, what: str, file: Path, others: Sequence[Peer], runs: int) -> None:
    """Print a table: poise first, then every checker of that product."""
    commands = [audit(file)]
    commands += [
        Command(p.name, [str(word) for word in p.command(file)], {**COMPILED, **p.environment}, p.codes)
        for p in others
        if p.product == product
    ]
    print(f"{product}, {what} ({file.stat().st_size:,} bytes)")
    print(f"    {'':<28}{'wall':>10}{'cpu':>10}{'peak':>10}{'wall, poise = 1':>18}")
    figures = in_turn(commands, runs)
    for command, each in zip(commands, figures, strict=True):
        ratio = each.wall / figures[0].wall
        print(f"    {command.name:<28}{_cells(each)}{ratio:>18.2f}{_odd(command, each)}")
    print()


def linear(product: str, folder: Path, runs: int) -> None:
    """Print time and memory of growing files, in all and for each MB beyond what an empty run takes."""
    files = [written(folder, product, "linear0", sized(product, 1500))]
    files += [written(folder, product, f"linear{size}", sized(product, size * 1_000_000)) for size in MEGABYTES]
    commands = [audit(file) for file in files]
    base, *figures = in_turn(commands, runs)
    print(f"{product}, growing")
    print(f"    {'':<28}{'wall':>10}{'cpu':>10}{'peak':>10}{'cpu per MB':>14}{'peak per MB':>14}")
    for file, command, each in zip(files[1:], commands[1:], figures, strict=True):
        size = file.stat().st_size / 1e6
        rates = f"{(each.cpu - base.cpu) / size:>12.3f} s{(each.peak - base.peak) / size:>10.1f} MiB"
        print(f"    {f'{size:.1f} MB':<28}{_cells(each)}{rates}{_odd(command, each)}")
    print()


def start(file: Path, runs: int) -> None:
    """Print what stands before the first byte that is read: the interpreter, the command line, the modules."""
    plain = {"PYTHONDONTWRITEBYTECODE": "1"}
    commands = [
        Command("python -c pass", [sys.executable, "-c", "pass"], plain),
        Command("python -I -S -c pass", [sys.executable, "-I", "-S", "-c", "pass"], plain),
        Command("poise --version", [*POISE, "--version"], COMPILED),
        audit(file),
    ]
    print("start of an audit")
    print(f"    {'':<28}{'wall':>10}{'cpu':>10}{'peak':>10}")
    for command, each in zip(commands, in_turn(commands, runs), strict=True):
        print(f"    {command.name:<28}{_cells(each)}{_odd(command, each)}")
    print("\n    modules by their own time (python -X importtime)")
    own = sorted(_imports([sys.executable, "-X", "importtime", "-m", "poise.cli", "audit", str(file)]), reverse=True)
    for microseconds, module in own[:SHOWN]:
        print(f"    {module:<40}{microseconds / 1e3:>8.1f} ms")
    rest = own[SHOWN:]
    print(f"    {f'{len(rest)} others':<40}{sum(each for each, _ in rest) / 1e3:>8.1f} ms")
    print(f"    {'in all':<40}{sum(each for each, _ in own) / 1e3:>8.1f} ms")


def _imports(command: Sequence[str]) -> Iterator[tuple[int, str]]:
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    for line in told.splitlines():
        own, _, module = line.removeprefix("import time:").partition("|")
        if line.startswith("import time:") and own.strip().isdigit():
            yield int(own), module.partition("|")[2].strip()


def _cells(each: Figures) -> str:
    return f"{each.wall * 1e3:>7.0f} ms{each.cpu * 1e3:>7.0f} ms{each.peak:>6.0f} MiB"


def _odd(command: Command, each: Figures) -> str:
    odd = sorted(each.codes - set(command.codes))
    return f"   (exit code {', '.join(map(str, odd))})" if odd else ""


if __name__ == "__main__":
    main()
