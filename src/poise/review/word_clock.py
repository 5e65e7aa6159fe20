"""Times of day in words: "half past two in the afternoon", "a quarter to nine", "ten o'clock"."""

import re
from collections.abc import Iterator

from poise.model.light import dataclass
from poise.model.regexp import regexp

_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MINUTES = {"five": 5, "ten": 10, "a quarter": 15, "quarter": 15, "twenty": 20, "twenty-five": 25, "twenty five": 25, "half": 30}
_HOUR = "|".join(_HOURS)
_SAID = regexp(
    rf"\b(?:(?P<part>twenty[- ]five|twenty|ten|five|a quarter|quarter|half)(?: minutes)? (?P<side>past|to|after"
    rf"|before) (?P<hour>{_HOUR}|noon|midnight|\d{{1,2}})\b"
    rf"|(?P<full>{_HOUR}|\d{{1,2}}) o['’]clock\b"
    rf"|(?:at|by|from|until|since) (?P<alone>{_HOUR})(?= (?:in the (?:morning|afternoon|evening)|at night)\b)"
    rf"|(?P<h>{_HOUR}) (?P<m>fifteen|twenty|thirty|forty|forty-five|fifty)(?= (?:in the (?:morning|afternoon|evening)|at night)\b))",
    re.IGNORECASE,
)
_SPOKEN = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50}
_HALF = regexp(r",? (?:(?:o['’]clock )?in the (?P<day>morning|afternoon|evening)|(?P<night>at night)|(?P<mer>[ap]\.?m\b))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A time at `start`:`end` of its line; `loose` where nothing says which half of the day is meant."""

    start: int
    end: int
    hour: int
    minute: int
    loose: bool


def spoken(text: str) -> Iterator[Spoken]:
    """All times in words, in order."""
    for found in _SAID.finditer(text):
        minute = 0
        word = found["hour"] or found["full"] or found["alone"] or found["h"]
        fixed = word.lower() in ("noon", "midnight")
        hour = {"noon": 12, "midnight": 24}.get(word.lower()) or (int(word) if word.isdigit() else _HOURS.index(word.lower()) + 1)
        if found["part"]:
            part = _MINUTES[found["part"].lower()]
            back = found["side"].lower() in ("to", "before")
            hour, minute = (hour - 1, 60 - part) if back else (hour, part)
        elif found["m"]:
            minute = _SPOKEN[found["m"].lower()]
        if hour > 24:
            continue
        half = _HALF.match(text, found.end())
        end = half.end() if half else found.end()
        if half and not fixed and hour <= 12:
            late = (half["day"] or "").lower() in ("afternoon", "evening") or (half["mer"] or "").lower().startswith("p")
            late = late or bool(half["night"] and hour >= 6 and hour != 12)
            hour = hour % 12 + (12 if late else 0)
        yield Spoken(found.start(), end, hour % 24, minute, not half and not fixed and hour <= 12)
