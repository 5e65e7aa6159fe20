"""Time zones by the names that people write, with their offsets by day: computed, so that no machine's zone files matter."""

import re
from datetime import date, datetime, timedelta

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.places import IN_WORDS, NAMES, PLACES

# Daylight saving by rule: Europe (Directive 2000/84/EC: last Sundays of March and October, 01:00 UTC), the United States and Canada (Energy
# Policy Act of 2005: second Sunday of March to first of November, 02:00; 1987–2006 first Sunday of April to last of October), Australia's
# south-east (first Sundays of October and April), New Zealand (last Sunday of September to first of April). tests/review holds them against
# the zone database.
_UTC = ("UTC", "GMT", "Z", "ZULU")
_FIXED = {
    **dict.fromkeys(_UTC, 0), "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "TRT": 180, "EAT": 180, "CAT": 120, "SAST": 120, "WAT": 60, "GST": 240, "PKT": 300, "IST": 330, "NPT": 345, "ICT": 420,
    "WIB": 420, "WITA": 480, "WIT": 540,
    "SGT": 480, "HKT": 480, "MYT": 480, "PHT": 480, "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660,
    "NZST": 720, "NZDT": 780, "NST": -210, "NDT": -150, "AST": -240, "ADT": -180, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "BRT": -180, "ART": -180, "COT": -300, "PET": -300,
}  # fmt: skip
# Short names whose offset the day decides: standard offset and rule.
_BY_DAY = {
    "ET": (-300, "us"), "CT": (-360, "us"), "MT": (-420, "us"), "PT": (-480, "us"), "CENTRAL EUROPEAN TIME": (60, "eu"),
    "EASTERN EUROPEAN TIME": (120, "eu"), **PLACES,
}  # fmt: skip
# Abbreviations that hold in one half of the year only: the rule, and whether it is that of summer.
_SEASON = {
    **dict.fromkeys(("EST", "CST", "MST", "PST", "AKST"), ("us", False)),
    **dict.fromkeys(("EDT", "CDT", "MDT", "PDT", "AKDT"), ("us", True)),
    **dict.fromkeys(("CET", "EET", "MEZ"), ("eu", False)), **dict.fromkeys(("CEST", "EEST", "WEST", "BST", "MESZ"), ("eu", True)),
    "AEST": ("au", False), "AEDT": ("au", True), "NZST": ("nz", False), "NZDT": ("nz", True),
}  # fmt: skip
_ABBREVIATION = "|".join(sorted({*_FIXED, "ET", "CT", "MT", "PT"}, key=len, reverse=True))
# Offsets there are: quarters of an hour up to 14 hours east; west whole hours up to 12, and three half ones.
_OFFSET = r"(?:\+(?:1[0-4]|0?\d)(?::?(?:00|30|45))?|[−-](?:0?[239]:?30|(?:1[0-2]|0?\d)(?::?00)?))(?!\d|:\d)"
ZONE = regexp(
    rf"(?<![A-Za-z])(?:(?:UTC|GMT)\s?(?P<offset>{_OFFSET})"
    rf"|(?P<name>{_ABBREVIATION}|Zulu)(?![\w/+-]|\s?[+−-]\s?\d)"
    r"|(?P<wide>Eastern|Central|Mountain|Pacific)(?: (?P<season>Standard|Daylight))?(?: [Tt]ime)"
    rf"|(?:Europe|America|Asia|Africa|Australia|Pacific|US)/(?P<iana>[A-Z][A-Za-z_]+)"
    rf"|(?P<words>(?i:{'|'.join(IN_WORDS)}|(?:central|eastern) european time))"
    rf"|(?P<city>{NAMES})(?: (?:local|wall|clock))* (?:time|clock)s?\b)"
)
_AFTER = regexp(
    rf"\s?(?P<bare>{_OFFSET})|\s*[(\[]?\s*(?:local(?: time)?,?\s+)?{ZONE.pattern}[)\]]?"
    rf"|\s(?P<place>{NAMES})(?=\s*(?:[,;.)|\]/–—]|$))"
)
_BEFORE = regexp(r"(?:^|[^\d\s:])\s*\b(?P<utc>UTC|GMT):?\s$")


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as written. `fixed` is its offset in minutes, None where the day decides by `standard` and `rule`."""

    written: str
    fixed: int | None
    standard: int = 0
    rule: str = ""

    def offset(self, wall: datetime) -> int | None:
        """Minutes east of UTC at this time of the zone's own clock."""
        if self.fixed is not None:
            return self.fixed
        return self.standard + (60 if self.rule and is_summer(self.rule, wall, self.standard) else 0)

    def impossible_on(self, wall: datetime) -> bool:
        """Whether its name is that of the other half of the year: PST in July, CEST in December."""
        season = _SEASON.get(self.written)
        if season is None or (self.written == "BST" and self.fixed != 60):
            return False
        # Around the change both are right for an hour.
        return all(is_summer(season[0], wall + timedelta(hours=h), self.fixed or 0) != season[1] for h in (-3, 3))


