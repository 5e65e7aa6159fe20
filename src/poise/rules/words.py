"""How findings say shares, durations and lists. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta


def percent(share: float) -> str:
    """A share as "98.8 %"; one decimal, two where it would read 0.0."""
    value = share * 100
    return f"{value:.2f} %" if 0 < value < 0.05 else f"{value:.1f} %"


def duration(span: timedelta) -> str:
    """A duration as HAProxy would write it: "500 ms", "90 s", "10 min"."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:g} ms"
    return f"{seconds:g} s" if seconds < 600 or seconds % 60 else f"{seconds / 60:g} min"


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
