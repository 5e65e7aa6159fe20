"""The end of a drill: scored, told, written down, and exported as an incident."""

import json
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from poise.app.audit import AuditOptions, audit
from poise.app.drill_place import DIRECTOR, STACK, Start, named
from poise.app.explain import page_name
from poise.detectors import DETECTORS
from poise.drills.debrief import Debrief, debrief
from poise.drills.debrief_incident import events
from poise.drills.debrief_json import as_json
from poise.drills.debrief_page import page
from poise.drills.debrief_text import text
from poise.drills.events import Second
from poise.drills.scoring import Prevention, score
from poise.drills.state import State
from poise.lab.stack import PRODUCTS
from poise.model.drill import Course
from poise.reading.read import Sources
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError


@dataclass(frozen=True, slots=True)
class Ended:
    """All that the director knows when the drill is over. `texts` are the load balancer's file in health, under harm and after it all, and
    poise.toml (needs)."""

    start: Start
    state: State
    seconds: Sequence[Second]
    texts: Mapping[str, str]
    nonce: str
    head: str


def finish(ended: Ended) -> Debrief:
    """Writes debrief.txt, .json and .html, and the incident."""
    place, state = ended.start.place, ended.state
    alerts = tuple(page_name(each) for each in DETECTORS if state.course.answer.fault in each.faults)
    prevention = _prevention(ended, alerts)
    made = debrief(named(state.course.drill), state, score(state, ended.seconds, prevention), ended.seconds, typed(place), alerts)
    made = replace(made, seal=_seal(ended))
    incident = f"{state.began:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    try:
        with IncidentLog(Path(ended.start.store)) as log:
            log.append_all(incident, events(made))
    except (StoreError, OSError) as error:
        incident = f"not exported: {error}"
    document = {**as_json(made), "incident": incident}
    (place / "debrief.json").write_text(json.dumps(document, indent=1) + "\n")
    (place / "debrief.txt").write_text(text(made) + f"\nincident   poise incident show {incident}\n")
    (place / "debrief.html").write_text(page(made))
    return made


def _seal(ended: Ended) -> str:
    """How to see that neither the journal nor the answer was changed afterwards: the trainee may own these files too."""
    return (
        f"The last hash of {DIRECTOR}/journal.jsonl is {ended.head}. sealed.txt, written before the harm, is the SHA-256 of "
        f'"{ended.nonce} {answer_text(ended.state.course)}".'
    )


def answer_text(course: Course) -> str:
    """The answer as it is sealed."""
    return f"{course.answer.fault} in {course.answer.component}: {course.answer.said}"


def typed(place: Path) -> Sequence[tuple[datetime, str]]:
    """What was typed in the trainee's shell, each with its instant."""
    log = place / DIRECTOR / "commands.log"
    found = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        stamp, _, command = line.partition("\t")
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp):
            found.append((datetime.fromisoformat(stamp.replace("Z", "+00:00")), command))
    return found


def _prevention(ended: Ended, alerts: Collection[str]) -> Prevention:
    """The rules that speak of the file under harm and not of the one in health, and the alerts of the fault."""
    folder = ended.start.place / DIRECTOR / "files"
    found = {name: _rules(folder / name, ended) for name in ("health", "harm", "after")}
    caught = tuple(sorted(found["harm"] - found["health"]))
    return Prevention(ended.state.prevention, (*caught, *alerts), tuple(rule for rule in caught if rule in found["after"]))


def _rules(folder: Path, ended: Ended) -> set[str]:
    folder.mkdir(parents=True, exist_ok=True)
    path, needs = folder / PRODUCTS[ended.start.product].config, folder / "poise.toml"  # type: ignore[index]
    path.write_text(ended.texts[folder.name])
    needs.write_text(ended.texts["needs"])
    found = audit(Sources((str(path),)), AuditOptions(str(needs)), datetime.now(UTC).date())
    return {finding.rule for finding in found.findings}


def left_in(place: Path) -> list[int]:
    """Processes of the drill that still run: none, unless its director is alive."""
    file = place / DIRECTOR / "processes.json"
    pids = json.loads(file.read_text()) if file.exists() else []
    return [pid for pid in pids if str(place / STACK) in _works_in(pid)]


def _works_in(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cwd").readlink().as_posix()
    except OSError:
        return ""
