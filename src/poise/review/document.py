"""A postmortem's text as lines that know what they are and in which section they stand: Markdown, or plain text that looks like it."""

import re

from poise.model.light import dataclass
from poise.model.postmortem import Role
from poise.model.regexp import regexp
from poise.review.fields import FIELD, Field, fields
from poise.review.line import Line
from poise.review.marked import Marked
from poise.review.markup import marked
from poise.review.prepared import prepared
from poise.review.sections import role_of

_HEADING = regexp(r" {0,3}(#{1,6})(?!#|\.\s|\d)\s*(.*?)\s*#*\s*$")
_BULLET = regexp(r"(\s*)(?:[-*+•·–]\s+|\(?\d{1,3}[.)]\s+|#\.\s+|\[[ xX]\]\s+)+")
_WIKI_BULLET = regexp(r"[*#]+\s*")
_BOLD_ALONE = regexp(r"\s*(?:\*\*|__)([^*_]{1,120}?)(?:\*\*|__)\s*:?\s*$")
_RUN_IN = regexp(r"\s*(?:(?:\*\*|__)([A-Z][^*_:.]{2,40})[:.]?(?:\*\*|__)[:.]?|([A-Z][A-Za-z ]{2,24})::?)\s+(\S+(?:\s+\S+){2,}.*)$")
_RUN_IN_ROLES = ("summary", "impact", "cause", "trigger", "contributing", "resolution", "actions", "lessons", "detection")
_UNDERLINE = regexp(r"\s*(=+|-+|~+)\s*$")
_NUMBERED = regexp(r"\s*(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[IVX]{1,4}\.)\s+(.*)$")
_TIMED = regexp(r"\W*(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+)?\d{1,2}[:.h]\d\d")
_FENCE = regexp(r"\s*(```+|~~~+)")
_GRID = regexp(r"\s*\+[-=+]{3,}\+?\s*$")
_SEPARATOR = regexp(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_COLUMNS = regexp(r"\t|\s{3,}")
_MARKUP = regexp(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|<[^<>]{1,80}>|!?\[(?=[^\]\[]{1,200}\]\()")
_LINK_END = regexp(r"\]\(([^()\s]{1,500})\)")
LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class Section:
    """A heading: its title, its level (1 is the highest), what it is about, its line."""

    title: str
    level: int
    role: Role
    line: int


# Without comparison by content: what is kept for a document (`blocks`) is found without a look at all its lines.
@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """All lines of one incident; `sections[0]` is what stands before the first heading."""

    lines: tuple[Line, ...]
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]

    def role(self, line: Line) -> Role:
        """What the section is about that the line stands in."""
        return self.sections[line.section].role

    def of(self, *roles: Role) -> tuple[Line, ...]:
        """The lines of all sections that are about this, without their headings."""
        return tuple(line for line in self.lines if line.kind != "heading" and line.text and self.role(line) in roles)

    def has(self, *roles: Role) -> bool:
        """Whether a section of that kind is there and says anything."""
        return bool(self.of(*roles))

    @property
    def title(self) -> str:
        """The first heading that names more than a section, else the first line."""
        named = next((s.title for s in self.sections[1:] if s.role == "other" or len(s.title.split()) > 3), "")
        return named or next((line.text for line in self.lines if line.text), "")


def document(lines: list[str], first: int = 1) -> Document:
    """The document of these lines, the first of which has the number `first`."""
    return _Reader(first).read(lines)


class _Reader:
    """Goes once through the lines. What it holds is where it is: section, fence, table, group."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.made: list[Line] = []
        self.sections = [Section("", 0, "other", first)]
        self.group = 0
        self.columns: tuple[str, ...] = ()
        self.fence = ""
        self.written: list[str] = []

    def read(self, lines: list[str]) -> Document:
        self.written = lines
        lines = prepared(lines)
        begin = self._front(lines)
        marks = marked(lines)
        for place in range(begin, len(lines)):
            if place in marks:
                self._marked(place, lines[place], marks[place])
                continue
            self._line(place, lines[place], lines[place + 1] if place + 1 < len(lines) else "")
        made = tuple(self.made)
        return Document(made, tuple(self.sections), tuple(field for line in made for field in fields(line)))

    def _front(self, lines: list[str]) -> int:
        """How many lines the front matter has, which are noted as `front`."""
        if not lines or lines[0].strip() != "---":
            return 0
        end = next((n for n, line in enumerate(lines[1:60], 1) if line.strip() in ("---", "...")), 0)
        if not end or not any(FIELD.match(line) for line in lines[1:end]):
            return 0
        for place in range(end + 1):
            self._add(place, lines[place], plain(lines[place]) if 0 < place < end else "", "front")
        return end + 1

    def _marked(self, place: int, raw: str, mark: Marked) -> None:
        """A line that another markup makes something of."""
        if mark.kind == "heading":
            self._open(mark.text, mark.level, place)
            self._add(place, raw, mark.text, "heading", level=mark.level)
            self.group += 1
            return
        if mark.cells and (mark.kind == "head" or not self.columns):
            self.group += 1
            self.columns = tuple(cell.lower() for cell in mark.cells) if mark.kind == "head" else ("",) * len(mark.cells)
        elif mark.kind == "text":
            self.columns = ()
        bullet = _BULLET.match(mark.text) or (_WIKI_BULLET.match(mark.text) if raw.startswith(("*", "#")) else None)
        text = " ".join(mark.cells).strip() or plain(mark.text[bullet.end() :] if bullet else mark.text)
        self._add(place, raw, text, "bullet" if bullet else mark.kind, cells=mark.cells)

    def _line(self, place: int, raw: str, following: str) -> None:
        fence = _FENCE.match(raw)
        if fence and (not self.fence or fence[1].startswith(self.fence)):
            self.fence = "" if self.fence else fence[1][:3]
            self._add(place, raw, "", "rule")
            self.group += 1
            return
        if self.fence:
            self._add(place, raw, raw.strip(), "code")
            return
        if not raw.strip():
            # Bullets with blank lines between are one list still.
            self._add(place, raw, "", "blank")
            self.columns = ()
            return
        quoted = re.sub(r"^\s*(?:>\s?)+", "", raw)
        run_in = _RUN_IN.match(quoted)
        if run_in and role_of(run_in[1] or run_in[2]) in _RUN_IN_ROLES and sum(w[0].isalpha() for w in run_in[3].split()) > 2:
            # "**Cause.** The replication …": a heading and its text on one line.
            self._open((run_in[1] or run_in[2]).rstrip(":. "), 4, place)
            self.group += 1
            self._add(place, raw, plain(run_in[3]), "text")
            return
        heading = self._heading(quoted, following)
        if heading is not None:
            self._open(*heading, place)
            self._add(place, raw, plain(heading[0]), "heading", level=heading[1])
            self.group += 1
        elif "|" in quoted and (quoted.lstrip().startswith("|") or self.columns or (_SEPARATOR.match(following) and "|" in following)):
            self._row(place, quoted, following)
        elif _UNDERLINE.match(quoted) or _GRID.match(quoted):
            self._add(place, raw, "", "rule")
        else:
            self.columns = ()
            bullet = _BULLET.match(quoted)
            kind = "bullet" if bullet else "text"
            if not self.made or (self.made[-1].kind not in (kind, "blank")) or (self.made[-1].kind == "blank" and kind == "text"):
                self.group += kind == "text" or self._last_kind() not in ("bullet", "text")
            self._add(place, raw, plain(quoted[bullet.end() :] if bullet else quoted), kind, level=len(bullet[1]) if bullet else 0)

    def _last_kind(self) -> str:
        return next((line.kind for line in reversed(self.made) if line.kind != "blank"), "")

    def _row(self, place: int, raw: str, following: str) -> None:
        if _SEPARATOR.match(raw):
            self._add(place, raw, "", "rule")
            return
        cells = tuple(plain(cell) for cell in raw.strip().removeprefix("|").removesuffix("|").split("|"))
        if not self.columns:
            self.group += 1
            head = _SEPARATOR.match(following) or (_GRID.match(following) and "=" in following) or raw.lstrip().startswith("||")
            self.columns = tuple(cell.lower() for cell in cells) if head else ("",) * len(cells)
            if head:
                self._add(place, raw, " ".join(cells).strip(), "head", cells=cells)
                return
        self._add(place, raw, " ".join(cells).strip(), "row", cells=cells)

    def _heading(self, raw: str, following: str) -> tuple[str, int] | None:
        """Title and level, where the line is a heading; of plain text only what is short and looks like one."""
        marked = _HEADING.match(raw)
        if marked:
            return (plain(marked[2]), len(marked[1])) if marked[2] else None
        if len(raw) > LONGEST_TITLE + 8:
            return None
        text = plain(raw)
        under = _UNDERLINE.match(following)
        if under and len(under[1]) >= 3 and not _BULLET.match(raw) and "|" not in raw and len(text) <= LONGEST_TITLE:
            return text.rstrip(":"), 1 if under[1][0] == "=" else 2
        bold = _BOLD_ALONE.match(raw)
        if bold:
            # A bold date within a timeline opens a day, not a section.
            return (bold[1].rstrip(": "), 4) if role_of(bold[1]) != "other" else None
        numbered = _NUMBERED.match(text)
        bare = (numbered[1] if numbered else text).strip()
        words = bare.rstrip(":").split()
        if (
            not words
            or len(words) > 7
            or _COLUMNS.search(raw.strip())
            or raw.lstrip().startswith(("-", "*", "+", "•", "|", ">"))
            or raw.startswith("    ")
        ):
            return None
        if ":" in bare.rstrip(": "):
            return None
        shout = bare.rstrip(":").isupper() and len(bare) > 3 and not any(c.isdigit() for c in bare)
        alone = not following.strip() or (len(words) <= 5 and (not self.made or self.made[-1].kind == "blank"))
        known = role_of(bare) != "other" and (bare.endswith(":") or (bare == bare.rstrip(".,;") and (numbered or alone)))
        if shout or (known and not bare.endswith((".", ",", ";")) and words[0][0].isupper()):
            return bare.rstrip(": "), 3
        return None

    def _open(self, title: str, level: int, place: int) -> None:
        # "10:04 – detection" is an event, "Impact from 10:04" a section.
        role = "other" if _TIMED.match(title) else role_of(title)
        if level == 1 and len(self.sections) == 1 and role != "summary":
            # The title of the whole: "Root cause analysis of …" is no section about the cause.
            role = "other"
        elif (above := self._above(level)) in ("actions", "timeline") and role != "other":
            # "Detect" below "Improvements" is an improvement still, "Mitigation" below "Timeline" a part of the course.
            role = above
        elif role == "other":
            # "Day 2" below "Timeline" is the timeline still.
            role = above
        self.sections.append(Section(title, level, role, self.first + place))
        self.columns = ()

    def _above(self, level: int) -> Role:
        """What the heading above one of that level is about."""
        return next((s.role for s in reversed(self.sections) if 0 < s.level < level), "other")

    def _add(self, place: int, raw: str, text: str, kind: str, level: int = 0, cells: tuple[str, ...] = ()) -> None:
        columns = self.columns if kind == "row" else ()
        self.made.append(
            Line(self.first + place, self.written[place], text, kind, len(self.sections) - 1, self.group, level, cells, columns)
        )


def plain(text: str) -> str:
    """The text without emphasis, code marks, tags and the addresses of links."""
    if not any(sign in text for sign in "*_`<["):
        return text.strip()
    return _MARKUP.sub("", _LINK_END.sub("", text)).strip()
