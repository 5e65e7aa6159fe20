"""Instants in words, and which of them can be reckoned with. All are aware; what is written is UTC."""

from datetime import UTC, datetime
from typing import overload


def within_calendar(at: datetime) -> bool:
    """Whether hours before and after it, in any zone, are instants too: in the years 1 and 9999 datetime overflows."""
    return 1970 <= at.year <= 9000


@overload
def rfc3339(at: datetime, timespec: str = "auto") -> str: ...
@overload
def rfc3339(at: datetime | None, timespec: str = "auto") -> str | None: ...
def rfc3339(at: datetime | None, timespec: str = "auto") -> str | None:
    """2026-11-22T07:00:10Z, as RFC 3339 has it; fractions as `datetime.isoformat` gives them: by default only where there are any."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def day_and_clock(at: datetime) -> str:
    """2026-11-22 07:00:10 UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime) -> str:
    """07:00:10 UTC."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"
