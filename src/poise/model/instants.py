"""Which instants can be reckoned with."""

from datetime import datetime


def within_calendar(at: datetime) -> bool:
    """Whether hours before and after it, in any zone, are instants too: in the years 1 and 9999 datetime overflows."""
    return 1970 <= at.year <= 9000
