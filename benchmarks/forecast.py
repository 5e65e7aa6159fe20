"""Time and memory of `poise predict` by the number of servers, whole processes: pools of 20 under each algorithm in turn.

    python -m benchmarks.forecast                             1,000 to 20,000 servers of each product
    python -m benchmarks.forecast envoy --servers 10000       one file

The weights are drawn with `--seed`; each server has an address of its own. Where the KiB a server stay level, memory grows with the file
and not faster: they are what a file takes beyond one with a pool of each algorithm.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from benchmarks.files import ENDINGS
from benchmarks.measure import Command, in_turn, machine

POISE = [sys.executable, "-m", "poise.cli"]
# Compiled, as all are installed.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
IN_A_POOL = 20
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
WEIGHTS = (1, 1, 2, 10)
ALGORITHMS = {
    "haproxy": ("roundrobin", "static-rr", "leastconn", "random", "source", "uri\n    hash-type consistent"),
    "nginx": ("", "least_conn;", "random two least_conn;", "ip_hash;", "hash $uri;", "hash $uri consistent;"),
    "envoy": ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV"),
}


def main() -> None:
    """Write, run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("product", nargs="*", choices=[*MADE, []], help="which [default: all]")
    parser.add_argument("--servers", type=int, nargs="+", default=SIZES, help="how many, in pools of 20 [default: 1,000 to 20,000]")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each, after one to warm up [default: 5]")
    parser.add_argument("--seed", type=int, default=1, help="of the weights [default: 1]")
    given = parser.parse_args()
    print(f"{machine()}, Python {sys.version.split()[0]}, medians of {given.runs} runs, pools of {IN_A_POOL} servers, seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="poise-bench-") as name:
        for product in given.product or MADE:
            measured(product, Path(name), given.servers, given.runs, given.seed)


def measured(product: str, folder: Path, sizes: tuple[int, ...], runs: int, seed: int) -> None:
    """Print one product's lines."""
    commands = []
    smallest = IN_A_POOL * len(ALGORITHMS[product])
    for servers in (smallest, *sizes):
        file = folder / f"{servers}.{ENDINGS[product]}"
        file.write_text(MADE[product](max(1, servers // IN_A_POOL), Random(f"{product}-{servers}-{seed}")))
        commands.append(Command(f"{servers}", [*POISE, "predict", str(file)], COMPILED))
    base, *figures = in_turn(commands, runs)
    print(f"\n{product:>10}{'servers':>14}{'wall':>10}{'cpu':>10}{'peak':>12}{'a server':>14}")
    for servers, each in zip(sizes, figures, strict=True):
        odd = sorted(each.codes - {0})
        rate = (each.peak - base.peak) * 1024 / max(1, servers - smallest)
        line = f"{servers:>24,}{each.wall:>8.2f} s{each.cpu:>8.2f} s{each.peak:>8.0f} MiB{rate:>10.1f} KiB"
        print(line + (f"   (exit code {', '.join(map(str, odd))})" if odd else ""), flush=True)


def _address(pool: int, server: int) -> str:
    return f"10.{pool // 250}.{pool % 250}.{server + 1}"


def haproxy(pools: int, dice: Random) -> str:
    """That many backends."""
    blocks = ["defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"]
    for pool in range(pools):
        lines = [f"backend p{pool}", f"    balance {_algorithm('haproxy', pool)}"]
        lines += [f"    server s{n} {_address(pool, n)}:80 check weight {dice.choice(WEIGHTS)}" for n in range(IN_A_POOL)]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def nginx(pools: int, dice: Random) -> str:
    """That many upstreams."""
    blocks = []
    for pool in range(pools):
        lines = [f"upstream p{pool} {{", f"    zone p{pool} 64k;", f"    {_algorithm('nginx', pool)}"]
        lines += [f"    server {_address(pool, n)}:80 weight={dice.choice(WEIGHTS)};" for n in range(IN_A_POOL)]
        blocks.append("\n".join([*(line for line in lines if line.strip()), "}", ""]))
    return "events {}\nhttp {\n" + "".join(blocks) + "}\n"


def envoy(pools: int, dice: Random) -> str:
    """That many clusters, the endpoints in the lines that most people write."""
    blocks = ["static_resources:\n  clusters:\n"]
    for pool in range(pools):
        blocks.append(
            f"  - name: p{pool}\n    connect_timeout: 1s\n    type: STATIC\n    lb_policy: {_algorithm('envoy', pool)}\n"
            f"    load_assignment:\n      cluster_name: p{pool}\n      endpoints:\n      - lb_endpoints:\n"
        )
        blocks += [
            f"        - load_balancing_weight: {dice.choice(WEIGHTS)}\n          endpoint:\n            address:\n"
            f"              socket_address:\n                address: {_address(pool, n)}\n                port_value: 80\n"
            for n in range(IN_A_POOL)
        ]
    return "".join(blocks)


def _algorithm(product: str, pool: int) -> str:
    return ALGORITHMS[product][pool % len(ALGORITHMS[product])]


MADE: Mapping[str, Callable[[int, Random], str]] = {"haproxy": haproxy, "nginx": nginx, "envoy": envoy}


if __name__ == "__main__":
    main()
