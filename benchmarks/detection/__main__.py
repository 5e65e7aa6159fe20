"""Seconds from a fault in a real stack to the alert that names it.

    python -m benchmarks.detection --product haproxy --case weights-80 --runs 20 --lanes 6 --results FILE.jsonl

`--lanes` stacks run side by side, those of 1,000 requests/s alone after all others: a stack of 80 requests/s takes a tenth of a core
with its clients, its servers and its watch, one of 1,000 half a core and more while clients wait.

A line of FILE is one run: clients are served and no alert fires for 15 s, then the fault is made at a random moment of a look's second.
Counted from the moment that the load balancer has taken it (its reload returned) to the end of the turn in which the alert began to fire;
then it is repaired, and the next run waits for health again, 90 s at most, and then on a new stack (`tries`). A run that is in FILE
already is not made again. Without --product or --case all are measured. Exit 1 if fewer than 19 of 20 runs of a case were within its limit
with the right words, or a stack could not be run. Beside each time stand the machine's load and how much of its processors was in use, and
the longest time between two looks until the alert.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.detection.cases import ALL, CASES, NEEDS, Case
from benchmarks.detection.processors import Processors
from benchmarks.detection.stack import Stack, unchanged
from poise.lab.error import LabError
from poise.lab.plan import LabPlan
from poise.lab.product import ProductName

HEALTHY_SECONDS, PATIENCE_SECONDS, WAIT_SECONDS = 15.0, 90.0, 60.0
TRIES = 3
ENOUGH = 0.95
# With more clients than that a stack has the machine for itself.
LIGHT_RATE = 100.0
Group = tuple[ProductName, str, Sequence[int]]


async def measure(stack: Stack, case: Case, draw: random.Random, healthy: float = HEALTHY_SECONDS) -> dict[str, Any]:
    """One run."""
    watch = stack.watch
    known = len(watch.effects)
    if not await stack.healthy(healthy, PATIENCE_SECONDS):
        return {"error": f"never healthy: {', '.join(watch.active)}", "healthy_effects": watch.effects[known:]}
    await stack.until(lambda: False, draw.uniform(0.0, 1.0))
    before, sent, turns = len(watch.effects), await stack.sent(), len(watch.took)
    processors, began = Processors(), time.time()
    await case.inject(stack)
    taken = time.time()

    def found() -> dict[str, Any] | None:
        return next((e for e in watch.effects[before:] if e["kind"] in ("firing", "worse") and case.right(e, stack)), None)

    await stack.until(lambda: found() is not None, WAIT_SECONDS)
    busy = processors.busy()
    rate = (await stack.sent() - sent) / (time.time() - began)
    alert = found()
    # The look before the fault is the one that the first interval is counted from.
    looks = watch.ended[max(turns - 1, 0) :]
    fired = [f"{e['detector']} {e['component']}: {e['summary']} ({e['reason']})" for e in watch.effects[before:] if e["kind"] == "firing"]
    await case.repair(stack)
    return {
        "seconds": None if alert is None else round(alert["at"] - taken, 3),
        "since_injection": None if alert is None else round(alert["at"] - began, 3),
        "alert": None if alert is None else f"{alert['component']}: {alert['summary']}",
        "reason": None if alert is None else alert["reason"],
        "page": None if alert is None else alert["page"],
        "fired": fired,
        "pages_before": [e["summary"] for e in watch.effects[known:before] if e["kind"] == "firing" and e["page"]],
        "requests_per_second": round(rate, 1),
        "longest_turn_seconds": round(max(watch.took[turns:], default=0.0), 3),
        "longest_gap_seconds": round(max((later - one for one, later in pairwise(looks)), default=0.0), 3),
        "at": round(began, 1),
        "load": round(os.getloadavg()[0], 1),
        "busy_ratio": round(busy, 2),
        "could_not": list(watch.could_not),
    }


async def runs(product: ProductName, name: str, numbers: Sequence[int], results: Path) -> None:
    """These runs of one case, on one stack. Where a run could not begin, the next try has a new stack: clients that a busy machine left far
    behind their rate do not catch up, and hold all connections meanwhile."""
    left, tries = list(numbers), 0
    while left:
        async with _stack(product, name) as stack:
            while left:
                told = await measure(stack, CASES[name], random.Random(f"{product} {name} {left[0]}"))
                said = told.get("alert") or told.get("error") or told["fired"]
                print(f"{product} {name} {left[0]}: {told.get('seconds')} s {said}", flush=True)
                tries += 1
                if "error" in told and tries < TRIES:
                    break
                with results.open("a") as file:
                    file.write(json.dumps({"product": product, "case": name, "run": left.pop(0), "tries": tries, **told}) + "\n")
                tries = 0


@asynccontextmanager
async def _stack(product: ProductName, name: str) -> AsyncIterator[Stack]:
    case = CASES[name]
    plan = LabPlan(seed=ALL.index(product) * 40 + list(CASES).index(name), slots=case.slots, service_ms=case.service_ms, rate=case.rate)
    with tempfile.TemporaryDirectory(prefix="poise-detect-") as directory:
        stack = Stack(Path(directory), product, plan, NEEDS, case.files.get(product, unchanged))
        stack.watch.aftermath = case.aftermath
        try:
            await stack.start()
            yield stack
        finally:
            await stack.stop()


async def side_by_side(groups: Sequence[Group], lanes: int, results: Path) -> bool:
    """All of these, so many light ones at once and then the others one by one; whether each stack could be run."""
    room = asyncio.Semaphore(lanes)

    async def one(group: Group) -> bool:
        async with room:
            try:
                await runs(*group, results)
            except LabError as error:
                print(f"{group[0]} {group[1]}: {error}", file=sys.stderr, flush=True)
                return False
            return True

    light = [group for group in groups if CASES[group[1]].rate <= LIGHT_RATE]
    went = await asyncio.gather(*(one(group) for group in light))
    for group in groups:
        if group not in light:
            went.append(await one(group))
    return all(went)


def table(told: list[dict[str, Any]]) -> bool:
    """What came out, by product and case; whether all promises were kept."""
    kept = True
    for product, name in dict.fromkeys((t["product"], t["case"]) for t in told):
        group = [t for t in told if (t["product"], t["case"]) == (product, name)]
        case = CASES[name]
        seconds = sorted(t["seconds"] for t in group if t.get("seconds") is not None)
        within = sum(s <= case.seconds for s in seconds)
        kept &= within >= ENOUGH * len(group)
        rates = [t["requests_per_second"] for t in group if "requests_per_second" in t]
        middle, worst = (f"{median(seconds):.2f}", f"{seconds[-1]:.2f}") if seconds else ("never", "never")
        limit = f"{case.seconds:g} s" + ("" if case.promised else " (none is promised)")
        loads = [t.get("load", 0.0) for t in group]
        print(
            f"{product:<8} {name:<15} median {middle} worst {worst} s, {within} of {len(group)} within {limit};"
            f" from the command on {_span([t['since_injection'] for t in group if t.get('since_injection') is not None])};"
            f" {median(rates) if rates else 0:.0f} requests/s, load {median(loads):.0f} to {max(loads):.0f},"
            f" pages without a fault {sum(len(t.get('pages_before', ())) for t in group)}"
        )
    return kept


def _span(seconds: list[float]) -> str:
    return f"median {median(seconds):.2f} worst {max(seconds):.2f} s" if seconds else "never"


def main() -> None:
    """Measure what is not in the file yet, and table all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--product", action="append", choices=ALL)
    parser.add_argument("--case", action="append", choices=tuple(CASES))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--results", type=Path, required=True)
    chosen = parser.parse_args()
    groups: list[Group] = []
    for name in chosen.case or CASES:
        for product in chosen.product or ALL:
            if product not in CASES[name].products:
                continue
            done = {t["run"] for t in read(chosen.results) if (t["product"], t["case"]) == (product, name)}
            left = [number for number in range(chosen.runs) if number not in done]
            if left:
                groups.append((product, name, left))
    went = asyncio.run(side_by_side(groups, max(1, chosen.lanes), chosen.results))
    wanted = [t for t in read(chosen.results) if t["product"] in (chosen.product or ALL) and t["case"] in (chosen.case or CASES)]
    kept = table(wanted)
    sys.exit(not (kept and went))


def read(results: Path) -> list[dict[str, Any]]:
    """The runs that were made."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


if __name__ == "__main__":
    main()
