"""What must be so for a drill to be fair: solvable, not by doing nothing nor by a shortcut, and not given away."""

from collections.abc import Mapping, Sequence

from poise.drills.checking import WELL
from poise.model.drill import Course, Measure, Quality
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Certified:
    """One check of one drill: whether it passed, with the figures."""

    what: str
    passed: bool
    detail: str


def control(success: float | None) -> Certified:
    """Without the harm all is well."""
    return Certified("healthy control", success is not None and success >= WELL, _ratio(success))


def symptom(course: Course, success: float | None) -> Certified:
    """The harm is as large as it should be."""
    low, high = course.band
    return Certified("symptom", success is not None and low <= success <= high, f"{_ratio(success)}, wanted {low:.0%} to {high:.0%}")


def idle(course: Course, quality: Quality, why: str) -> Certified:
    """Doing nothing solves it only where nothing is wrong."""
    return Certified("doing nothing", (quality == "durable") is not course.touch, f"{quality}: {why}")


def fix(name: str, quality: Quality, why: str) -> Certified:
    """An accepted fix solves it for good."""
    return Certified(f"fix: {name}", quality == "durable", f"{quality}: {why}")


def not_a_fix(kind: str, name: str, quality: Quality, why: str) -> Certified:
    """A shortcut or a wrong turn does not."""
    return Certified(f"{kind}: {name}", quality != "durable", f"{quality}: {why}")


def evidence(course: Course, measured: Mapping[Measure, float]) -> Sequence[Certified]:
    """Each clue shows what it should."""
    made = {}
    for clue in course.clues:
        value = measured.get(clue.measure)
        passed = value is not None and clue.low <= value <= clue.high
        shown = "not measured" if value is None else f"{value:.3g}"
        made[clue.measure] = Certified(f"clue: {clue.measure}", passed, f"{shown}, wanted {clue.low:.3g} to {clue.high:.3g}")
    return tuple(made.values())


def told_apart(course: Course, other: Course) -> Certified:
    """One clue at least that both drills have shows in each what it cannot show in the other. With `evidence` of both this is measured."""
    ranges = {clue.measure: (clue.low, clue.high) for clue in other.clues}
    apart = [clue.measure for clue in course.clues if clue.measure in ranges and _disjoint((clue.low, clue.high), ranges[clue.measure])]
    return Certified(f"told apart from {other.drill}", bool(apart), ", ".join(dict.fromkeys(apart)) or "no clue of both is different")


def _disjoint(one: tuple[float, float], two: tuple[float, float]) -> bool:
    return one[1] < two[0] or two[1] < one[0]


def _ratio(success: float | None) -> str:
    return "no request ended" if success is None else f"{success:.2%} served"
