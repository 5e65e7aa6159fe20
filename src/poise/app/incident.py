"""What `poise incident` does: reads the store, appends to it, and writes the incident in the form that was asked for."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from poise.app.nearby_stores import nearby_stores
from poise.incidents import log_event
from poise.incidents.found import Hit
from poise.incidents.lifecycle import fold, hypothesis_ids
from poise.incidents.log_event import LogEvent
from poise.incidents.log_response import hypothesis_owner
from poise.incidents.summary import Summary
from poise.model.diagnosis import Diagnosis
from poise.model.fault import LAYERS, Layer
from poise.model.incident import EntryKind, HypothesisState, Incident, TimeName, TimeSource
from poise.model.plan import Plan
from poise.model.sample import Stack, Window
from poise.store.incident_finder import IncidentFinder
from poise.store.incident_log import IncidentLog

ExportFormat = Literal["json", "html", "svg", "markdown", "text"]
# A beginning that means more than so many means none.
MOST_NAMED = 20
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)


class IncidentError(Exception):
    """It could not be done: what, and what to do."""


def some(words: str, what: str, where: str = "behind the incident's id") -> str:
    """These words, unless there are none in them: then IncidentError."""
    if not words.strip():
        raise IncidentError(f"{what} is empty: nothing was kept; write it {where}")
    return words


def store_path(given: Path | None = None) -> Path:
    """The store that was given, else POISE_STORE, else incidents.db in poise's folder of the XDG state home."""
    chosen = os.environ.get("POISE_STORE")
    if given is not None or chosen:
        return given or Path(str(chosen))
    state = os.environ.get("XDG_STATE_HOME")
    # The XDG base directory specification: a relative path there is to be ignored.
    base = Path(state) if state and Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "poise" / "incidents.db"


def every(store: Path) -> tuple[Incident, ...]:
    """All incidents, the one opened last first."""
    with existing(store) as log:
        return tuple(fold(log.events(i), i) for i in log.list(opened=True))


def summaries(store: Path, most: int | None = None) -> tuple[Summary, ...]:
    """A line of each, the one opened last first, of so many."""
    with existing(store) as log:
        return log.summaries(most)


def search(store: Path, words: str, most: int) -> tuple[Hit, ...]:
    """The newest events that say all these words."""
    with existing(store) as log:
        return log.search(words, most)


def one(store: Path, incident_id: str) -> Incident:
    """The incident of that id, of an unambiguous beginning of one, or the newest for "last". Raises IncidentError."""
    with existing(store) as log:
        found = resolve(log, incident_id)
        return fold(log.events(found), found)


def history(store: Path, incident_id: str) -> tuple[tuple[int, LogEvent], ...]:
    """The log itself, with every correction, by sequence number."""
    with existing(store) as log:
        return log.numbered(resolve(log, incident_id))


def new_id(at: datetime) -> str:
    """The instant orders a list for people; the random part keeps two of one second apart."""
    return f"{at.astimezone(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def open_incident(store: Path, title: str, severity: str, at: datetime, now: datetime, who: str, about: Sequence[str] = ()) -> str:
    """Opens an incident by hand; returns its id. `about` are the components that it concerns, as `pool web`."""
    some(title, "the title", "behind `open`")
    with IncidentFinder(store) as log:
        incident_id = new_id(at)
        first = log_event.opened(at, now, who, title, severity, origin="hand", about=about)
        log.append_all(incident_id, (first, log_event.observed_time("detected", at, now, who, "stated")))
        return incident_id


def note(store: Path, incident_id: str, kind: EntryKind, text: str, at: datetime, now: datetime, who: str) -> str:
    """Adds a line to the timeline, backdated where `at` is before `now`. Returns the incident's id."""
    return append(store, incident_id, (log_event.entry(kind, at, now, who, some(text, "the note")),))


def set_time(
    store: Path, incident_id: str, name: TimeName, at: datetime, basis: TimeSource, now: datetime, who: str, zone: str | None = None
) -> str:
    """Sets or corrects one of the six instants, read from a clock of that zone; the log keeps what it was before."""
    return append(store, incident_id, (log_event.observed_time(name, at, now, who, basis, zone),))


def hypothesis(
    store: Path,
    incident_id: str,
    words: str,
    layer: str | None,
    state: HypothesisState,
    at: datetime,
    now: datetime,
    who: str,
    owner: str | None = None,
) -> str:
    """Opens a hypothesis, or moves one that is on the board, named by its number there, its statement, or its id. Returns its id.

    `owner` is the team that pursues it; without it that stays.
    """
    some(words, "the hypothesis")
    with existing(store) as log:
        found = resolve(log, incident_id)
        events = log.events(found)
        ids = hypothesis_ids(events)
        key = known(words, fold(events, found), ids, events)
        new: list[LogEvent] = []
        if key is None:
            if layer is None:
                raise IncidentError(f"a new hypothesis needs its layer: --layer with one of {', '.join(LAYERS)}")
            # Two who open one at the same moment open two.
            key = f"h{secrets.token_hex(3)}"
            new.append(log_event.hypothesis_opened(key, words, layer_of(layer), at, now, who, owner=owner))
        elif owner is not None:
            new.append(hypothesis_owner(key, owner, at, now, who))
        if state in ("ruled_out", "confirmed"):
            new.append(log_event.hypothesis_closed(key, state, at, now, who))
        elif not new or state == "supported":
            new.append(log_event.hypothesis_evidence(key, (), at, now, who, state))
        log.append_all(found, new)
        return key