def zone_of(found: re.Match[str]) -> Zone | None:
    """The zone that a match of ZONE (or of what follows a time) names."""
    groups = found.groupdict()
    if groups.get("bare") or groups.get("offset"):
        written = groups.get("bare") or groups["offset"]
        return Zone(f"UTC{written}" if groups.get("offset") else written, _minutes(written))
    if groups["name"]:
        name = groups["name"].upper()
        return Zone(name, _FIXED[name]) if name in _FIXED else Zone(name, None, *_BY_DAY[name])
    if groups["wide"]:
        standard, rule = _BY_DAY[groups["wide"].upper()]
        written = f"{groups['wide']} Time"
        if groups["season"]:
            return Zone(written, standard + (60 if groups["season"] == "Daylight" else 0))
        return Zone(written, None, standard, rule)
    words = (groups["words"] or "").lower()
    if words in IN_WORDS:
        return Zone(IN_WORDS[words], _FIXED[IN_WORDS[words]])
    name = groups["iana"] or groups["city"] or groups.get("place") or groups["words"] or ""
    return of_place(name)


def of_place(name: str) -> Zone | None:
    """The zone that a place keeps, None of an unknown one."""
    known = _BY_DAY.get(name.replace("_", " ").upper())
    return None if known is None else Zone(name.replace("_", " "), None, *known)


def after(text: str, place: int) -> tuple[Zone, int] | None:
    """The zone that stands directly behind a time, and where it ends."""
    found = _AFTER.match(text, place)
    if not found:
        return None
    if found["bare"]:
        gap = text[place : found.start("bare")]
        behind = text[found.end() : found.end() + 1]
        # `13:45-14:00` is a range; `13:45:10-0800`, `13:45 -08:00` and `13:45+01:00` are offsets.
        if found["bare"][0] != "+" and not gap and ":" in found["bare"] and "T" not in text[max(0, place - 9) : place]:
            return None
        if behind.isalnum() or len(found["bare"]) < 5:
            return None
    zone = zone_of(found)
    return None if zone is None else (zone, found.end())


def before(text: str, place: int) -> Zone | None:
    """The zone that stands directly before a time and belongs to none before it: `UTC 13:45`."""
    found = _BEFORE.search(text, max(0, place - 12), place)
    return None if found is None else Zone(found["utc"], 0)


def is_summer(rule: str, wall: datetime, standard: int) -> bool:
    """Whether daylight saving holds then, `wall` being the zone's own clock."""
    year = wall.year
    if rule == "us":
        if year >= 2007:
            begin, end = _sunday(year, 3, 2), _sunday(year, 11, 1)
        else:
            begin, end = _sunday(year, 4, 1), _sunday(year, 10, -1)
        return begin + timedelta(hours=2) <= wall < end + timedelta(hours=2)
    if rule == "eu":
        change = timedelta(hours=1, minutes=standard)
        return _sunday(year, 3, -1) + change <= wall < _sunday(year, 10, -1) + change + timedelta(hours=1)
    begin = _sunday(year, 9, -1) if rule == "nz" else _sunday(year, 10, 1)
    return not _sunday(year, 4, 1) + timedelta(hours=3) <= wall < begin + timedelta(hours=2)


def _sunday(year: int, month: int, which: int) -> datetime:
    """The first, second … or (-1) last Sunday of a month."""
    if which > 0:
        first = date(year, month, 1)
        day = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
    else:
        last = date(year, month + 1, 1) - timedelta(days=1)
        day = last - timedelta(days=(last.weekday() + 1) % 7)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a zone's own clock


def _minutes(written: str) -> int:
    sign = 1 if written[0] == "+" else -1
    digits = written[1:].replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    return sign * (60 * hours + minutes)
