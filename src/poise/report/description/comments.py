"""What people wrote beside the lines of a configuration: the comments, without lines that were only commented out."""

from collections.abc import Mapping

from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.regexp import regexp

# A directive that was switched off says nothing about what it stands above. Prose is lower case too, so only whole shapes count.
SWITCHED_OFF = regexp(
    r"(?:server|bind|listen|option|balance|mode|cookie|maxconn|timeout|acl|(?:use|default)_backend|stick|stats|http-\w+|tcp-\w+)\s+\S+(?:\s+\S+)?$"
    r"|server\s+\S+\s+\S*:\d+.*$|(?:use|default)_backend\s.*\b(?:if|unless)\b.*$|.*[;{}]$|-\s.*$|[\w.@\"-]+:(?:\s.*)?$"
)
NO_PROSE = regexp(r"poise\b|vim?:|-\*-|[-=#*~_\s]*$")


@dataclass(frozen=True, slots=True)
class Comments:
    """The texts by file name; lines are split once."""

    lines: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(texts: Mapping[str, str]) -> "Comments":
        """Those of these files. JSON has none."""
        kept = {name: text for name, text in texts.items() if text.lstrip("\ufeff \t\r\n")[:1] != "{"}
        return Comments({name: tuple(text.split("\n")) for name, text in kept.items()})

    def behind(self, place: Location) -> str:
        """What stands behind that line; empty where nothing does."""
        lines = self.lines.get(place.file, ())
        return " ".join(_prose([_behind(lines[place.line - 1])])) if 0 < place.line <= len(lines) else ""

    def at(self, place: Location, inside: bool = False) -> str:
        """What stands behind that line, alone above it, and with `inside` alone below it; empty where nothing does."""
        lines = self.lines.get(place.file, ())
        if not 0 < place.line <= len(lines):
            return ""
        above: list[str] = []
        for line in reversed(lines[: place.line - 1]):
            if not line.lstrip().startswith("#"):
                break
            above.insert(0, line)
        below: list[str] = []
        for line in lines[place.line :] if inside else ():
            if not line.lstrip().startswith("#"):
                break
            below.append(line)
        return " ".join(_prose([*above, _behind(lines[place.line - 1]), *below]))

    def head(self, file: str) -> str:
        """What the file says of itself: the comment that it begins with, where a blank line ends it."""
        found: list[str] = []
        for line in self.lines.get(file, ()):
            if not line.lstrip("\ufeff ").startswith("#"):
                return " ".join(_prose(found)) if not line.strip() else ""
            found.append(line)
        return ""


def _behind(line: str) -> str:
    """The comment that ends a line. A `#` within quotes, escaped or inside a word begins none."""
    quote = ""
    for at, sign in enumerate(line):
        escaped = at > 0 and line[at - 1] == "\\"
        if sign == quote and not escaped:
            quote = ""
        elif not quote and sign in "\"'" and not escaped:
            quote = sign
        elif sign == "#" and not quote and not escaped and (at == 0 or line[at - 1].isspace()):
            return line[at:]
    return ""


def _prose(lines: list[str]) -> list[str]:
    said = [line.strip().lstrip("#").strip() for line in lines]
    return [line for line in said if line and not NO_PROSE.match(line) and not SWITCHED_OFF.match(line)]