def close(store: Path, incident_id: str, at: datetime, now: datetime, who: str) -> Incident:
    """Closes an incident; where nobody said when it was resolved, that is now said to be `at` (estimated)."""
    with existing(store) as log:
        found = resolve(log, incident_id)
        incident = fold(log.events(found), found)
        new = [log_event.status("closed", at, now, who), log_event.entry("milestone", at, now, who, "Incident closed")]
        if "resolved" not in incident.times:
            new.insert(0, log_event.observed_time("resolved", at, now, who, "estimated"))
        log.append_all(found, new)
        return fold(log.events(found), found)


@dataclass(frozen=True, slots=True)
class Material:
    """What stands beside the log: the recorded samples, and what was made of them."""

    window: Window | None = None
    diagnosis: Diagnosis | None = None
    plan: Plan | None = None


def material(recording: Path | None) -> Material:
    """A recording's window, its diagnosis and its plan; nothing without one. Raises IncidentError where it cannot be read."""
    if recording is None:
        return Material()
    if not recording.is_dir():
        raise IncidentError(f"could not read the recording {recording}: it is no folder; name one that `poise watch --record` wrote")
    from poise.app.diagnose_recording import read_recording  # noqa: PLC0415 - only for those who bring a recording
    from poise.diagnosis.engine import diagnose  # noqa: PLC0415
    from poise.faults import plan_for  # noqa: PLC0415

    window = read_recording(recording)
    diagnosis = diagnose(window)
    plan = plan_for(diagnosis.best, window) if diagnosis.verdict == "fault" else None
    return Material(window, diagnosis, plan)


def exported(incident: Incident, form: ExportFormat, given: Material, now: datetime) -> str:
    """The incident as JSON, a page, a picture, a postmortem or text."""
    window = given.window or Window(Stack(), now)
    if form == "json":
        from poise.report.incident_json import incident_json  # noqa: PLC0415

        return incident_json(incident, now) + "\n"
    if form == "text":
        from poise.report.incident_text import incident_text  # noqa: PLC0415

        return incident_text(incident, now)
    if form == "svg":
        from poise.report.svg_balance import svg  # noqa: PLC0415

        return svg(incident, window) + "\n"
    from poise.incidents.postmortem import markdown  # noqa: PLC0415

    text = markdown(incident, given.window, given.diagnosis, given.plan)
    if form == "markdown":
        return text
    from poise.report.incident_page import html  # noqa: PLC0415

    return html(incident, window, given.diagnosis, given.plan, text)


def existing(store: Path) -> IncidentFinder:
    """Reading and adding need a store that is there: an empty one made by a mistyped path would say that all is well."""
    if not store.exists():
        near = nearby_stores(store, store_path())
        raise IncidentError(
            f"there is no incident store at {store}: name it with --store or POISE_STORE, or open an incident first; {near}"
        )
    return IncidentFinder(store)


def append(store: Path, incident_id: str, events: Sequence[LogEvent]) -> str:
    """Appends to the incident; gives its whole id."""
    with existing(store) as log:
        found = resolve(log, incident_id)
        log.append_all(found, events)
        return found


def resolve(log: IncidentLog, incident_id: str) -> str:
    """The whole id that this, its beginning or "last" means. Raises IncidentError."""
    newest = log.list(opened=True, most=1) if incident_id == "last" else ()
    if newest:
        return newest[0]
    matching = log.list(beginning=incident_id, most=MOST_NAMED) if incident_id else ()
    if incident_id in matching:
        return incident_id
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise IncidentError(f"{incident_id} begins several incidents: {', '.join(matching)}; write more of it")
    raise IncidentError(f"there is no incident {incident_id} in {log.path}; `poise incident list` shows all")


def known(words: str, incident: Incident, ids: Sequence[str], events: Sequence[LogEvent]) -> str | None:
    """The id of the hypothesis that these words mean, None for a new one."""
    if words in ids:
        return words
    statements = {str(e.payload.get("statement")): str(e.payload.get("hypothesis")) for e in events if e.kind == "hypothesis_opened"}
    if words.isdigit() and 0 < int(words) <= len(incident.hypotheses):
        words = incident.hypotheses[int(words) - 1].statement
    return statements.get(words)


def layer_of(word: str) -> Layer:
    """The layer of that name. Raises IncidentError."""
    for layer in LAYERS:
        if layer == word:
            return layer
    raise IncidentError(f"{word} is no layer; layers are {', '.join(LAYERS)}")
