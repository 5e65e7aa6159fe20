"""Plays one drill with one seed through all that it must withstand: on one stack, harmed anew after each attempt.

    python -m poise.app.drill_certify DRILL SEED PRODUCT full|brief

One JSON object a line on stdout for each check.
"""

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from poise.app.drill_place import course_of, named
from poise.drills import certification
from poise.drills.certification import Certified
from poise.drills.director import step
from poise.drills.events import Asked, Do, Inspect, Restart, Restarted, Second
from poise.drills.leak_audit import apart_in_time, leaks
from poise.drills.state import Line, Pace, State
from poise.lab.drill.measures import measures
from poise.lab.drill.stage import Stage
from poise.lab.error import LabError
from poise.model.drill import Act, Attempt, Quality

PACE = Pace(hold=12.0, hold_again=8.0)
_CONTROL_SECONDS, _SETTLE_SECONDS, _BAND_SECONDS = 10.0, 12.0, 8.0
# A harm that was undone comes back this much later.
_RETURN_SECONDS = 10.0
# A loop that is called so much later than it asked for shows that the machine gives the stack no time: what is measured then says nothing.
_LATE_SECONDS, _MOST_TRIES = 0.25, 3
_DO_OVER = ("statement", "app", "rate", "wait", "move")
_LARGEST_FILE = 2_000_000


