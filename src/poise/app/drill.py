"""What `poise drill` does: starts a director, speaks with it, tells how it ended."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from poise.app.drill_debrief import left_in
from poise.app.drill_place import DIRECTOR, STACK, DrillError, Start, ask, course_of, current, fresh, named, remember
from poise.app.incident import store_path
from poise.drills.scenarios import SCENARIOS
from poise.drills.state import Pace

Form = Literal["text", "json", "html"]
_POLL_SECONDS, _TELL_SECONDS = 0.25, 15.0
# Under load a stack of six programs takes its time.
_START_SECONDS, _END_SECONDS = 120.0, 60.0


def listing() -> str:
    """All drills: id, difficulty, products, the page that one gets."""
    return "".join(f"{s.id:<5} {'*' * s.difficulty:<6}{', '.join(s.products):<16}{s.title}\n" for s in SCENARIOS)


def begin(
    drill: str, seed: int | None, product: str | None, *, with_tools: bool, directory: Path | None, store: Path | None, minutes: float,
    pace: Pace | None = None,
) -> Path:  # fmt: skip
    """Starts a director in a process of its own; returns the drill's folder when its stack is up. DrillError where it cannot."""
    found = named(drill)
    chosen = product or found.products[0]
    number = secrets.randbelow(1_000_000) if seed is None else seed
    course_of(found, number, chosen)
    place = fresh(found.id, directory)
    asked = asdict(pace or Pace(limit=minutes * 60))
    start = Start(found.id, number, chosen, str(place), str(store_path(store)), with_tools, asked)
    file = place / DIRECTOR / "start.json"
    file.write_text(json.dumps(asdict(start)))
    file.chmod(0o600)
    # In a session of its own: Ctrl-C in the trainee's terminal, or its end, does not end the drill.
    with (place / DIRECTOR / "director.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "poise.app.drill_director", str(place)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    _until_up(place, process)
    if directory is None:
        remember(place)
    return place


def _until_up(place: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    try:
        while time.monotonic() < deadline:
            try:
                ask(place, "status")
                return
            except DrillError:
                time.sleep(_POLL_SECONDS)
            if process.poll() is not None:
                failed = place / DIRECTOR / "failed.txt"
                reason = failed.read_text().strip() if failed.exists() else f"see {place / DIRECTOR / 'director.log'}"
                raise DrillError(f"the drill was not started: {reason}")
        process.terminate()
        raise DrillError(
            f"the stack was not up within {_START_SECONDS:.0f} s; is the machine overloaded? See {place / DIRECTOR / 'director.log'}"
        )
    except KeyboardInterrupt:
        process.terminate()
        raise


def until(
    place: Path, done: Callable[[Mapping[str, Any]], bool], tell: Callable[[str], None] = lambda text: None
) -> Mapping[str, Any] | None:
    """Asks for the status until that is so; None when the drill has ended. `tell` gets the status now and then."""
    phase, told_at = "", 0.0
    while True:
        try:
            answer = ask(place, "status")
        except DrillError:
            return None
        if done(answer):
            return answer
        if answer["phase"] != phase or time.monotonic() >= told_at + _TELL_SECONDS:
            phase, told_at = answer["phase"], time.monotonic()
            tell(answer["text"])
        time.sleep(_POLL_SECONDS * 4)


def running() -> Path | None:
    """The folder of the drill that was started last, while it runs."""
    try:
        place = current(None)
    except DrillError:
        return None
    return place if _alive(place) else None


def stop(place: Path, command: Literal["abort", "leave"]) -> list[int]:
    """Ends the drill and waits until its director is gone; the processes that are left, which should be none."""
    ask(place, command)
    _wait(place)
    return left_in(place)


def _alive(place: Path) -> bool:
    try:
        pid = int((place / DIRECTOR / "director.pid").read_text())
        state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and str(place) in (Path("/proc") / str(pid) / "cmdline").read_text()
    except (OSError, ValueError):
        return False


def told(place: Path, form: Form) -> str:
    """The debrief of a drill that ended; one that runs is ended by it. DrillError where there is none."""
    if _alive(place):
        try:
            stop(place, "leave")
        except DrillError:
            _wait(place)
    file = place / f"debrief.{ {'text': 'txt'}.get(form, form) }"
    if not file.exists():
        raise DrillError(f"there is no debrief in {place}: the drill broke off; see {place / DIRECTOR / 'director.log'}")
    return file.read_text()


def _wait(place: Path) -> None:
    deadline = time.monotonic() + _END_SECONDS
    while _alive(place) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def solved(place: Path) -> bool:
    """Whether it ended with a durable fix."""
    file = place / "debrief.json"
    return file.exists() and json.loads(file.read_text())["score"]["fix"] == "durable"


def shell(place: Path) -> int:
    """The trainee's shell: what is typed in it is noted with its time, for the debrief. Its exit code."""
    return subprocess.call(
        ["bash", "--rcfile", str(place / STACK / ".shell"), "-i"], cwd=place / STACK, env={**os.environ, "HISTCONTROL": ""}
    )


__all__ = ["DIRECTOR", "STACK", "DrillError", "Form", "ask", "begin", "current", "listing", "shell", "solved", "stop", "told", "until"]
