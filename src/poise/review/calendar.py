"""The day a document is about, and what its dates without a year, or with day and month in either order, mean."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.dates import Written, dates, weekday_of
from poise.review.document import Document
from poise.review.line import Line

# Days of which only the distance is known are counted from here.
UNDATED = date(2001, 1, 1)
_OTHER_DAY = regexp(
    r"\b(?:publish|posted|post date|written|author|review|meeting|updat|creat|draft|due|deadline|last (?:modified"
    r"|edited)|version|revis|prepared|report(?:ed)? (?:date|on)"
    r"|date of (?:report|publication|review)|report date|signed|approved|postmortem (?:date|held)|eta\b|copyright"
    r"|issued|completed|document date|expected|scheduled for)",
    re.IGNORECASE,
)
# Days of the file, even in a title.
_OF_FILE = regexp(r"\b(?:exported|generated|printed|retrieved|downloaded|archived|as of)\b[^.;]{0,12}$", re.IGNORECASE)
_SALUTATION = regexp(r"(?:dear|hello|hi|to all|to our)\b[^.]{0,60}$", re.IGNORECASE)
_LAST_WEEKDAY = regexp(r"\b(?:last|on|this past) (?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b(?! (?:the )?\d)", re.IGNORECASE)
_ITS_DAY = regexp(
    r"^(?:incident |outage |event )?(?:date|day|when|date\s*(?:/|and|&)\s*time|start|began|occurred|time|duration"
    r"|date of (?:the )?(?:incident|outage|event|occurrence)|incident (?:date|time|start|window|duration))",
    re.IGNORECASE,
)
_TITLE_ROLES = ("other", "summary", "timeline")
_MAIL = regexp(r"\d\d:\d\d(?::\d\d)? [+-]\d{4}|\bGMT$")
_BARE = regexp(r"(?<![\w.:/-])(?:19|20)\d\d(?![\w:/-]|\.\d)")


@dataclass(frozen=True, slots=True)
class Placed:
    """A date of the document that is its incident's, with its line."""

    written: Written
    line: Line

    @property
    def quote(self) -> Quote:
        """The line as it is quoted."""
        return self.line.quote


@dataclass(frozen=True, slots=True)
class Calendar:
    """`base` is the day that the document is about, as far as it says; `year` the year of dates without one; `day_first` how 5/6/2023 is
    read, None where nothing tells. `others` are dates of writing, publishing and reviewing."""

    base: date | None
    year: int | None
    day_first: bool | None
    stated: tuple[Placed, ...]
    others: tuple[Placed, ...]

    def day(self, written: Written) -> date | None:
        """The day that is meant; None where its year is not known, or no such day exists."""
        if written.wrong:
            return None
        if written.either and self.day_first is False:
            return written.on(self.year or 2000)
        if written.either and self.day_first:
            return written.swapped().on(self.year or 2000)
        return written.on(self.year or 2000) if self.year or written.year else None


def calendar(document: Document, year_before: int | None = None) -> Calendar:
    """What the document says of its days; `year_before` is the year that holds for the whole file."""
    stated: list[tuple[int, Placed]] = []
    others: list[Placed] = []
    titled = False
    for line in document.lines:
        if not line.text or line.kind == "code":
            continue
        for written in dates(line.text):
            placed = Placed(written, line)
            rank = _rank(document, line, written, titled)
            if rank is None:
                others.append(placed)
            else:
                stated.append((rank, placed))
        titled = titled or line.kind == "heading"
    if _is_letter(document):
        # The date that stands alone at a letter's head is that of writing.
        others += [p for _, p in stated if p.line.text.strip() == p.written.text]
        stated = [(rank, p) for rank, p in stated if p.line.text.strip() != p.written.text]
    every = [placed for _, placed in stated]
    year = _year([*every, *others]) or year_before or bare_year(document)
    first = _day_first([*every, *others], document)
    known = Calendar(None, year, first, tuple(every), tuple(others))
    base = next((day for _, placed in sorted(stated, key=lambda each: each[0]) if (day := known.day(placed.written)) is not None), None)
    if base is None and others:
        base = _weekday_before(document, [day for placed in others if (day := known.day(placed.written)) is not None])
    return Calendar(base, year, first, tuple(every), tuple(others))


