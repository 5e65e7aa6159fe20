"""The five figures of a drill. They stand side by side: one number of them all would hide what to train next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poise.drills.damage import Damage, damage
from poise.drills.events import Second
from poise.drills.state import Line, State
from poise.model.drill import Quality
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Prevention:
    """What the audit says of the file under harm and no more of the file at the end, and what of it the trainee named."""

    named: str | None
    caught: tuple[str, ...]
    left: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the trainee named one that would have warned."""
        return self.named is not None and self.named in self.caught


@dataclass(frozen=True, slots=True)
class Score:
    """`right_seconds` and `layer_seconds` after the page until the first right hypothesis, and until the layer was right; None where
    there was none. `guesses` are hypotheses before it. `wrong_turns` are acts on what was not at fault."""

    right_seconds: float | None
    layer_seconds: float | None
    guesses: int
    wrong_turns: tuple[Line, ...]
    damage: Damage | None
    quality: Quality
    traps: tuple[str, ...]
    prevention: Prevention
    hints: int


def score(state: State, seconds: Sequence[Second], prevention: Prevention, measured: float | None = None) -> Score:
    """From the journal of a drill that ended, and the clients' seconds. `measured`: failures/s of a run in which nobody did anything."""
    hypotheses = state.of("hypothesis")
    right = next((line for line in hypotheses if line.data.get("credit") == "right"), None)
    layer = next((line for line in hypotheses if line.data.get("credit") in ("right", "layer only")), None)
    guesses = len([line for line in hypotheses if right is None or line.at < right.at])
    done = acts(state)
    harm = None
    if state.injected is not None:
        acted = min((line.at for line in done), default=None)
        harm = damage(seconds, state.injected, state.paged, acted, recovered(state), measured)
    return Score(
        right_seconds=_after(state.paged, right),
        layer_seconds=_after(state.paged, layer),
        guesses=guesses,
        wrong_turns=wrong_turns(state),
        damage=harm,
        quality=state.quality,
        traps=state.traps,
        prevention=prevention,
        hints=state.hints,
    )


def acts(state: State) -> tuple[Line, ...]:
    """All that was done to the stack, or made others do something."""
    return tuple(line for line in state.of("act", "seen") if line.data.get("layer") is not None)


def wrong_turns(state: State) -> tuple[Line, ...]:
    """What was done to a part that was not at fault. Looking is free, and so is thinking. What was restarted and what is then seen of
    the restart are one."""
    blamed = state.course.answer.layers
    told = [line for line in acts(state) if line.data.get("layer") not in blamed]
    commanded = [line for line in told if line.kind == "act"]
    # A restart that was asked for is seen again by who watches the stack.
    return tuple(
        line
        for line in told
        if line.kind == "act"
        or not any(
            line.data.get("layer") == other.data.get("layer") and 0 <= (line.at - other.at).total_seconds() < 30 for other in commanded
        )
    )


def recovered(state: State) -> datetime:
    """When the harm was over: what was sent before the check that found the repair durable had ended; or the end."""
    last = state.journal[-1].at if state.journal else state.began
    if state.quality in ("durable", "workaround"):
        asked = next((line.at for line in reversed(state.journal) if line.kind == "check" and "asked" in line.text), last)
        return min(asked + timedelta(seconds=state.pace.grace), last)
    return last


def _after(paged: datetime | None, line: Line | None) -> float | None:
    return None if paged is None or line is None else max((line.at - paged).total_seconds(), 0.0)
