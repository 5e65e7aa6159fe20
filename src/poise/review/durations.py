"""Lengths of time as people write them: "4 hours 30 minutes", "1h30", "ninety minutes", "about two and a half hours"."""

import re

from poise.model.light import dataclass
from poise.model.regexp import regexp

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    **{word: number for number, word in enumerate(_UNITS, 1)},
    **{word: number for number, word in enumerate(_TEENS, 10)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{f"{ten}-{unit}": 10 * t + u for t, ten in enumerate(_TENS, 2) for u, unit in enumerate(_UNITS, 1)},
    "a": 1, "an": 1, "half": 0.5, "a couple of": 2,
}  # fmt: skip
_FIGURE = r"(?:\d{1,4}(?:[.,]\d{1,2})?½?|½)[\s-]*"
_WORD = (
    r"(?:(?:"
    + "|".join(_TENS)
    + r")[- ](?:"
    + "|".join(_UNITS)
    + r")|"
    + "|".join((*_TENS, *_TEENS, *_UNITS))
    + r"|a couple of|(?:three|a) quarters? of an|half an|half|an|a)"
)
_HALF = r"(?:\s+and\s+a\s+half|\s+and\s+a\s+quarter)?"
_UNIT = r"(?:days?|d|hours?|hrs?\.?|h|minutes?|mins?\.?|m|seconds?|secs?\.?|s)"
_PART = (
    rf"(?P<n>{_FIGURE}|{_WORD}(?=[\s-]))(?P<half>{_HALF})[\s-]*(?P<unit>{_UNIT})(?![\w%/])(?P<after>\s+and\s+a\s+half"
    rf"|\s+and\s+a\s+quarter)?"
)
_FIRST = regexp(rf"(?<![\w.:/$€£#+-]){_PART}", re.IGNORECASE)
_MORE = regexp(rf"(?:\s*,?\s*(?:and\s+)?){_PART}", re.IGNORECASE)
_SHORT = regexp(r"(?<![\w.:/])(?P<h>\d{1,3})\s?h(?:rs?)?\s?(?P<m>[0-5]?\d)\s?(?:m(?:in)?s?)?(?![\w:])", re.IGNORECASE)
_COLONS = regexp(r"(?<![\w.:/])(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?\s?(?P<unit>h\b|hrs?\b|hours?\b)", re.IGNORECASE)
_ABOUT = regexp(
    r"(?:about|around|approx(?:imately|\.)?|roughly|nearly|almost|some|circa|ca\.?|close to|just (?:over|under)|over"
    r"|more than|less than|under"
    r"|up to|at least|~|≈)\s*(?:a\s+)?(?:total of\s+)?$",
    re.IGNORECASE,
)
_BOUND = regexp(
    r"(?<!just )(?<!little )(?<!well )(?:over|more than|less than|under|up to|at least|within|every|next|last|past|first|per|at most)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time at `start`:`end` of its line. `about` where the text says so; `bound` where it is a limit ("within 10 minutes")."""

    start: int
    end: int
    minutes: float
    written: str
    about: bool = False
    bound: bool = False


def lengths(text: str) -> list[Length]:
    """All lengths of time of the line, in order."""
    found: list[Length] = []
    place = 0
    # Each is sought anew only where its last find is passed: a way of writing that a long line has nowhere is looked for once.
    ahead = {way: way.search(text) for way in (_FIRST, _SHORT, _COLONS)}
    while True:
        ahead = {way: way.search(text, place) if m.start() < place else m for way, m in ahead.items() if m is not None}
        candidates = [m for m in ahead.values() if m is not None]
        if not candidates:
            return found
        match = min(candidates, key=lambda m: (m.start(), -m.end()))
        length = _colons(match) if "s" in match.re.groupindex else _short(match) if "h" in match.re.groupindex else _parts(text, match)
        place = match.end() if length is None else length.end
        if length is None:
            continue
        before = text[max(0, length.start - 30) : length.start]
        about = bool(_ABOUT.search(before)) or length.written.lower().startswith(("half a", "a couple"))
        found.append(Length(length.start, length.end, length.minutes, length.written, about, bool(_BOUND.search(before))))


def tolerance(minutes: float, about: bool) -> float:
    """How far a stated length may be off before it contradicts: 5 minutes or 10 %, 20 % where it says about."""
    return max(5.0, minutes * (0.2 if about else 0.1))


def in_words(minutes: float) -> str:
    """For a sentence: "45 min", "4 h 30 min", "2 days 3 h"."""
    total = round(minutes)
    sign, total = ("−", -total) if total < 0 else ("", total)
    days, rest = divmod(total, 1440)
    hours, left = divmod(rest, 60)
    parts = [f"{days} day{'' if days == 1 else 's'}"] * bool(days) + [f"{hours} h"] * bool(hours) + [f"{left} min"] * bool(left)
    return sign + (" ".join(parts) or "0 min")


def _short(match: "re.Match[str]") -> Length | None:
    return Length(match.start(), match.end(), 60 * int(match["h"]) + int(match["m"]), match[0])


def _colons(match: "re.Match[str]") -> Length | None:
    return Length(match.start(), match.end(), 60 * int(match["h"]) + int(match["m"]) + int(match["s"] or 0) / 60, match[0])


def _parts(text: str, match: "re.Match[str]") -> Length | None:
    """Parts from large to small: 1 day, 2 hours and 5 minutes."""
    minutes, scale, end = 0.0, float("inf"), match.start()
    part: re.Match[str] | None = match
    while part is not None:
        unit = _scale(part["unit"])
        if unit >= scale:
            break
        number = _number(part["n"])
        if number is None:
            return None
        more = f"{part['half'] or ''}{part['after'] or ''}"
        minutes += unit * (number + (0.5 if "half" in more else 0.25 if "quarter" in more else 0))
        scale, end = unit, part.end()
        part = _MORE.match(text, end)
    written = text[match.start() : end]
    # "a day" and "a second" are mostly no measure; "5 m" may be metres, "10 s" anything: a lone letter needs company or an hour.
    if written.lower() in ("a day", "a second", "a minute", "one day", "a m", "a s", "a h", "a d", "half a day") or end == match.start():
        return None
    return Length(match.start(), end, minutes, written)


def _scale(unit: str) -> float:
    first = unit[0].lower()
    return {"d": 1440.0, "h": 60.0, "m": 1.0, "s": 1 / 60}[first]


def _number(word: str) -> float | None:
    small = " ".join(word.lower().strip(" -").split())
    if small.endswith("of an"):
        return 0.75 if small.startswith("three") else 0.25
    if small in ("half an", "half", "½"):
        return 0.5
    if small.replace(" ", "-") in _WORDS:
        return _WORDS[small.replace(" ", "-")]
    try:
        if small.endswith("½"):
            return float(small[:-1] or 0) + 0.5
        return float(small.replace(",", "."))
    except ValueError:
        return None