def _is_letter(document: Document) -> bool:
    return any(_SALUTATION.match(line.text) for line in document.lines[:40])


def _weekday_before(document: Document, written: Sequence[date]) -> date | None:
    """The day of "last Thursday", by the first day on which the document says it was written."""
    for line in document.lines if written else ():
        found = _LAST_WEEKDAY.search(line.text)
        if found:
            back = (min(written).weekday() - weekday_of(found["weekday"])) % 7 or 7
            return min(written) - timedelta(days=back)
    return None


def of_file(text: str, written: Written) -> bool:
    """Whether the date is said to be that of the file: its export, its printing."""
    return bool(_OF_FILE.search(text, max(0, written.start - 40), written.start))


def _rank(document: Document, line: Line, written: Written, titled: bool) -> int | None:
    """How much the date says of the incident's day: the less the more; None where it is the day of something else."""
    before = line.text[max(0, written.start - 60) : written.start]
    role = document.role(line)
    if line.text.startswith("Date of ") and _ITS_DAY.match(line.text) and not _OTHER_DAY.search(before):
        return 0
    title = (line.kind == "heading" and line.level == 1) or line.text.startswith("Subject:")
    if (
        role in ("actions", "authors", "status", "evidence", "responders")
        or (_OTHER_DAY.search(before) and not title)
        or of_file(line.text, written)
    ):
        return None
    if line.raw.lstrip().startswith("> Date:") or (line.text.startswith(("Date:", "Sent:")) and _MAIL.search(line.text)):
        return None  # when a mail was sent
    if line.kind == "front":
        return 5 if line.text.lower().startswith(("incident", "outage", "start")) is False else 0
    if line.text.startswith("Subject:"):
        return 1
    if line.kind == "heading":
        return 1 if role in _TITLE_ROLES else 3
    if _ITS_DAY.match(line.text.lstrip("*_ ")) and written.start < 60:
        return 0
    if role == "timeline":
        return 2
    return 3 if role == "summary" else 4


def _year(placed: Sequence[Placed]) -> int | None:
    """The one year that the document names; the earliest where it names several, which are those of later edits."""
    years = Counter(p.written.year for p in placed if p.written.year)
    return min(years) if years else None


def bare_year(document: Document) -> int | None:
    """The year of a title, or of a sentence about all dates, where it stands without day and month."""
    first = next((line for line in document.lines if line.text), None)
    for line in document.lines:
        if line.kind == "heading" or line is first or "all dates" in line.text.lower():
            found = _BARE.search(line.text)
            if found:
                return int(found[0])
    return None


def _day_first(placed: Sequence[Placed], document: Document) -> bool | None:
    """Whether 5/6/2023 is 5 June here: by other dates of the document, by a weekday, by its clock."""
    slashed = [p.written for p in placed if "/" in p.written.text]
    if not any(w.either for w in slashed):
        return None
    for written in slashed:
        if not written.either and not written.wrong and written.year and "/" in written.text:
            head = written.text.split()[-1].split("/")[0]
            if head.isdigit() and len(head) < 3 and int(head) > 12:
                return True
            if head.isdigit() and len(head) < 3:
                return False
    plain_days = {d for p in placed if not p.written.either and (d := p.written.on(p.written.year or 1)) is not None and p.written.year}
    for written in slashed:
        one, other = written.on(written.year or 1), written.swapped().on(written.year or 1)
        possible = {day.weekday() for day in (one, other) if day is not None}
        if one and other and len(possible) == 2 and written.weekday in possible:
            return written.weekday == other.weekday()
        if (one in plain_days) != (other in plain_days):
            return other in plain_days
    halves = [bool(c.half_day in ("am", "pm")) for line in document.lines[:400] for c in clocks(line.text)]
    return not any(halves) if halves else None
