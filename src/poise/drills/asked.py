"""What the trainee asks and says, and what the director answers. The answers tell nothing of how right it was."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from poise.drills import checking, hypothesis
from poise.drills.events import Asked, Do, Effect, End, Tell
from poise.drills.state import Line, State
from poise.model.drill import Act
from poise.model.fault import LAYERS, Layer

Step = tuple[State, tuple[Effect, ...]]


def answered(state: State, event: Asked) -> Step:
    """The answer to one command."""
    known = _COMMANDS.get(event.command)
    if known is None:
        return state, (Tell(f"{event.command!r} is no command of a drill; there are {', '.join(_COMMANDS)}", 2),)
    return known(state, event)


def _say(state: State, event: Asked) -> Step:
    said = hypothesis.read(str(event.words.get("hypothesis", "")), str(event.words.get("because", "")))
    if isinstance(said, str):
        return state, (Tell(said, 2),)
    data = {
        "layer": said.layer,
        "mechanism": said.mechanism,
        "because": said.because,
        "credit": hypothesis.credit(said, state.course.answer),
    }
    text = f"{said.layer}/{said.mechanism}, because {said.because or 'of nothing that was said'}"
    return _with(state, Line(event.at, "hypothesis", text, data)), (Tell("noted; `poise drill check` verifies a repair"),)


def _hint(state: State, event: Asked) -> Step:
    hints = state.course.hints
    if state.hints >= len(hints):
        return state, (Tell("there are no more hints", 1),)
    text = hints[state.hints]
    return replace(_with(state, Line(event.at, "hint", text)), hints=state.hints + 1), (
        Tell(f"hint {state.hints + 1} of {len(hints)}: {text}"),
    )


def _status(state: State, event: Asked) -> Step:
    latest = state.latest
    figures = "no figures yet"
    if latest is not None:
        age = (event.at - latest.at).total_seconds()
        success = "no request ended" if latest.success is None else f"{latest.success:.1%} served"
        p50, p99 = (("?" if ms is None else f"{ms:.0f} ms") for ms in (latest.p50_ms, latest.p99_ms))
        figures = f"clients: {success}, p50 {p50}, p99 {p99} ({age:.0f} s ago)"
    verdicts = state.of("verdict", "engine")
    last = f"\nlast check: {verdicts[-1].text}" if verdicts else ""
    phase = {"holding": "verifying", "restarting": "verifying: restart", "holding again": "verifying after the restart"}
    return state, (Tell(f"{phase.get(state.phase, state.phase)}; {figures}; hints taken: {state.hints}{last}"),)


def _check(state: State, event: Asked) -> Step:
    if state.phase in ("holding", "restarting", "holding again"):
        return state, (Tell("a verification is under way"),)
    if state.paged is None:
        return state, (Tell("nobody was paged yet: there is nothing to verify", 1),)
    if not state.of("hypothesis"):
        return state, (Tell("say first what you think it is: poise drill say LAYER/MECHANISM --because …", 1),)
    named = event.words.get("prevention")
    state = replace(state, prevention=str(named)) if named else state
    after, effects = checking.begin(state, event.at)
    return after, (
        *effects,
        Tell(f"verifying: {state.pace.hold:.0f} s as it is, a restart from the files, {state.pace.hold_again:.0f} s more"),
    )


def _act(state: State, event: Asked) -> Step:
    """What needs a hand at the machines: restarts; and an escalation, which costs other people's time."""
    what, target = str(event.words.get("what", "")), str(event.words.get("target", ""))
    parts: dict[str, Layer] = {"load-balancer": "load-balancer", "database": "database"}
    for server in state.course.tier.servers:
        parts[server] = "application"
    if what == "escalate":
        if target not in LAYERS:
            return state, (Tell(f"escalate to whom? A layer is one of {', '.join(LAYERS)}", 2),)
        line = Line(event.at, "act", f"escalated to those who own the {target}", {"layer": target, "component": target})
        return _with(state, line), (Tell(f"the owners of the {target} were called; they will look at it"),)
    if what == "reload" and target in ("", "load-balancer"):
        line = Line(event.at, "act", "reloaded the load balancer", {"layer": None, "component": "load-balancer"})
        return _with(state, line), (Do((Act("reload"),), "trainee"),)
    if what == "restart" and target in parts:
        line = Line(event.at, "act", f"restarted {target}", {"layer": parts[target], "component": target})
        return _with(state, line), (Do((Act("restart", target),), "trainee"),)
    return state, (Tell(f"act reload, act restart TARGET or act escalate LAYER; targets are {', '.join(parts)}", 2),)


def _abort(state: State, event: Asked) -> Step:
    after = replace(_with(state, Line(event.at, "end", "aborted")), phase="ended")
    return after, (Tell("the drill ends; all of it is stopped"), End())


def _leave(state: State, event: Asked) -> Step:
    after = replace(_with(state, Line(event.at, "end", "ended by the trainee")), phase="ended")
    return after, (Tell("the drill ends"), End())


def _with(state: State, line: Line) -> State:
    return replace(state, journal=(*state.journal, line))


_COMMANDS: Mapping[str, Callable[[State, Asked], Step]] = {
    "say": _say,
    "hint": _hint,
    "status": _status,
    "check": _check,
    "act": _act,
    "abort": _abort,
    "leave": _leave,
}
