"""What an incident's append-only log holds: one event per thing somebody said, saw or corrected. Nothing is ever changed in place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from poise.alerting.lifecycle import REMOVED
from poise.incidents.durations import words
from poise.model.alert import Alert
from poise.model.evidence import Evidence
from poise.model.fault import Layer
from poise.model.incident import ActionKind, ActionState, EntryKind, HypothesisState, Impact, Origin, Status, TimeName, TimeSource

Payload = Mapping[str, Any]
# How a change is told that is seen at the running load balancer because it was reloaded: the reload's outcome, not its cause.
WITH_RELOAD, REPLACED = "with the reload", "the worker was replaced"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """`at` is when it happened, `recorded_at` when it was written down: both aware UTC, and a backdated event has them apart.

    `source` is the person's role or the program that said it. `payload` holds what `kind` needs, as JSON values only, so that an older
    poise can keep what a newer one wrote. `id` is the writer's own name for the event: said twice, as after a lost answer, it is kept once;
    "" for none. `seq` is the store's number, 0 before it has one.
    """

    kind: str
    at: datetime
    recorded_at: datetime
    source: str
    payload: Payload = field(default_factory=dict)
    id: str = ""
    seq: int = field(default=0, compare=False)


def opened(
    at: datetime,
    recorded_at: datetime,
    source: str,
    title: str,
    severity: str,
    watching: str | None = None,
    origin: Origin | None = None,
    about: Sequence[str] = (),
) -> LogEvent:
    """The first event of a log; a second one corrects title and severity. `watching` names what was watched, for who takes it up again;
    `about` the components that it concerns, to which a later event adds."""
    more = {"watching": watching, "origin": origin, "about": list(about) or None}
    payload = {"title": title, "severity": severity} | {key: value for key, value in more.items() if value is not None}
    return LogEvent("opened", at, recorded_at, source, payload)


def observed_time(
    name: TimeName, at: datetime, recorded_at: datetime, source: str, basis: TimeSource = "observed", zone: str | None = None
) -> LogEvent:
    """A milestone. `basis` says how the instant is known, `zone` which clock was read (UTC if none is named); a later event of the same
    name corrects it, backdated or not."""
    return LogEvent("time", at, recorded_at, source, {"name": name, "basis": basis} | ({} if zone is None else {"zone": zone}))


def entry(
    kind: EntryKind,
    at: datetime,
    recorded_at: datetime,
    source: str,
    text: str | None,
    until: datetime | None = None,
    entry_id: str | None = None,
) -> LogEvent:
    """A line of the timeline. A later one with the same `entry_id` replaces it; `text` None withdraws it (the log keeps both)."""
    return LogEvent("entry", at, recorded_at, source, {"kind": kind, "text": text, "until": _instant(until), "id": entry_id})


def alert_entry(alert: Alert, recorded_at: datetime) -> LogEvent:
    """An alert as a line of the timeline; logged again when it fired or ended, it replaces its first line."""
    at = alert.fired or alert.since
    return entry("alert", at, recorded_at, "poise", alert_words(alert), alert.ended, f"alert {alert.key} {alert.since.isoformat()}")


def alert_news(alert: Alert) -> str:
    """The same with what became of it; of one that ended how long it lasted and what is seen now."""
    said = f"{alert_words(alert)} [{alert.phase}]"
    if alert.ended is None:
        return said
    return f"{said} after {words(alert.ended - alert.since)}" + (f", now: {alert.cleared}" if alert.cleared else "")


def alert_words(alert: Alert) -> str:
    """The alert in one line that names its component: a summary that is read beside its name need not repeat it, a line in a log must."""
    name, summary = alert.verdict.component.rpartition(" ")[2], alert.verdict.summary
    said = summary if name in summary else f"{alert.verdict.component}: {summary}"
    return f"{said} ({REMOVED})" if alert.phase == "resolved" and alert.verdict.reason == REMOVED else said


def hypothesis_opened(
    hypothesis_id: str,
    statement: str,
    layer: Layer,
    at: datetime,
    recorded_at: datetime,
    source: str,
    evidence: Sequence[Evidence] = (),
    owner: str | None = None,
) -> LogEvent:
    """Somebody began to pursue an explanation at `at`. The same id again corrects statement, layer and start."""
    payload = {"hypothesis": hypothesis_id, "statement": statement, "layer": layer, "evidence": [asdict(e) for e in evidence]}
    return LogEvent("hypothesis_opened", at, recorded_at, source, payload | ({} if owner is None else {"owner": owner}))


def hypothesis_evidence(
    hypothesis_id: str, evidence: Sequence[Evidence], at: datetime, recorded_at: datetime, source: str, state: HypothesisState | None = None
) -> LogEvent:
    """Evidence for or against, and with `state` "supported" or "open" what it is now held to be. It stays pursued."""
    payload = {"hypothesis": hypothesis_id, "evidence": [asdict(e) for e in evidence], "state": state}
    return LogEvent("hypothesis_evidence", at, recorded_at, source, payload)


def hypothesis_closed(
    hypothesis_id: str, state: HypothesisState, at: datetime, recorded_at: datetime, source: str, evidence: Sequence[Evidence] = ()
) -> LogEvent:
    """It was ruled out or confirmed at `at`."""
    payload = {"hypothesis": hypothesis_id, "state": state, "evidence": [asdict(e) for e in evidence]}
    return LogEvent("hypothesis_closed", at, recorded_at, source, payload)


def action_item(
    item_id: str,
    text: str,
    kind: ActionKind,
    at: datetime,
    recorded_at: datetime,
    source: str,
    owner: str | None = None,
    due: date | None = None,
    ticket: str | None = None,
    state: ActionState = "open",
    verification: str | None = None,
) -> LogEvent:
    """Something to do; the same id again replaces it."""
    due_text = None if due is None else due.isoformat()
    payload = {"id": item_id, "text": text, "kind": kind, "owner": owner, "due": due_text, "ticket": ticket, "state": state}
    return LogEvent("action_item", at, recorded_at, source, payload | ({} if verification is None else {"verification": verification}))


def impact(measured: Impact, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """What clients lost. Keys that are None leave what an earlier event said."""
    return LogEvent("impact", at, recorded_at, source, {k: v for k, v in asdict(measured).items() if v is not None and k != "event"})


def status(new: Status, at: datetime, recorded_at: datetime, source: str) -> LogEvent:
    """The incident's status as somebody declared it."""
    return LogEvent("status", at, recorded_at, source, {"status": new})


def said_in(source: str, payload: Payload) -> str:
    """All words of an event that somebody may look for, one after the other: its texts, wherever in its payload, and who said them."""
    return " ".join([source, *_texts({key: value for key, value in payload.items() if key not in UNSAID})])


# Keys whose texts are words of ours, or names that nobody reads.
UNSAID = ("kind", "basis", "state", "status", "severity", "id", "hypothesis", "sha256", "media_type", "until", "due", "zone", "origin")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
