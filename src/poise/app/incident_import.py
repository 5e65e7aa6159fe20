"""An incident from a postmortem document, read as `poise review` reads it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from poise.app.incident import IncidentError
from poise.app.review import reviewed
from poise.incidents.imported import ImportProblem, Missing, began, imported
from poise.incidents.log_response import attachment
from poise.model.postmortem import ReviewRun
from poise.store.incident_finder import IncidentFinder

MEDIA = {".md": "text/markdown", ".markdown": "text/markdown", ".rst": "text/x-rst", ".adoc": "text/asciidoc"}


@dataclass(frozen=True, slots=True)
class Imported:
    """One incident of the document. `events` are those that were written."""

    incident: str
    title: str
    events: int


def import_document(
    store: Path, file: str, who: str, now: datetime, zone: str | None = None, day: date | None = None, severity: str = "error"
) -> tuple[Imported, ...]:
    """Writes each incident that the document tells, with the document itself; all or none. Raises IncidentError, StoreError."""
    run = reviewed([file])
    text = _text(run, file)
    missing = Missing(_zone(zone), day)
    name = "document" if file == "-" else Path(file).name
    try:
        stories = [(began(each, missing), each.title, imported(each, missing, severity, name, who, now)) for _, each in run.documents]
    except ImportProblem as problem:
        raise IncidentError(f"could not import {file}: {problem}") from problem
    content = text.encode("utf-8", "backslashreplace")
    with IncidentFinder(store) as log:
        made = []
        for number, (start, title, events) in enumerate(stories):
            # Of the same text the same id, so that it is not imported twice.
            digest = sha256(content + str(number).encode()).hexdigest()[:8]
            incident = f"{start.astimezone(UTC):%Y%m%d-%H%M%S}-{digest}"
            if log.list(beginning=incident):
                raise IncidentError(f"{file} was imported before, as {incident}: `poise incident show {incident}`")
            made.append((incident, title, events))
        kept = attachment(name, MEDIA.get(Path(name).suffix.lower(), "text/plain"), len(content), log.attach(content), now, now, who)
        log.append_each({incident: (*events, kept) for incident, _, events in made})
    return tuple(Imported(incident, title, len(events) + 1) for incident, title, events in made)


def _text(run: ReviewRun, file: str) -> str:
    if run.could_not:
        raise IncidentError("; ".join(f"could not read {each.what}: {each.reason}" for each in run.could_not[:3]))
    if len(run.texts) != 1:
        raise IncidentError(f"{file} is a folder of {len(run.texts)} texts: import one after the other")
    return run.texts[0][1]


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise IncidentError(f"{name!r} is no time zone: write one as UTC or Europe/Berlin") from None
