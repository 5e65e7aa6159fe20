"""Tables of HTML, AsciiDoc and comma-separated values, and the headings of AsciiDoc and Org mode, as rows and headings."""

import csv
import html
import re
from collections.abc import Sequence

from poise.model.regexp import regexp
from poise.review.marked import Marked

_TAG = regexp(r"<[^<>]{1,200}>")
_ROW = regexp(r"<tr\b", re.IGNORECASE)
_ROW_END = regexp(r"</tr\s*>", re.IGNORECASE)
_CELLS = regexp(r"<(t[dh])\b[^<>]{0,200}>(.*?)(?=<t[dh]\b|</t[dh]|</tr|$)", re.IGNORECASE | re.DOTALL)
_HTML_HEADING = regexp(r"\s*<h([1-6])\b[^<>]{0,100}>(.*?)</h\1>\s*$", re.IGNORECASE)
_HTML_ITEM = regexp(r"\s*(?:<[uo]l[^<>]{0,80}>\s*)?<li\b[^<>]{0,80}>(.*)$", re.IGNORECASE)
_ASCIIDOC = regexp(r"(={1,6})\s+(\S.*?)\s*$")
_ORG = regexp(r"(\*{1,6})\s+(?:TODO |DONE )?(\S.*?)\s*$")
_ORG_KEY = regexp(r"#\+(TITLE|DATE|AUTHOR|SUBTITLE):\s*(\S.*)$", re.IGNORECASE)
_DEFINED = regexp(r"\s*(\S.{0,60}?)::\s+(\S.*)$")
LONGEST_ROW = 200


def html_rows(lines: Sequence[str], found: dict[int, Marked]) -> None:
    """`<tr>` to `</tr>`, on one line or many; the row stands on the line of its first cell with text."""
    place = 0
    while place < len(lines):
        if not _ROW.search(lines[place]):
            place += 1
            continue
        end = place
        while end < len(lines) - 1 and end - place < LONGEST_ROW and not _ROW_END.search(lines[end]):
            end += 1
        cells = list(_CELLS.finditer("\n".join(lines[place : end + 1])))
        texts = tuple(" ".join(html.unescape(_TAG.sub("", cell[2])).split()) for cell in cells)
        first = next((cell for cell in cells if _TAG.sub("", cell[2]).strip()), None)
        for number in range(place, end + 1):
            found[number] = Marked("rule")
        if first is not None:
            text = first.string[: first.start(2)] + first[2][: len(first[2]) - len(first[2].lstrip())]
            head = all(cell[1].lower() == "th" for cell in cells)
            found[place + text.count("\n")] = Marked("head" if head else "row", cells=texts)
        place = end + 1
    for number, line in enumerate(lines):
        heading, item = _HTML_HEADING.match(line), _HTML_ITEM.match(line)
        if heading:
            found[number] = Marked("heading", html.unescape(_TAG.sub("", heading[2])).strip(), int(heading[1]))
        elif item:
            found[number] = Marked("text", f"- {html.unescape(_TAG.sub('', item[1])).strip()}")
        elif number not in found and re.match(
            r"\s*</?(?:table|thead|tbody|caption|colgroup|ul|ol|dl|div|section|html|body|p)\b[^<>]*>\s*$", line, re.IGNORECASE
        ):
            found[number] = Marked("rule")


def asciidoc(lines: Sequence[str], found: dict[int, Marked]) -> None:
    """`== Heading`, tables between `|===`, and `13:45:: what happened`."""
    inside = False
    row: list[str] = []
    columns, first, head = 0, 0, False
    for number, line in enumerate(lines):
        heading = _ASCIIDOC.match(line)
        defined = _DEFINED.match(line)
        if line.strip() == "|===":
            if inside and row:
                found[first] = Marked("row", cells=tuple(row))
            inside, columns, row, head = not inside, 0, [], False
            found[number] = Marked("rule")
        elif inside:
            found[number] = Marked("rule")
            cells = [cell.strip() for cell in re.split(r"(?:^|\s)[aehlms]?\|", line)[1:]] if "|" in line else []
            if not cells:
                continue
            if columns == 0 and len(cells) > 1:
                columns = len(cells)
                following = lines[number + 1].strip() if number + 1 < len(lines) else ""
                head = not following
                found[number] = Marked("head" if head else "row", cells=tuple(cells))
                continue
            first = number if not row else first
            row += cells
            if columns and len(row) >= columns:
                found[first] = Marked("row", cells=tuple(row))
                row = []
            elif not columns and number + 1 < len(lines) and not lines[number + 1].strip():
                columns = len(row)
                found[first] = Marked("row", cells=tuple(row))
                row = []
        elif heading and not line.rstrip().endswith("="):
            found[number] = Marked("heading", heading[2], len(heading[1]))
        elif defined:
            found[number] = Marked("text", f"{defined[1]} {defined[2]}")


def org(lines: Sequence[str], found: dict[int, Marked]) -> None:
    """Headings of stars, `#+DATE:` and the like; only where such keys or `* Heading` with `** Heading` below are seen."""
    if not any(_ORG_KEY.match(line) for line in lines) and not any(line.startswith("** ") for line in lines):
        return
    for number, line in enumerate(lines):
        heading, key = _ORG.match(line), _ORG_KEY.match(line)
        if key:
            title = key[1].upper() == "TITLE"
            found[number] = Marked("heading", key[2], 1) if title else Marked("text", f"{key[1].title()}: {key[2]}")
        elif heading:
            found[number] = Marked("heading", heading[2], len(heading[1]) + 1)
        elif re.match(r"\s*\|[-+]+\|?\s*$", line) or line.startswith(("#+", ":PROPERTIES:", ":END:")):
            found[number] = Marked("rule")


def comma_separated(lines: Sequence[str], found: dict[int, Marked]) -> None:
    """Three lines or more with one number of cells, the first of which names a time."""
    place = 0
    while place < len(lines):
        mark = next((m for m in (",", ";", "\t") if lines[place].count(m) >= 1 and _names_time(lines[place].split(m))), None)
        width = len(_split(lines[place], mark)) if mark else 0
        end = place
        while mark and end < len(lines) and lines[end].strip() and len(_split(lines[end], mark)) == width:
            end += 1
        if mark and end - place >= 3:
            for number in range(place, end):
                found[number] = Marked("head" if number == place else "row", cells=tuple(_split(lines[number], mark)))
            place = end
        else:
            place += 1


def _names_time(cells: Sequence[str]) -> bool:
    """Heads are short words, and one of them is that of a time."""
    return all(len(cell.split()) <= 3 for cell in cells) and any(
        re.match(r"\W*(?:time|timestamp|when|clock|date|utc|start)\b", cell, re.IGNORECASE) for cell in cells
    )


def _split(line: str, mark: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark, skipinitialspace=True))]
    except (csv.Error, StopIteration):
        return []
