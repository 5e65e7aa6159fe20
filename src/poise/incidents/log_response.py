"""Events of the response: who has which role, which teams are engaged, what is to be done now, what was kept as evidence."""

from datetime import datetime
from typing import Literal

from poise.incidents.log_event import LogEvent
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.incident import PostmortemStatus
from poise.model.response import TaskState


def role(name: str, who: str | None, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """From `at` on this role is `who`'s, and no longer whose it was; None gives it back."""
    return LogEvent("role", at, recorded_at, source, {"role": name, "who": who})


def team(
    name: str, state: Literal["engaged", "released"], at: datetime, recorded_at: datetime, source: str, layer: Layer | None = None
) -> LogEvent:
    """A team was engaged or released. Engaged again without a release in between, it corrects when it was."""
    return LogEvent("team", at, recorded_at, source, {"team": name, "state": state, "layer": layer})


def task(
    task_id: str,
    text: str,
    at: datetime,
    recorded_at: datetime,
    source: str,
    owner: str | None = None,
    due: datetime | None = None,
    state: TaskState = "open",
) -> LogEvent:
    """Something to do now; the same id again replaces it."""
    due_text = None if due is None else due.isoformat()
    return LogEvent("task", at, recorded_at, source, {"id": task_id, "text": text, "owner": owner, "due": due_text, "state": state})


def hypothesis_owner(hypothesis_id: str, owner: str | None, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """The team that pursues it from now on."""
    return LogEvent("hypothesis_owner", at, recorded_at, source, {"hypothesis": hypothesis_id, "owner": owner})


def could_rule_out(hypothesis_id: str, evidence: Evidence, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """At `at` poise's own telemetry spoke against it clearly enough to rule it out. The same id again replaces it."""
    shown = {name: getattr(evidence, name) for name in ("observable", "expected", "observed", "bits", "source")}
    return LogEvent("could_rule_out", at, recorded_at, source, {"hypothesis": hypothesis_id, "evidence": [shown]})


def attachment(name: str, media_type: str, size_bytes: int, sha256: str, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """A file was kept with the incident; its content is in the store under its sha256."""
    return LogEvent(
        "attachment", at, recorded_at, source, {"name": name, "media_type": media_type, "size_bytes": size_bytes, "sha256": sha256}
    )


def link(url: str, text: str, at: datetime, recorded_at: datetime, source: str, hypothesis: str | None = None) -> LogEvent:
    """Evidence that lies elsewhere."""
    return LogEvent("link", at, recorded_at, source, {"url": url, "text": text, "hypothesis": hypothesis})


def postmortem(status: PostmortemStatus, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """How far the postmortem is."""
    return LogEvent("postmortem", at, recorded_at, source, {"status": status})
