"""What a drill was, told when it is over: the truth, the five figures, what could be seen when, and a question for each wrong turn."""

from collections.abc import Sequence
from datetime import datetime

from poise.drills.events import Second
from poise.drills.scenario import Scenario
from poise.drills.scoring import Score
from poise.drills.state import Line, State
from poise.model.drill import Clue
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """A clue: there to be seen so many seconds after the page at the latest (0: before it), first looked at so many after it, or never."""

    clue: Clue
    visible_seconds: float
    looked_seconds: float | None


@dataclass(frozen=True, slots=True)
class Debrief:
    """All of it. `alerts` are the detectors that would have spoken, from the fault's own page."""

    scenario: Scenario
    state: State
    score: Score
    looks: tuple[Look, ...]
    questions: tuple[str, ...]
    seconds: tuple[Second, ...]
    alerts: tuple[str, ...] = ()
    seal: str = ""


# Figures of the servers need some requests before they say anything.
_SHOWS_AFTER = 5.0


def debrief(
    scenario: Scenario,
    state: State,
    score: Score,
    seconds: Sequence[Second],
    commands: Sequence[tuple[datetime, str]],
    alerts: Sequence[str] = (),
) -> Debrief:
    """`commands` are what was typed in the trainee's shell, each with its instant."""
    looks = tuple(_look(state, clue, commands) for clue in state.course.clues)
    return Debrief(scenario, state, score, looks, questions(state, score, looks), tuple(seconds), tuple(alerts))


def _look(state: State, clue: Clue, commands: Sequence[tuple[datetime, str]]) -> Look:
    said = [(line.at, str(line.data.get("because", ""))) for line in state.of("hypothesis")]
    times = [at for at, text in (*commands, *said) if any(sign in text.lower() for sign in clue.signs)]
    if state.paged is None or state.injected is None:
        return Look(clue, 0.0, None)
    visible = max((state.injected - state.paged).total_seconds() + _SHOWS_AFTER, 0.0)
    looked = [max((at - state.paged).total_seconds(), 0.0) for at in times if at >= state.injected]
    return Look(clue, visible, min(looked, default=None))


def questions(state: State, score: Score, looks: Sequence[Look]) -> tuple[str, ...]:
    """One for each wrong turn and trap; for each clue that nobody looked at where the cause was not found."""
    made = [_of_turn(state, line) for line in score.wrong_turns]
    unseen = [look.clue for look in looks if look.looked_seconds is None] if score.right_seconds is None else []
    made += [f"`{clue.command}` would have shown {clue.what}. What would have led you there?" for clue in unseen]
    for trap in score.traps:
        made.append(f"The check found a trap: {trap}. What would have happened at the next failure?")
    return tuple(made)


def _of_turn(state: State, line: Line) -> str:
    layer = line.data.get("layer")
    before = [h for h in state.of("hypothesis") if h.at <= line.at and h.data.get("layer") == layer]
    reason = f' You had written: "{before[-1].data.get("because")}".' if before and before[-1].data.get("because") else ""
    change = next((c for c in state.course.changes if str(layer) in c.component), None)
    led = f' The change log held "{change.text}": did that lead there?' if change and not reason else ""
    return f"{line.text}: which measurement of the {layer} spoke for that, and which would have spoken against it?{reason}{led}"
