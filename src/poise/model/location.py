"""Where in which file something was said."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A span of a text file. Lines and columns count from 1, as editors do; offsets count bytes from 0, end exclusive."""

    file: str
    line: int
    column: int
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
