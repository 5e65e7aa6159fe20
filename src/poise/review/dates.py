"""Dates as people write them, and the words that move a date: "the next day", "Day 2", a weekday's name."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.clock import masked

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)(?![a-z])\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_WEEKDAY = r"(?:Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:rs?(?:day)?)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)"
_DATE = regexp(
    rf"(?<![\w./-])(?:(?P<weekday>{_WEEKDAY})\.?,?\s+(?:the\s+)?)?(?:"
    r"(?P<y1>(?:19|20)\d\d)(?P<sep1>[-/.])(?P<m1>\d{1,2})(?P=sep1)(?P<d1>\d{1,2})(?![\d])"
    r"|(?P<y6>20\d\d)(?P<m6>[01]\d)(?P<d6>[0-3]\d)(?=T\d{4})"
    rf"|(?P<d2>{_DAY})(?:st|nd|rd|th)?(?:\s?(?:[-–/]|to|and)\s?(?P<e2>\d{{1,2}})(?:st|nd|rd"
    rf"|th)?)?[\s/-]+(?:of\s+)?(?P<m2>{_MONTH})(?:,?[\s/-]+(?P<y2>(?:19|20)\d\d)(?!\d))?"
    rf"|(?P<m3>{_MONTH})[\s-]+(?:the\s+)?(?P<d3>{_DAY})(?:st|nd|rd|th)?(?!\d|:\d)(?:\s?(?:[-–]|to)\s?\d{{1,2}}(?:st|nd"
    rf"|rd|th)?(?![\d:]))?(?:,?\s+(?P<y3>(?:19|20)\d\d)(?!\d|:)"
    rf"|(?=\s\d\d:\d\d(?::\d\d)?\s(?:[A-Z]{{3,4}}\s)?(?P<y5>20\d\d)\b))?"
    r"|(?P<a4>\d{1,2})(?P<sep4>[/.-])(?P<b4>\d{1,2})(?P=sep4)(?P<y4>(?:19|20)?\d\d)(?![\d:/-]|\.\d)"
    r")",
    re.IGNORECASE,
)
_WEEKDAY_BEHIND = regexp(rf"\s*\(({_WEEKDAY})\)|,? (?:a |was a )((?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.IGNORECASE)
_MOVES = regexp(
    r"\b(?:(?P<next>(?:the |on the )?(?:next|following) (?:day|morning|afternoon|evening)|the day after|a day later"
    r"|one day later|overnight into)"
    r"|(?P<previous>(?:the )?(?:previous|prior) (?:day|evening|night|afternoon)|the (?:day|night|evening) before)"
    r"|day (?P<number>\d{1,2})(?=\W|$)(?!\s+of\b)"
    r"|t\s?\+\s?(?P<plus>\d{1,2})\s?d\b)",
    re.IGNORECASE,
)
_LONE_WEEKDAY = regexp(rf"\b(?P<weekday>{_WEEKDAY})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A date at `start`:`end` of its line. `year` None where none is given; `either` where day and month could be swapped (5/6/2023);
    `weekday` 0–6 as written beside it; `wrong` where there is no such day."""

    start: int
    end: int
    year: int | None
    month: int
    day: int
    text: str
    weekday: int | None = None
    either: bool = False
    wrong: bool = False
    # The last day of a range: 12 of "11 to 12 March".
    last: int | None = None

    def on(self, year: int) -> date | None:
        """The day, of that year where none is written."""
        try:
            return date(self.year or year, self.month, self.day)
        except ValueError:
            return None

    def swapped(self) -> "Written":
        """Read the other way round."""
        return Written(self.start, self.end, self.year, self.day, self.month, self.text, self.weekday)


@dataclass(frozen=True, slots=True)
class Move:
    """Words that move the date: by `days` from the date before, or to day `number` counted from the first."""

    start: int
    end: int
    days: int = 0
    number: int | None = None


@lru_cache(maxsize=2048)
def dates(text: str) -> tuple[Written, ...]:
    """All dates of the line, in order. Many ask of the same line."""
    return tuple(_with_weekday(text, written) for found in _DATE.finditer(masked(text)) if (written := _read(found)) is not None)


def _with_weekday(text: str, written: Written) -> Written:
    """With the weekday that stands behind it: "2023-11-10 (Friday)", "10 November 2023, a Friday"."""
    found = _WEEKDAY_BEHIND.match(text, written.end) if written.weekday is None else None
    return written if found is None else replace(written, weekday=weekday_of(found[1] or found[2]))


def moves(text: str) -> Iterator[Move]:
    """All words of the line that move the date."""
    for found in _MOVES.finditer(text):
        if found["number"]:
            yield Move(found.start(), found.end(), number=int(found["number"]))
        elif found["plus"]:
            yield Move(found.start(), found.end(), number=int(found["plus"]) + 1)
        else:
            yield Move(found.start(), found.end(), days=1 if found["next"] else -1)


def weekday_of(name: str) -> int:
    """0 for Monday, by the first three letters."""
    return next(number for number, weekday in enumerate(WEEKDAYS) if weekday.startswith(name.lower()[:3]))


def lone_weekday(text: str) -> tuple[int, int] | None:
    """A weekday's name on the line, without a date: which, and where."""
    found = _LONE_WEEKDAY.search(text)
    if not found or (len(found["weekday"]) < 6 and not found["weekday"][0].isupper()):
        return None
    return weekday_of(found["weekday"]), found.start()


def _read(found: "re.Match[str]") -> Written | None:
    weekday = weekday_of(found["weekday"]) if found["weekday"] else None
    either = False
    if found["y1"]:
        year, month, day = int(found["y1"]), int(found["m1"]), int(found["d1"])
    elif found["y6"]:
        year, month, day = int(found["y6"]), int(found["m6"]), int(found["d6"])
    elif found["d2"]:
        year, month, day = int(found["y2"] or 0), _month(found["m2"]), int(found["d2"])
    elif found["d3"]:
        if found["m3"] == "may":
            return None  # "it may 5 times …"
        year, month, day = int(found["y3"] or found["y5"] or 0), _month(found["m3"]), int(found["d3"])
    else:
        one, other, year = int(found["a4"]), int(found["b4"]), int(found["y4"])
        if len(found["y4"]) == 2:
            if found["sep4"] != "/":
                return None  # 1.2.30 is a version, 10-11-12 anything
            year += 2000
        # 10.11.2023 is Europe's way, with the day first; 10/11/2023 is anybody's.
        day, month = (one, other) if found["sep4"] != "/" or one > 12 else (other, one)
        either = found["sep4"] == "/" and one <= 12 and other <= 12 and one != other
    wrong = not 1 <= month <= 12
    if not wrong:
        try:
            date(year or 2000, month, day)
        except ValueError:
            wrong = True
    return Written(
        found.start(),
        found.end(),
        year or None,
        month,
        day,
        found[0].strip(),
        weekday,
        either,
        wrong,
        int(found["e2"]) if found["e2"] else None,
    )


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))
