"""Colour for text reports, or none. Pure: whether colour is wanted is the caller's to know."""

from poise.model.light import dataclass

# SGR codes of ECMA-48 that every terminal since the VT100's heirs shows.
CODES = {"error": "1;31", "warning": "33", "info": "36", "strong": "1", "dim": "2", "good": "32"}


@dataclass(frozen=True, slots=True)
class Ink:
    """Paints words when `on`."""

    on: bool = False

    def paint(self, text: str, style: str) -> str:
        """The text in that style of CODES."""
        return f"\x1b[{CODES[style]}m{text}\x1b[0m" if self.on else text
