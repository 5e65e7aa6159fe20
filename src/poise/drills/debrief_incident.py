"""A drill as an incident: what happened, who thought what, what it cost. The postmortem tools then apply to it."""

from collections.abc import Iterable

from poise.drills.debrief import Debrief
from poise.drills.scoring import recovered
from poise.drills.state import Line
from poise.incidents import log_event
from poise.incidents.log_event import LogEvent
from poise.model.incident import EntryKind, Impact

_KINDS: dict[str, EntryKind] = {
    "inject": "note", "page": "alert", "hint": "note", "act": "decision", "seen": "change", "change": "change",
    "check": "check", "verdict": "check", "look": "check", "engine": "note", "end": "milestone",
}  # fmt: skip


def events(made: Debrief) -> tuple[LogEvent, ...]:
    """The log of that incident, in order."""
    state = made.state
    end = state.journal[-1].at if state.journal else state.began
    opened = state.paged or state.injected or state.began
    title = f"Drill {made.scenario.id}, seed {state.course.seed}: {made.scenario.title}"
    found = [log_event.opened(opened, end, "poise drill", title, "error")]
    if state.injected is not None:
        found.append(log_event.observed_time("impact_started", state.injected, end, "poise drill"))
    if state.paged is not None:
        found.append(log_event.observed_time("detected", state.paged, end, "poise drill"))
    found += _told(state.journal)
    right = next((line for line in state.of("hypothesis") if line.data.get("credit") == "right"), None)
    if right is not None:
        found.append(log_event.observed_time("cause_found", right.at, end, "trainee"))
    if made.score.quality in ("durable", "workaround"):
        found.append(log_event.observed_time("mitigated", recovered(state), end, "poise drill"))
    # Given up or repaired, the stack is taken away: an incident that stays open would run in `poise incident list` for ever.
    found.append(log_event.observed_time("resolved", end, end, "poise drill"))
    harm = made.score.damage
    if harm is not None and harm.requests:
        measured = Impact(requests_failed=round(harm.failed), share_of_requests=min(harm.failed / harm.requests, 1.0))
        found.append(log_event.impact(measured, end, end, "poise drill"))
    return tuple(found)


def _told(journal: Iterable[Line]) -> list[LogEvent]:
    found: list[LogEvent] = []
    thought: dict[str, tuple[str, Line]] = {}
    for line in journal:
        if line.kind != "hypothesis":
            found.append(
                log_event.entry(_KINDS[line.kind], line.at, line.at, "trainee" if line.kind == "act" else "poise drill", line.text)
            )
            continue
        name = f"{line.data['layer']}/{line.data['mechanism']}"
        if name not in thought:
            thought[name] = (str(len(thought) + 1), line)
            found.append(log_event.hypothesis_opened(thought[name][0], name, line.data["layer"], line.at, line.at, "trainee"))
        found.append(log_event.entry("hypothesis", line.at, line.at, "trainee", line.text))
    last = max((line.at for line in journal), default=None)
    if last is not None:
        for number, line in thought.values():
            state = "confirmed" if line.data.get("credit") == "right" else "ruled_out"
            found.append(log_event.hypothesis_closed(number, state, last, last, "poise drill"))  # type: ignore[arg-type]
    return found
