"""One program's pools, drawn, asked and forecast."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from tests.conformance.asked import predicted
from tests.conformance.draws import envoy, haproxy, nginx
from tests.conformance.judged import Measured
from tests.conformance.pipelined import ask_in_turn
from tests.conformance.pool import Drawn, KeyedBy, keys, needs_of, request
from tests.conformance.running import Addresses, Binary, addresses, minor, running, upstreams
from tests.conformance.under_load import Pool, ask_all, serving

Forecasts = Mapping[str, Mapping[str, Any]]
DRAWS: Mapping[str, ModuleType] = {"haproxy": haproxy, "nginx": nginx, "envoy": envoy}
# Connections that idle pools are asked over, so that every worker of two has some.
CONNECTIONS = 4
FEW = 2
KEYED: tuple[KeyedBy, ...] = ("target", "value", "address")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: `pools` of each algorithm, `requests` to each that depends on no load, `under_load` to each that does."""

    seed: int = 1
    pools: int = 4
    requests: int = 5000
    under_load: int = 5000


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is up, and the pools in its file."""

    product: str
    binary: Binary
    folder: Path
    pools: Sequence[Drawn]

    @property
    def file(self) -> Path:
        return self.folder / ("envoy.yaml" if self.product == "envoy" else f"{self.product}.conf")


@contextmanager
def up(product: str, binary: Binary, plan: Plan, at: Addresses, loaded: bool) -> Iterator[Program]:
    """The program with its idle pools, of two workers, or with those under load, of one."""
    chance = Random(f"{plan.seed} {product} {minor(binary)}")
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        folder = Path(name)
        workers = 1 if loaded else 2
        pools = [p for p in DRAWS[product].drawn(chance, at, folder, plan.pools) if (p.kind == "by load") == loaded]
        with running(binary, folder, DRAWS[product].configuration(pools, at, folder, workers), workers):
            yield Program(product, binary, folder, pools)


def idle(product: str, binary: Binary, plan: Plan) -> list[Measured]:
    """Pools whose shares depend on no load: dealt in turn, drawn by chance, or by key."""
    found: list[Measured] = []
    with ExitStack() as stack:
        at = stack.enter_context(addresses())
        if product != "haproxy":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pu")))
            stack.enter_context(upstreams(folder, at.at_once))
        program = stack.enter_context(up(product, binary, plan, at, loaded=False))
        asked = {k: keys(k, plan.requests, Random(f"{plan.seed} {k}")) for k in KEYED}
        answers: dict[str, Counter[int | None]] = {}
        for pool in program.pools:
            requests = [request(pool.keyed_by, key) for key in asked[pool.keyed_by]]
            # A worker of Envoy begins at a place of its own: two of them are dealt exactly, each by itself.
            answers[pool.name] = Counter(ask_in_turn(program.folder / f"{pool.name}.sock", requests, CONNECTIONS))
        plain = predicted(binary, program.folder, program.file, plan.requests)
        by_keys = {
            k: predicted(binary, program.folder, program.file, plan.requests, keys=asked[k])
            for k in KEYED
            if any(pool.kind == "by key" and pool.keyed_by == k for pool in program.pools)
        }
    for pool in program.pools:
        if pool.kind != "by key":
            found.append(_measured(pool, pool.algorithm, plain, answers[pool.name]))
            continue
        found.append(_measured(pool, f"{pool.algorithm}, keys given", by_keys[pool.keyed_by], answers[pool.name]))
        found.append(_unkeyed(product, pool, plain, answers[pool.name]))
    return found


def under_load(programs: Sequence[tuple[str, Binary]], plan: Plan) -> tuple[list[tuple[str, Binary, list[Measured]]], float]:
    """Pools whose shares depend on it: those of all programs side by side. And how many ms a request takes beside what its server does."""
    with ExitStack() as stack:
        at = stack.enter_context(addresses())
        started = [stack.enter_context(up(product, binary, plan, at, loaded=True)) for product, binary in programs]
        pools: dict[tuple[int, str], Pool] = {}
        for n, program in enumerate(started):
            for drawn in program.pools:
                assert drawn.demand is not None
                name = f"{n}-{drawn.name}"
                pools[n, drawn.name] = Pool(name, program.folder / f"{drawn.name}.sock", drawn.demand, plan.under_load)

        async def ask() -> None:
            async with serving(at.delayed, list(pools.values()), plan.seed):
                await ask_all(list(pools.values()))

        asyncio.run(ask())
        found = []
        for n, program in enumerate(started):
            forecast = predicted(program.binary, program.folder, program.file, plan.under_load, needs_of(program.pools))
            measured = [_measured(drawn, drawn.algorithm, forecast, pools[n, drawn.name].counts) for drawn in program.pools]
            found.append((program.product, program.binary, measured))
        return found, _late(list(pools.values()))


def _late(pools: Sequence[Pool]) -> float:
    """Milliseconds by which a request takes longer than its server, where none waits for another: with one or two clients."""
    alone = [pool for pool in pools if pool.demand.clients <= FEW and len(set(pool.demand.service_ms.values())) == 1]
    each = [1000 * pool.seconds * pool.demand.clients / pool.counts.total() - min(pool.demand.service_ms.values()) for pool in alone]
    return sum(each) / len(each) if each else 0.0


def _unkeyed(product: str, pool: Drawn, forecast: Forecasts, counts: Counter[int | None]) -> Measured:
    """Against the forecast without keys. What nginx hashes again may go to one server alone, which the forecast knows: by its own error."""
    again = product == "nginx" and pool.algorithm == "hash" and any(m.off for m in pool.members)
    row = f"{pool.algorithm}, some down" if again else pool.algorithm
    stated = {server["server"]: server["error"] for server in forecast[pool.name]["servers"]} if again else {}
    return replace(_measured(pool, row, forecast, counts), kind="by chance", stated=stated)


def _measured(pool: Drawn, row: str, forecast: Forecasts, counts: Counter[int | None]) -> Measured:
    said = {server["server"]: server["share"] for server in forecast[pool.name]["servers"]}
    answered = counts.total() - counts[None]
    shares = {pool.names[n]: count / max(answered, 1) for n, count in counts.items() if n is not None}
    return Measured(pool, row, pool.kind, said, shares, counts.total(), counts[None] / max(counts.total(), 1))
