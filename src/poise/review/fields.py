"""Keys and values as the heads of postmortems state them, in a list, a table, front matter or a wiki's box of facts."""

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.line import Line

FIELD = regexp(r"\s*([A-Za-z][\w /()'&.-]{1,48}?)\s*(?:::?|\s[–—=-]\s|\t|\s{3,})\s*(\S.*)$")
_PARAMETER = regexp(r"\|\s*([A-Za-z][\w -]{1,40}?)\s*=\s*([^|{}]{1,200})")


@dataclass(frozen=True, slots=True)
class Field:
    """`Key: value`. The key is in lower case."""

    key: str
    value: str
    line: Line


def fields(line: Line) -> tuple[Field, ...]:
    """What the line states as key and value; a row by its first two cells."""
    if line.kind == "row":
        # A row is about what its first cell names; what the heads of columns name is of many rows.
        named = len(line.cells) >= 2 and 0 < len(line.cells[0].split()) <= 6 and not any(c.isdigit() for c in line.cells[0])
        return (Field(_key(line.cells[0]), line.cells[1], line),) if named else ()
    if line.kind == "head" and len(line.cells) == 2:
        return (Field(_key(line.cells[0]), line.cells[1], line),)
    if line.kind == "text" and line.text.startswith("{{"):
        return tuple(Field(_key(found[1]), found[2].strip(), line) for found in _PARAMETER.finditer(line.text))
    if line.kind in ("front", "text", "bullet"):
        found = FIELD.match(line.text)
        if found and len(found[1].split()) <= 6:
            return (Field(_key(found[1]), found[2].strip().strip("\"'"), line),)
    return ()


def _key(written: str) -> str:
    return written.strip().rstrip(": ").lower().replace("_", " ")
