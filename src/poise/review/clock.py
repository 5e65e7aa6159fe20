"""Times of day in the ways people write them: 13:45, 1:45 PM, 1345h, 13h45, noon; and those that cannot be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from poise.model.light import dataclass
from poise.model.postmortem import Precision
from poise.model.regexp import regexp
from poise.review.word_clock import spoken
from poise.review.zones import Zone, after, before

_CLOCK = regexp(
    r"(?:(?<![\w.:/+$€£#=])|(?<=\dT)|(?<=/20\d\d:))(?:"
    r"(?<=\dT)(?P<h7>[0-2]\d)(?P<m7>[0-5]\d)(?P<s7>[0-5]\d)?(?!\d)|"
    r"(?P<h6>\d{1,2}):(?:\?\?|[xX]{2}|--)|"
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d{1,9})?)?(?![\d%]|:\d|\.\d)(?:\s?(?P<mer>[AaPp]\.?\s?[Mm]\b\.?)|(?P<mer3>[ap])(?!\w))?"
    r"|(?P<h2>\d{1,2})(?:\.(?P<m2>\d\d))?\s?(?P<mer2>[AaPp]\.?[Mm]\b\.?)"
    r"|(?P<h3>[012]\d)(?P<m3>[0-5]\d)(?:\s?(?:[Hh]rs?\b|[Hh]\b|hours\b)|(?P<z3>(?=\s?(?:UTC|GMT|Z|[A-Z]{2}?[SD]?T)\b)))"
    r"|(?P<h4>\d{1,2})[hH](?P<m4>\d\d)(?![\d\w])"
    r"|(?P<h5>\d{1,2})\.(?P<m5>\d\d)(?=\s?(?:UTC|GMT|[A-Z]{2,3}T|hrs?|h|hours)\b)"
    r"|(?P<word>(?i:noon|midday|midnight))\b"
    r")"
)
_BROKEN = regexp(r"(?<![\w.:/])(?:\d{1,2}:\d\d:\s\d{1,2}(?!\d)|\d{1,2}:\d\d\s?[M]\b|\d{1,2}:\d(?!\d|:)\b|\d{1,2}:\d{3,}\b)")
_DOTTED = regexp(r"\W*(\d{1,2})\.(\d\d)(?!\d|\.\d|\s?%|[A-Za-z])")
_WORDS = regexp(r"o['’]clock|\b(?:past|to|after|before) \w|\b(?:morning|afternoon|evening|night)\b", re.IGNORECASE)
_MONTH_BEFORE = regexp(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?: \d{1,2}(?:st|nd|rd|th)?)?,? $", re.IGNORECASE)
_URL = regexp(r"(?:https?|ftp|wss?)://[^\s)>\]]{1,2000}")
# What stands between the two ends of a range.
_BETWEEN = regexp(r"\s*(?:[-–—~→]|to|till|until|and|through|->)\s*(?:about |around |approximately )?", re.IGNORECASE)
_HOUR_BEFORE = regexp(r"(?<![\w.:/-])(\d{1,2})(?::(\d\d))?\s*(?:[-–—]|to)\s*$")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day at `start`:`end` of its line. `wrong` says why it cannot be; `until` is the other end of a range; `half_day` tells that
    it was written with AM or PM; `precision` what is known: of `14:??` the hour, of a day alone the day;
    `loose` that nothing says which half of the day is meant."""

    start: int
    end: int
    hour: int
    minute: int
    second: int
    written: str
    zone: Zone | None = None
    wrong: str = ""
    half_day: str = ""
    until: "Clock | None" = None
    precision: Precision = "minute"
    loose: bool = False


def masked(text: str) -> str:
    """The text with blanks for addresses, whose digits are no times."""
    return _URL.sub(lambda found: " " * len(found[0]), text) if "://" in text else text


@lru_cache(maxsize=2048)
def clocks(text: str) -> tuple[Clock, ...]:
    """All times of the line, ranges as one. Many ask of the same line."""
    place = 0
    text = masked(text)
    said = list(spoken(text)) if _WORDS.search(text) else []
    found = [_zoned(text, Clock(s.start, s.end, s.hour, s.minute, 0, text[s.start : s.end], loose=s.loose)) for s in said]
    while match := _CLOCK.search(text, place):
        clock = _read(text, match)
        place = match.end() if clock is None else clock.end
        if clock is not None and not any(s.start < clock.end and clock.start < s.end for s in said):
            found.append(clock)
    found.sort(key=lambda clock: clock.start)
    return tuple(_ranges(text, found))