class Certifier:
    """`tell` receives each check as it is made."""

    def __init__(self, drill: str, seed: int, product: str, place: Path, tell: Callable[[Certified], None]) -> None:
        self._scenario, self._tell = named(drill), tell
        self.course = course_of(self._scenario, seed, product)
        (place / "private").mkdir()
        self._stage = Stage(self.course, place / "stack", place / "private", with_tools=True)
        self._seen: list[Second] = []
        self._late = 0.0

    async def run(self, brief: bool) -> None:
        """All checks; with `brief` the control, the symptom, doing nothing and the first fix. LabError where the stack fails."""
        watch = asyncio.create_task(self._watch())
        try:
            await self._play(brief)
        finally:
            watch.cancel()
            await self._stage.lab.stop()

    async def _play(self, brief: bool) -> None:
        stage, course = self._stage, self.course
        await stage.start()
        await asyncio.sleep(3.0)
        await self._told(self._control)
        await stage.prepare()
        await asyncio.sleep(2.0)
        await stage.harm(course.inject)
        await asyncio.sleep(_SETTLE_SECONDS)
        await self._told(self._symptom)
        if not brief:
            self._leaks()
            await self._told(self._clues)
            self._told_apart()
        await self._told(self._idle)
        await self._attempts(brief)

    async def _watch(self) -> None:
        """How late the loop is called, at the most."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.05
            await asyncio.sleep(0.05)
            self._late = max(self._late, loop.time() - due)

    async def _told(self, check: Callable[[], Awaitable[Sequence[Certified]]]) -> None:
        """The check, made again where it failed while the machine was too busy; what stays so is told with how late it was."""
        for left in reversed(range(_MOST_TRIES)):
            self._late = 0.0
            found = await check()
            starved = self._late > _LATE_SECONDS
            if all(each.passed for each in found) or not starved or not left:
                for each in found:
                    late = f" (starved: the machine was {self._late:.1f} s late)" if starved and not each.passed else ""
                    self._tell(Certified(each.what, each.passed, each.detail + late))
                return

    async def _control(self) -> Sequence[Certified]:
        return [certification.control(await self._success(_CONTROL_SECONDS))]

    async def _symptom(self) -> Sequence[Certified]:
        return [certification.symptom(self.course, await self._success(_BAND_SECONDS))]

    async def _clues(self) -> Sequence[Certified]:
        return certification.evidence(self.course, await measures(self._stage.lab))

    async def _idle(self) -> Sequence[Certified]:
        return [certification.idle(self.course, *await self._verified(Attempt("nothing", ())))]

    async def _attempts(self, brief: bool) -> None:
        course = self.course
        for attempt in course.fixes[: 1 if brief else None]:
            await self._told(partial(self._attempt, certification.fix, attempt))
        if brief:
            return
        for kind, attempts in (("shortcut", course.shortcuts), ("wrong turn", course.wrong_turns)):
            for attempt in attempts:
                await self._told(partial(self._attempt, partial(certification.not_a_fix, kind), attempt))

    async def _attempt(self, judge: Callable[[str, Quality, str], Certified], attempt: Attempt) -> Sequence[Certified]:
        try:
            return [judge(attempt.name, *await self._verified(attempt))]
        finally:
            await self._again(attempt)

    async def _again(self, attempt: Attempt) -> None:
        """The harm as it was before the attempt."""
        stage = self._stage
        for act in attempt.undo:
            await stage.hand.do(act)
        if any(act.kind == "choke" for act in attempt.acts):
            await stage.hand.do(Act("choke", values={"on": False}))
        stage.lab.config_path.write_text(stage.texts["harm"])
        await stage.lab.restart_balancer()
        await stage.harm([act for act in self.course.inject if act.kind in _DO_OVER])
        await asyncio.sleep(_RETURN_SECONDS)

    async def _verified(self, attempt: Attempt) -> tuple[Quality, str]:
        """What the director would find after the attempt, by the same road."""
        now = datetime.now(UTC)
        right = Line(now, "hypothesis", "", {"credit": "right"})
        self._state = State(self.course, PACE, now, "running", injected=now, paged=now, journal=(right,))
        for act in attempt.acts:
            if act.kind == "restart":
                await self._hear(Asked(datetime.now(UTC), "act", {"what": "restart", "target": act.target}))
            else:
                await self._stage.hand.do(act)
        await self._look()
        await self._hear(Asked(datetime.now(UTC), "check"))
        last, looked = datetime.now(UTC), datetime.now(UTC)
        while self._state.phase in ("holding", "restarting", "holding again"):
            await asyncio.sleep(0.3)
            for second in self._stage.clients.read():
                self._seen.append(second)
                last = datetime.now(UTC)
                await self._hear(second)
            now = datetime.now(UTC)
            if (now - last).total_seconds() > 2.5 and self._seen:
                last = now
                await self._hear(Second(now, self._seen[-1].requests, self._seen[-1].failures))
            if (now - looked).total_seconds() > 2:
                looked = now
                await self._look()
        return self._state.quality, self._state.of("verdict", "engine")[-1].text.partition(": ")[2]

    async def _look(self) -> None:
        for seen in await self._stage.eyes.look():
            await self._hear(seen)

    async def _hear(self, event: Asked | Second | Restarted | object) -> None:
        self._state, effects = step(self._state, event)  # type: ignore[arg-type]
        for effect in effects:
            match effect:
                case Do(acts, _):
                    for act in acts:
                        await self._stage.hand.do(act)
                case Inspect():
                    for seen in await self._stage.eyes.inspect():
                        await self._hear(seen)
                case Restart():
                    await self._restart()

    async def _restart(self) -> None:
        try:
            await self._stage.lab.restart_balancer()
        except LabError as error:
            await self._hear(Restarted(datetime.now(UTC), str(error)))
            return
        await self._stage.eyes.settle()
        await self._hear(Restarted(datetime.now(UTC)))

    async def _success(self, seconds: float) -> float | None:
        """Of the requests that end in so many seconds from now."""
        self._stage.clients.read()
        await asyncio.sleep(seconds)
        felt = self._stage.clients.read()
        self._seen += felt
        if len(felt) < 2 or felt[-1].requests <= felt[0].requests:
            return None
        return 1 - (felt[-1].failures - felt[0].failures) / (felt[-1].requests - felt[0].requests)

    def _leaks(self) -> None:
        folder = self._stage.lab.directory
        texts, times = {}, {}
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            if "database" in path.parts or not path.is_file() or path.is_symlink():
                continue
            with contextlib.suppress(OSError):
                texts[name] = path.read_text(errors="replace")[:_LARGEST_FILE]
            if path.suffix != ".log" and not path.name.startswith("prober"):
                times[name] = path.stat().st_mtime
        for process in self._stage.lab.processes:
            with contextlib.suppress(OSError):
                texts[f"ps {process.name}"] = (Path("/proc") / str(process.popen.pid) / "cmdline").read_text().replace("\0", " ")
        found = leaks(texts, (*self.course.spoilers, self.course.answer.said))
        said = "; ".join(f"{leak.word!r} in {leak.where}: {leak.line}" for leak in found[:3]) or f"{len(texts)} files and command lines"
        self._tell(Certified("nothing gives it away", not found, said))
        late = apart_in_time(times)
        self._tell(Certified("no file tells by its time", not late, ", ".join(late) or f"{len(times)} files"))

    def _told_apart(self) -> None:
        for name in self._scenario.alike:
            other = named(name)
            if self.course.tier.product in other.products:
                self._tell(certification.told_apart(self.course, course_of(other, self.course.seed, self.course.tier.product)))


def certify(drill: str, seed: int, product: str, brief: bool, tell: Callable[[Certified], None]) -> None:
    """One drill with one seed. What is wrong with the stack itself is told as a check that failed, and named as such."""
    place = Path(tempfile.mkdtemp(prefix="poise-certify-"))
    try:
        asyncio.run(Certifier(drill, seed, product, place, tell).run(brief))
    except LabError as error:
        tell(Certified("engine", False, str(error)))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main(words: Sequence[str]) -> int:
    """The lane's process: 0 all passed, 1 not."""
    drill, seed, product, extent = words
    passed = []

    def tell(check: Certified) -> None:
        passed.append(check.passed)
        sys.stdout.write(json.dumps({"drill": drill, "seed": int(seed), "product": product, **asdict(check)}) + "\n")
        sys.stdout.flush()

    certify(drill, int(seed), product, extent == "brief", tell)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
