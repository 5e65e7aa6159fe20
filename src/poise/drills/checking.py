"""Verifies a repair by what clients feel: under the load as it was, then once more after a start from the files."""

from dataclasses import replace
from datetime import datetime, timedelta

from poise.drills.events import Do, Effect, End, Inspect, Restart, Restarted, Second
from poise.drills.state import Hold, Line, State
from poise.model.drill import Quality

# Of the clients' requests, for the whole of a hold.
WELL = 0.995
# Arrivals are random: this share of the requests that are due is what 4 standard deviations leave of 30 s at 28 a second.
PRESENT = 0.85
# A machine that is so late serves nobody well: what fails then is not the trainee's doing.
LATE = 1.0
OTHER_LOAD = "the load is not the one of the drill"
CHANGED = "something was changed where nothing was wrong"


def begin(state: State, at: datetime) -> tuple[State, tuple[Effect, ...]]:
    """The trainee asks for it. Traps of an earlier check are forgotten: they are looked for again."""
    line = Line(at, "check", "verification asked for")
    return replace(
        state, phase="holding", hold=Hold(at + timedelta(seconds=state.course.linger)), traps=(), journal=(*state.journal, line)
    ), (Inspect(),)


def second(state: State, now: Second) -> tuple[State, tuple[Effect, ...]]:
    """One more second of a hold."""
    hold, pace = state.hold, state.pace
    assert hold is not None
    length = pace.hold if state.phase == "holding" else pace.hold_again
    hold = replace(hold, late=max(hold.late, now.late))
    state = replace(state, hold=hold)
    if hold.first is None:
        return (replace(state, hold=replace(hold, first=now)) if state.due(now.at, hold.since, pace.grace) else state), ()
    requests, failures = now.requests - hold.first.requests, now.failures - hold.first.failures
    due = state.course.tier.rate * length
    if failures > (1 - WELL) * due:
        return _failed(state, now.at, f"{failures:.0f} of {requests:.0f} requests failed in {_span(hold.first.at, now.at)}"), ()
    if now.at < hold.first.at + timedelta(seconds=length):
        return state, ()
    served = f"{1 - failures / max(requests, 1):.2%} of {requests:.0f} requests in {_span(hold.first.at, now.at)}"
    if requests < PRESENT * due:
        trapped = replace(state, traps=tuple(dict.fromkeys((*state.traps, OTHER_LOAD))))
        return _failed(trapped, now.at, f"only {requests:.0f} of {due:.0f} requests came: {OTHER_LOAD}"), ()
    if state.phase == "holding":
        line = Line(now.at, "check", f"served under the original load: {served}; now the load balancer is started from its files")
        after = replace(state, phase="restarting", hold=replace(hold, served=served), journal=(*state.journal, line))
        return after, (Restart(),)
    return _passed(state, now.at, served)


def restarted(state: State, event: Restarted) -> tuple[State, tuple[Effect, ...]]:
    """The load balancer serves from its files, or does not."""
    if state.phase != "restarting":
        return state, ()
    if event.reason is not None:
        return _failed(state, event.at, f"the load balancer does not start from its files: {event.reason}", "runtime only"), ()
    since = event.at + timedelta(seconds=state.course.settle)
    effects: tuple[Effect, ...] = (Do(state.course.again), Inspect()) if state.course.again else (Inspect(),)
    return replace(state, phase="holding again", hold=Hold(since, served=state.hold.served if state.hold else "")), effects


def _failed(state: State, at: datetime, why: str, quality: Quality | None = None) -> State:
    if state.hold is not None and state.hold.late > LATE:
        said = f"not counted: {why}, but the machine was {state.hold.late:.1f} s late and gave the stack no time; check again"
        return replace(state, phase="running", hold=None, traps=(), journal=(*state.journal, Line(at, "engine", said)))
    found: Quality = quality or ("runtime only" if state.phase == "holding again" else "none")
    line = Line(at, "verdict", f"{found}: {why}", {"quality": found, "traps": list(state.traps)})
    return replace(state, phase="running", hold=None, quality=found, journal=(*state.journal, line))


def _passed(state: State, at: datetime, served: str) -> tuple[State, tuple[Effect, ...]]:
    if not state.course.touch:
        if state.of("hypothesis")[-1].data.get("credit") != "right":
            return _failed(state, at, f"clients were served, {served}, but what was said last does not explain the page", "none"), ()
        if any(line.data.get("layer") for line in state.of("seen", "act")):
            state = replace(state, traps=tuple(dict.fromkeys((*state.traps, CHANGED))))
    assert state.hold is not None
    quality: Quality = "workaround" if state.traps else "durable"
    why = f"; but {', '.join(state.traps)}" if state.traps else ""
    text = f"{quality}: clients were served, {state.hold.served}, and after a start from the files, {served}{why}"
    line = Line(at, "verdict", text, {"quality": quality, "traps": list(state.traps)})
    after = replace(state, phase="running", hold=None, quality=quality, journal=(*state.journal, line))
    if quality == "workaround":
        return after, ()
    return replace(after, phase="ended", journal=(*after.journal, Line(at, "end", "solved"))), (End(),)


def _span(start: datetime, end: datetime) -> str:
    return f"{(end - start).total_seconds():.0f} s"
