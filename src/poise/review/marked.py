"""What a line of another markup is."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Marked:
    """What a line is: a heading, the head or a row of a table, a part of one that says nothing by itself, or a plain line whose text
    differs from what stands there."""

    kind: str
    text: str = ""
    level: int = 0
    cells: tuple[str, ...] = ()
