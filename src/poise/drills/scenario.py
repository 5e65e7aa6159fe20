"""What a drill is before a seed made one of it."""

from collections.abc import Callable, Sequence

from poise.drills.draw import Draw
from poise.model.drill import Course
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """`title` and `story` are what may be told before it: the symptom, and what is real and what invented. `goal` is what it trains, told
    afterwards. `course` draws one; `difficulty` is 1–5; `alike` are the drills that show the same page."""

    id: str
    title: str
    story: str
    goal: str
    difficulty: int
    products: tuple[str, ...]
    course: Callable[[Draw, int, str], Course]
    alike: Sequence[str] = ()