def broken(text: str) -> list[tuple[int, str]]:
    """What was meant as a time and is none: where it begins, and what stands there."""
    return [(found.start(), found[0].strip()) for found in _BROKEN.finditer(masked(text))]


def dotted(text: str) -> tuple[int, int, str] | None:
    """Hour, minute and words of an entry that begins with `15.25`; None where it begins otherwise, or with a number that is no time."""
    found = _DOTTED.match(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return int(found[1]), int(found[2]), f"{found[1]}.{found[2]}"


def _read(text: str, match: "re.Match[str]") -> Clock | None:
    begin, end = match.span()
    if text[max(0, begin - 4) : begin] in ("UTC-", "GMT-", "UTC−", "GMT−"):
        return None
    if match["z3"] is not None and _MONTH_BEFORE.search(text, max(0, begin - 14), begin):
        return None  # "5 March 2024 UTC"
    word = (match["word"] or "").lower()
    if word:
        return _zoned(text, Clock(begin, end, 0 if word == "midnight" else 12, 0, 0, match[0], half_day=word))
    if match["h6"]:
        known = Clock(begin, end, int(match["h6"]), 0, 0, match[0], precision="hour")
        return _zoned(text, known) if known.hour < 24 else None
    hour = int(match["h"] or match["h2"] or match["h3"] or match["h4"] or match["h5"] or match["h7"])
    minute = int(match["m"] or match["m2"] or match["m3"] or match["m4"] or match["m5"] or match["m7"] or 0)
    second = int(match["s"] or match["s7"] or 0)
    half = (match["mer"] or match["mer2"] or match["mer3"] or "").replace(".", "").replace(" ", "").lower()
    half = f"{half}m" if half in ("a", "p") else half
    wrong = ""
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        wrong = f"there is no {match[0].strip()}: a day ends at 24:00, an hour at :59"
    elif half and (hour > 12 or hour == 0):
        wrong = (
            f"{match[0].strip()} is written with both clocks: {'AM or PM' if hour == 0 else 'PM' if half == 'pm' else 'AM'}"
            f" goes with hours from 1 to 12"
        )
    elif half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if match["h4"] and not (hour < 24 and minute < 60):
        return None
    return _zoned(text, Clock(begin, end, hour, minute, second, match[0].strip(), wrong=wrong, half_day=half))


def _zoned(text: str, clock: Clock) -> Clock:
    zone = after(text, clock.end)
    if zone is None:
        ahead = before(text, clock.start)
        return clock if ahead is None else replace(clock, zone=ahead)
    return replace(clock, end=zone[1], zone=zone[0])


def _ranges(text: str, found: list[Clock]) -> Iterator[Clock]:
    """Two times with a dash or "to" between are one range. What the second says of zone and half of the day holds for the first."""
    place = 0
    while place < len(found):
        one, other = found[place], found[place + 1] if place + 1 < len(found) else None
        between = _BETWEEN.match(text, one.end) if other is not None else None
        if other is None or between is None or between.end() != other.start:
            yield _lone_first(text, one)
            place += 1
            continue
        joined = text[one.end : other.start].strip().lower()
        if joined == "and" and "between" not in text[max(0, one.start - 30) : one.start].lower():
            yield one
            place += 1
            continue
        hour = one.hour
        if other.half_day in ("am", "pm") and not one.half_day and 1 <= one.hour <= 12:
            later = one.hour % 12 + 12
            hour = later if other.half_day == "pm" and (later, one.minute) <= (other.hour, other.minute) else one.hour % 12
        zone = one.zone or other.zone
        until = Clock(
            other.start, other.end, other.hour, other.minute, other.second, other.written, other.zone or zone, other.wrong, other.half_day
        )
        yield replace(one, hour=hour, zone=zone, half_day=one.half_day or other.half_day, until=until)
        place += 2


def _lone_first(text: str, clock: Clock) -> Clock:
    """`9–11 AM`: the first end is a bare hour that only the second makes a time."""
    if clock.half_day not in ("am", "pm"):
        return clock
    before = _HOUR_BEFORE.search(text, max(0, clock.start - 12), clock.start)
    if not before or not 1 <= int(before[1]) <= 12 or before[2]:
        return clock
    hour = int(before[1]) % 12 + (12 if clock.half_day == "pm" else 0)
    if hour > clock.hour:
        hour -= 12
    if hour < 0:
        return clock
    return Clock(before.start(1), before.end(1), hour, 0, 0, before[1], clock.zone, "", clock.half_day, clock)
