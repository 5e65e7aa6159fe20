"""Where drills are kept, and how to speak with the one that runs."""

import json
import os
import random
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from poise.app.incident import store_path
from poise.drills.scenario import Scenario
from poise.drills.scenarios import SCENARIOS, scenario
from poise.drills.state import Pace
from poise.model.drill import Course

STACK, DIRECTOR, SOCKET, CURRENT = "stack", "director", "ask.sock", "current"
_LONGEST_ANSWER_SECONDS = 90.0


class DrillError(Exception):
    """It could not be done: what, and what to do."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a drill is started with. `store` is the incident store that it is exported to."""

    drill: str
    seed: int
    product: str
    directory: str
    store: str
    with_tools: bool = True
    pace: Mapping[str, float] = field(default_factory=lambda: asdict(Pace()))

    @property
    def place(self) -> Path:
        """Its folder."""
        return Path(self.directory)


def named(name: str) -> Scenario:
    """The drill of that id. DrillError with the ids that there are."""
    found = scenario(name)
    if found is None:
        raise DrillError(
            f"there is no drill {name!r}; there are {', '.join(each.id for each in SCENARIOS)}: `poise drill list` tells of them"
        )
    return found


def course_of(found: Scenario, seed: int, product: str) -> Course:
    """The drill as the seed makes it: the same on any machine."""
    if product not in found.products:
        raise DrillError(f"{found.id} is played on {' or '.join(found.products)}, not on {product}")
    return found.course(random.Random(f"{seed} {found.id} {product}"), seed, product)  # noqa: S311 - repeatable on purpose


def home() -> Path:
    """The folder of all drills, in poise's state folder."""
    return store_path().parent / "drills"


def fresh(name: str, directory: Path | None) -> Path:
    """A folder for a new drill. DrillError where something is there already."""
    place = (directory or home() / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}").absolute()
    if place.exists() and any(place.iterdir()):
        raise DrillError(f"{place} is not empty: a drill has a folder of its own, name another with --directory")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    (place / DIRECTOR).mkdir(mode=0o700)
    return place


def remember(place: Path) -> None:
    """Later commands mean this drill where they name none."""
    home().mkdir(parents=True, exist_ok=True)
    (home() / CURRENT).write_text(f"{place}\n")


def current(directory: Path | None) -> Path:
    """The drill that is meant: the one given, else the last one that was started. DrillError where there is none."""
    if directory is not None:
        if not (directory / DIRECTOR).is_dir():
            raise DrillError(f"{directory} is no drill's folder: it has no {DIRECTOR}/ in it")
        return directory.absolute()
    pointer = home() / CURRENT
    if not pointer.exists() or not (place := Path(pointer.read_text().strip())).is_dir():
        raise DrillError("no drill was started yet: `poise drill list` shows them, `poise drill start ID` begins one")
    return place


def ask(place: Path, command: str, **words: object) -> Mapping[str, Any]:
    """One command to the director; its answer: text, code, phase. DrillError where none listens."""
    # A path of Unix sockets holds 108 bytes: from inside the folder it is always short.
    folder = os.open(place, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_LONGEST_ANSWER_SECONDS)
            line.connect(f"/proc/self/fd/{folder}/{SOCKET}")
            line.sendall(json.dumps({"command": command, **words}).encode() + b"\n")
            said = b""
            while part := line.recv(65536):
                said += part
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise DrillError(f"the drill in {place} does not run; `poise drill debrief` tells how it ended") from error
    except OSError as error:
        raise DrillError(f"the drill in {place} does not answer ({error.strerror or error})") from error
    finally:
        os.close(folder)
    try:
        answer: Mapping[str, Any] = json.loads(said)
    except ValueError as error:
        raise DrillError(f"the drill in {place} gave no answer to {command!r}; `poise drill status` tells whether it still runs") from error
    return answer
