"""Where options stand, worked out when somebody asks: an audit asks about few of the many that a large file holds."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from poise.balancers.haproxy.document import Line
from poise.model.light import dataclass
from poise.model.location import Location


class Placed(Protocol):
    """Anything that stands somewhere in a file."""

    @property
    def location(self) -> Location:
        """Where it stands."""


@dataclass(slots=True)
class Spot:
    """A whole line of a file."""

    line: Line
    file: str

    @property
    def location(self) -> Location:
        """Where the line's text stands."""
        return self.line.location(self.file)


class Places(Mapping[str, Location]):
    """Locations by option, of things that know theirs."""

    __slots__ = ("_of",)

    def __init__(self, of: Mapping[str, Placed]) -> None:
        self._of = of

    def __getitem__(self, option: str) -> Location:
        return self._of[option].location

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def __repr__(self) -> str:
        return repr(dict(self))
