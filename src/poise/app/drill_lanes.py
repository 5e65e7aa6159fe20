"""Certifies several drills side by side, each in a process of its own."""

import asyncio
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from poise.app.drill_place import DrillError, named
from poise.drills.scenarios import SCENARIOS

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One drill with one seed on one product. `brief`: the control, the symptom, doing nothing and one fix."""

    drill: str
    seed: int
    product: str
    brief: bool


def jobs(drills: Sequence[str], seeds: Iterable[int], brief: Iterable[int], product: str | None = None) -> Sequence[Job]:
    """All of them, or those named, on every product that they are played on. DrillError for a drill or a product that is none."""
    chosen = [named(drill) for drill in drills] or list(SCENARIOS)
    full, short = list(seeds), list(brief)
    made = [
        Job(each.id, seed, one, seed not in full)
        for each in chosen
        for one in each.products
        if product in (None, one)
        for seed in dict.fromkeys((*full, *short))
    ]
    if not made:
        raise DrillError("nothing to certify: no seed was given, or no drill named here is played on that product")
    return made


def seeds_of(text: str) -> Sequence[int]:
    """`1-3,7` as 1, 2, 3, 7; nothing for an empty text. DrillError for what is no number."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (not dash or last.isdecimal())):
            raise DrillError(f"{text!r} are no seeds: write them as 1-3,7")
        found += range(int(first), int(last or first) + 1)
    return found


def certify(todo: Sequence[Job], lanes: int, results: Path | None, tell: Tell) -> int:
    """Plays them in so many lanes; how many checks failed. Each check goes as a line of JSON into `results`."""
    with results.open("a") if results is not None else io.StringIO() as file:
        return asyncio.run(_all(todo, lanes, file, tell))


async def _all(todo: Sequence[Job], lanes: int, file: TextIO, tell: Tell) -> int:
    gate = asyncio.Semaphore(lanes)

    async def one(job: Job) -> int:
        async with gate:
            return await _one(job, file, tell)

    return sum(await asyncio.gather(*(one(job) for job in todo)))


async def _one(job: Job, file: TextIO, tell: Tell) -> int:
    extent = "brief" if job.brief else "full"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "poise.app.drill_certify", job.drill, str(job.seed), job.product, extent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    failed = made = 0
    async for line in process.stdout:
        check = json.loads(line)
        made += 1
        failed += not check["passed"]
        file.write(line.decode())
        file.flush()
        tell(_words(check))
    said = (await process.stderr.read()).decode(errors="replace").strip()
    if await process.wait() not in (0, 1) or not made:
        tell(f"FAILED {job.drill} seed {job.seed} {job.product}: engine error: {said.splitlines()[-1] if said else 'it said nothing'}")
        return failed + 1
    return failed


def _words(check: Mapping[str, Any]) -> str:
    sign = "ok    " if check["passed"] else "FAILED"
    return f"{sign} {check['drill']:<5}seed {check['seed']} {check['product']:<8}{check['what']}: {check['detail']}"
