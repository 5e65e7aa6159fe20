"""The debrief for programs."""

from typing import Any

from poise.drills.debrief import Debrief
from poise.drills.state import Line


def as_json(made: Debrief) -> dict[str, Any]:
    """JSON values only; instants in RFC 3339, seconds after the page."""
    state, score = made.state, made.score
    course, harm = state.course, score.damage
    return {
        "version": 1,
        "drill": course.drill,
        "seed": course.seed,
        "product": course.tier.product,
        "answer": {"layers": list(course.answer.layers), "component": course.answer.component, "fault": course.answer.fault},
        "score": {
            "right_hypothesis_seconds": score.right_seconds,
            "right_layer_seconds": score.layer_seconds,
            "guesses": score.guesses,
            "hints": score.hints,
            "wrong_turns": [_line(line) for line in score.wrong_turns],
            "damage": None
            if harm is None
            else {
                "ratio": harm.ratio,
                "failed": round(harm.failed),
                "nothing": round(harm.nothing),
                "oracle": round(harm.oracle),
                "basis": harm.basis,
            },
            "fix": score.quality,
            "traps": list(score.traps),
            "prevention": {"named": score.prevention.named, "right": score.prevention.right, "caught": list(score.prevention.caught)},
        },
        "times": {
            "injected": None if state.injected is None else state.injected.isoformat(),
            "paged": None if state.paged is None else state.paged.isoformat(),
        },
        "timeline": [_line(line) for line in state.journal],
        "visible": [
            {"clue": look.clue.name, "what": look.clue.what, "there_seconds": look.visible_seconds, "looked_seconds": look.looked_seconds}
            for look in made.looks
        ],
        "questions": list(made.questions),
        "seal": made.seal,
    }


def _line(line: Line) -> dict[str, Any]:
    return {"at": line.at.isoformat(), "kind": line.kind, "text": line.text, "data": dict(line.data)}
