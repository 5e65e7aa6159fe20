"""How findings say shares, durations and lists. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

_HOUR = 3600
_DAY = 24 * _HOUR
# A value in one of these is 2 or more: "36 h", not "1.5 days".
_LONG = ((365.25 * _DAY, "years"), (_DAY, "days"), (_HOUR, "h"))


def percent(share: float) -> str:
    """A share as "98.8 %"; one decimal, two where it would read 0.0."""
    value = share * 100
    return f"{value:.2f} %" if 0 < value < 0.05 else f"{value:.1f} %"


def duration(span: timedelta) -> str:
    """A duration as a person would say it: "500 ms", "90 s", "10 min", "24 h", "24.9 days"."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    if seconds < 600 or (seconds < 2 * _HOUR and seconds % 60):
        return f"{seconds:g} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / 60:g} min"
    size, name = next((size, name) for size, name in _LONG if seconds >= 2 * size)
    return f"{seconds / size:.3g} {name}" if seconds < 1000 * size else f"{seconds / size:.0f} {name}"


def listing(names: Iterable[str], most: int = 6) -> str:
    """Names as "a, b and c"; beyond `most` the rest is counted."""
    items = list(names)
    if len(items) > most:
        return f"{', '.join(items[: most - 1])} and {len(items) - most + 1} others"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"


def slashed(values: Sequence[object], most: int = 12) -> str:
    """Values as "256/1/1/1"; beyond `most` cut with an ellipsis."""
    return "/".join(str(v) for v in values[:most]) + ("/…" if len(values) > most else "")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """ "1 server", "3 servers"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def verb(number: int, plural: str) -> str:
    """The verb for that many: "carries" for 1, "carry" for 3."""
    if plural in ("are", "have"):
        return plural if number != 1 else {"are": "is", "have": "has"}[plural]
    return plural if number != 1 else f"{plural[:-1]}ies" if plural.endswith("y") else f"{plural}s"


def others(number: int, plural: str, noun: str = "server") -> str:
    """ "the other server carries", "the other 3 servers carry"."""
    return f"the other {noun if number == 1 else count(number, noun)} {verb(number, plural)}"


def idle(number: int, servers: int) -> str:
    """ "1 of 3 servers stands idle", "2 of 3 servers stand idle"."""
    return f"{number} of {servers} servers {verb(number, 'stand')} idle"
