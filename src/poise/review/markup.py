"""Tables and lists of other markups than Markdown, as rows: MediaWiki's tables, reStructuredText's list-tables, definition lists."""

import re
from collections.abc import Mapping, Sequence

from poise.model.regexp import regexp
from poise.review.marked import Marked
from poise.review.markup_more import asciidoc, comma_separated, html_rows, org

_WIKI_LINK = regexp(r"\[\[(?:[^\[\]|]{0,100}\|)?([^\[\]|]{1,100})\]\]")
_WIKI_STYLE = regexp(r'\s*(?:[a-z]+="[^"]*"\s*)+\|(?!\|)')
_WIKI_HEADING = regexp(r"(={1,6})\s*([^=\s].*?)\s*\1\s*$")
_LIST_TABLE = regexp(r"\s*\.\. list-table::")
_CELL = regexp(r"(\s*)(\*\s+-|-)(?:\s+(.*))?$")
_RST_FIELD = regexp(r":([A-Za-z][\w /-]{0,40}):\s+(\S.*)$")


def marked(lines: Sequence[str]) -> Mapping[int, Marked]:
    """By the number of the line, from 0: those that these markups make something else of."""
    found: dict[int, Marked] = {}
    place = 0
    wiki = any(line.startswith("{|") or _WIKI_HEADING.match(line) for line in lines)
    while place < len(lines):
        line = lines[place]
        if line.startswith("{|"):
            place = _wiki_table(lines, place, found)
        elif _LIST_TABLE.match(line):
            place = _list_table(lines, place, found)
        else:
            heading = _WIKI_HEADING.match(line) if wiki else None
            field = _RST_FIELD.match(line)
            if heading:
                found[place] = Marked("heading", _wiki_text(heading[2]), len(heading[1]))
            elif field:
                found[place] = Marked("text", f"{field[1]}: {field[2]}")
            elif wiki and ("[[" in line or "''" in line):
                found[place] = Marked("text", _wiki_text(line))
            place += 1
    html_rows(lines, found)
    if not wiki:
        asciidoc(lines, found)
    org(lines, found)
    comma_separated(lines, found)
    return found


def _wiki_text(text: str) -> str:
    return re.sub(r"'{2,5}", "", _WIKI_LINK.sub(r"\1", text))


def _wiki_table(lines: Sequence[str], place: int, found: dict[int, Marked]) -> int:
    """From `{|` to `|}`: rows begin with `|-`, cells with `|`, heads with `!`; several stand on a line behind `||` and `!!`."""
    row: list[str] = []
    first, head = place, False

    def close() -> None:
        if row:
            found[first] = Marked("head" if head else "row", cells=tuple(row))
            row.clear()

    for number in range(place, len(lines)):
        line = lines[number].strip()
        found.setdefault(number, Marked("rule"))
        if line.startswith(("{|", "|-", "|}")):
            close()
            if line.startswith("|}"):
                return number + 1
        elif line.startswith(("|", "!")):
            if not row:
                first, head = number, line.startswith("!")
            cells = re.split(r"\|\||!!", line[1:]) if head else line[1:].split("||")
            row += [_wiki_text(_WIKI_STYLE.sub("", cell)).strip() for cell in cells]
        elif row:
            row[-1] = f"{row[-1]} {_wiki_text(line)}".strip()
    close()
    return len(lines)


def _list_table(lines: Sequence[str], place: int, found: dict[int, Marked]) -> int:
    """`* - first cell` opens a row, `- next cell` goes on with it; what is indented deeper belongs to the cell."""
    header = False
    row: list[str] = []
    first = place
    found[place] = Marked("rule")
    number = place + 1
    rows = 0

    def close() -> None:
        nonlocal rows
        if row:
            found[first] = Marked("head" if header and rows == 0 else "row", cells=tuple(row))
            rows += 1
            row.clear()

    while number < len(lines):
        line = lines[number]
        if line.strip() and not line.startswith((" ", "\t")):
            break
        cell = _CELL.match(line)
        if ":header-rows:" in line:
            header = not line.rstrip().endswith(" 0")
        if cell and cell[2].startswith("*"):
            close()
            first = number
            row.append((cell[3] or "").strip())
        elif cell and row:
            row.append((cell[3] or "").strip())
        elif row and line.strip():
            row[-1] = f"{row[-1]} {line.strip()}"
        found.setdefault(number, Marked("rule"))
        number += 1
    close()
    return number
