"""Runs a drill: `step(state, event) -> (state, effects)`. It reads no clock: every event says when it was."""

from dataclasses import replace
from datetime import datetime, timedelta

from poise.drills import checking
from poise.drills.asked import answered
from poise.drills.events import Asked, Broke, Do, Effect, End, Event, Log, Page, Restarted, Second, Seen
from poise.drills.state import Line, State

Step = tuple[State, tuple[Effect, ...]]


def step(state: State, event: Event) -> Step:
    """What the event makes of the drill, and what is to be done now. Nothing happens after its end."""
    if state.ended:
        return state, ()
    match event:
        case Second():
            return _second(replace(state, latest=event), event)
        case Asked():
            return answered(state, event)
        case Seen():
            return _seen(state, event), ()
        case Restarted():
            return checking.restarted(state, event)
        case Broke():
            line = Line(event.at, "engine", f"engine error: {event.reason}", {"broke": True})
            return replace(state, phase="ended", journal=(*state.journal, line)), (End(),)


def _second(state: State, second: Second) -> Step:
    pace, at = state.pace, second.at
    effects: list[Effect] = []
    if state.phase == "healthy" and state.due(at, state.began, pace.lead):
        state = replace(
            state, phase="running", injected=at, journal=(*state.journal, Line(at, "inject", "the harm begins", _figures(second)))
        )
        effects.append(Do(state.course.inject))
    if state.paged is None and state.due(at, state.injected, pace.page_after):
        text = page_text(state.course.page, second)
        state = replace(state, paged=at, journal=(*state.journal, Line(at, "page", text, _figures(second))))
        effects.append(Page(text))
    state, lines = _changes(state, at)
    effects += lines
    if state.phase in ("holding", "holding again"):
        state, more = checking.second(state, second)
        effects += more
    elif state.due(at, state.injected, pace.limit) and not state.ended:
        state = replace(state, phase="ended", journal=(*state.journal, Line(at, "end", "the time of the drill is up")))
        effects.append(End())
    return state, tuple(effects)


def page_text(template: str, second: Second) -> str:
    """The pager's words with the clients' figures of that second."""
    said = {
        "success": "unknown" if second.success is None else f"{second.success:.0%}",
        "p50": "?" if second.p50_ms is None else f"{second.p50_ms:.0f}",
        "p99": "?" if second.p99_ms is None else f"{second.p99_ms:.0f}",
    }
    return template.format(**said)


def _changes(state: State, at: datetime) -> tuple[State, list[Effect]]:
    """Lines that the change log gets after the page."""
    later = [change for change in state.course.changes if change.later]
    due = [change for change in later[state.logged :] if state.paged and at >= state.paged + timedelta(seconds=change.seconds)]
    lines = tuple(Line(at, "change", f"{change.component}: {change.text}") for change in due)
    return replace(state, logged=state.logged + len(due), journal=(*state.journal, *lines)), [Log(change) for change in due]


def _seen(state: State, event: Seen) -> State:
    data = {"layer": event.layer, "component": event.component, "trap": event.trap}
    traps = (*state.traps, event.trap) if event.trap and event.trap not in state.traps else state.traps
    return replace(state, traps=traps, journal=(*state.journal, Line(event.at, "seen", event.text, data)))


def _figures(second: Second) -> dict[str, float | None]:
    return {"requests": second.requests, "failures": second.failures, "success": second.success, "p50_ms": second.p50_ms}
