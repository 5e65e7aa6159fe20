"""What a document counts: how many of what were harmed, with the words that say of which harm and of which part it is the count."""

import re
from collections.abc import Iterator

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp

_SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: number for number, word in enumerate(_SMALL, 1)}
_ANY = "|".join(_WORDS)
_SEVERAL = "|".join(word for word in _WORDS if word != "one")
_NUMBER = rf"(?P<n>\d{{1,3}}(?:[,.  ’']\d{{3}})+|\d+(?:\.\d+)?|{_SEVERAL})(?:\s?(?P<scale>k|m|thousand|million))?"
_ALONE = regexp(rf"\W*(?P<about>about|around|approx\w*|roughly|some|~)?\s*{_NUMBER}\W*$", re.IGNORECASE)
_COUNT = regexp(
    rf"(?<![\w.,:/#$€£+-]){_NUMBER}\b(?!\s?(?:%|per ?cent|/))(?: of (?:the |our |all |its )*(?P<m>\d[\d,]*|{_ANY})\b)?"
    r"\s+(?:of (?:the |our )*)?(?P<words>(?:[a-z][\w-]+\s+){0,2}?)(?P<noun>people|staff|[a-z][a-z-]{2,}s)\b",
    re.IGNORECASE,
)
_SHARE = regexp(r"(?<![\w.,–-])(\d{1,2}(?:[.,]\d+)?) ?(?:%|per ?cent) of (?:the |all |our |these )*([a-z-]{3,}s|people)\b", re.IGNORECASE)
# Nouns that count time, place in a text, or nothing that can be harmed.
_NO_THING = regexp(
    r"(?:seconds?|minutes?|mins|hours?|hrs|days?|weeks?|months?|years?|times|bytes|lines?|steps?|percents?|points"
    r"|degrees|versions?|copies|euros?"
    r"|dollars|pounds|cents|always|was|is|has|as|does|this|its|us|plus|minus|less|across|afterwards|thus|which|others"
    r"|hundreds|thousands|millions"
    r"|attempts|causes|actions|items|reasons|things|dashboards|tests|alerts|alarms|pages|teams|tickets|calls|complaints"
    r"|releases|changes)$",
    re.IGNORECASE,
)
_HARMS = (
    ("affected", r"affected|impacted|hit\b|harmed|concerned|suffered|saw (?:at least )?(?:one|an?|the)? ?(?:error|warning)\w*"),
    ("failed",
     r"fail\w*|refused|rejected|denied|errors?\b|50\d|5xx|4\d\d|timed? ?out|not (?:delivered|booked|accepted)|aborted|could not|unable"),
    ("lost", r"lost\b|lose\b|missing|dropped|deleted|gone\b|vanished"),
    ("down", r"down\b|dead\b|dark\b|unreachable|unavailable|offline|without|cut off|disconnected|(?:lost|lose) (?:their|its) \w+"),
    ("late", r"late\b|delayed|postponed|waiting|stuck"),
    ("twice", r"twice|double\w*|duplicat\w*"),
)  # fmt: skip
_COMPILED = tuple((name, regexp(rf"\b(?:{pattern})", re.IGNORECASE)) for name, pattern in _HARMS)
# Words by which a count is that of a part, a rate, a bound or another time.
_PARTLY = regexp(
    r"\b(?:of (?:whom|which|them|these|those)|more\b|another|other\b|further|additional|remaining|rest of|per\b|each\b"
    r"|every\b|(?:a|an|the first|the last) (?:second|minute|hour|day)"
    r"|at (?:its|the) (?:peak|worst|most|height)|peak|at once|at a time|at least (?!one\b|an?\b)|up to|at most|over\b"
    r"|under\b|more than|less than|nearly|almost|within|so far|until then"
    r"|only|instead of|normally|usual\w*|planned|expected|agreed|allowed|limit\w*|in the (?:north|south|east|west)"
    r"|last (?:year|week|month|time)|rebuilt|restored|recovered|re-?sent|repeated)\b",
    re.IGNORECASE,
)
# What is said of a count stands near it; sentences without an end are as long as the file.
AROUND = 200
_TIMED = regexp(r"\b(?:at|by|until|since|from) \d\d?[:.]\d\d|\bby \d", re.IGNORECASE)
_ABOUT = regexp(r"\b(?:about|around|approx\w*|roughly|some|circa|ca\.?)\s*$|~\s*$", re.IGNORECASE)
_CLAUSE = regexp(r"[.;!?]\s|,\s(?:but|and|while|whereas|of)\s|\swhile\s|\s\(|\)\s|\s[–—]\s")


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of `noun`, harmed as `harms` say; `whole` of how many where that is said; `about` where the text says about."""

    value: float
    noun: str
    harms: frozenset[str]
    whole: float | None
    about: bool
    quote: Quote
    text: str
    # Of a certain time, as counts in the course of events are.
    timed: bool = False


def figures(sentence: str, quote: Quote) -> Iterator[Figure]:
    """The counts of harmed things in a sentence, but for those of a part, a rate or a bound."""
    for found in _COUNT.finditer(sentence):
        if _NO_THING.match(found["noun"]):
            continue
        whole = _value(found["m"], None) if found["m"] else None
        yield from _counted(found, _value(found["n"], found["scale"]), _singular(found["noun"]), whole, quote)


def shares(sentence: str, quote: Quote) -> Iterator[Figure]:
    """The shares of harmed things: "12 % of all requests failed"."""
    for found in _SHARE.finditer(sentence):
        yield from _counted(found, float(found[1].replace(",", ".")), _singular(found[2]) + " %", None, quote)


def _counted(found: re.Match[str], value: float, noun: str, whole: float | None, quote: Quote) -> Iterator[Figure]:
    """The figure, where the clause around it tells of harm, and of no part, rate or bound."""
    sentence, left, right = found.string, max(0, found.start() - AROUND), found.end() + AROUND
    begin = max((m.end() for m in _CLAUSE.finditer(sentence, left, found.start())), default=left)
    end = next((m.start() for m in _CLAUSE.finditer(sentence, found.end(), right)), right)
    clause = sentence[begin:end]
    harms = harms_of(clause)
    if harms and not _PARTLY.search(clause):
        about = bool(_ABOUT.search(sentence, max(0, found.start() - 16), found.start()))
        yield Figure(value, noun, harms, whole, about, quote, found[0].strip(), bool(_TIMED.search(clause)))


def harms_of(text: str) -> frozenset[str]:
    """The ways in which these words say that something was harmed."""
    return frozenset(name for name, pattern in _COMPILED if pattern.search(text))


def field_figure(key: str, value: str, quote: Quote) -> Figure | None:
    """`Users affected: 380,000`."""
    harms = harms_of(key)
    nouns = [word for word in re.findall(r"[a-z]+", key.lower()) if (word.endswith("s") or word == "people") and not _NO_THING.match(word)]
    number = _ALONE.match(value)
    if not harms or not nouns or number is None:
        return None
    return Figure(_value(number["n"], number["scale"]), _singular(nouns[0]), harms, None, bool(number["about"]), quote, value.strip())


def differ(one: Figure, other: Figure) -> bool:
    """Whether the two count the same harm of the same things and disagree by more than rounding does."""
    same = one.harms & other.harms or "affected" in one.harms | other.harms or (one.whole is not None and one.whole == other.whole)
    if one.noun != other.noun or not same:
        return False
    if one.whole is not None and other.whole is not None and one.whole != other.whole:
        return False
    if one.value == other.whole or other.value == one.whole:
        return False  # the whole of which the other is a part
    low, high = sorted((one.value, other.value))
    return low > 0 and high - low > high * (0.25 if one.about or other.about else 0.1)


def _value(written: str, scale: str | None) -> float:
    small = written.lower()
    if small in _WORDS:
        return float(_WORDS[small])
    digits = re.sub(r"[,  ’']|\.(?=\d{3}(?:\D|$))", "", small)
    return float(digits) * {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}.get((scale or "").lower(), 1)


def _singular(noun: str) -> str:
    small = noun.lower()
    return {"people": "person", "users": "person", "customers": "person", "visitors": "person", "members": "person"}.get(
        small, small.removesuffix("s")
    )
