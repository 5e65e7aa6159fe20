"""Durations of options that rules read as written. Pure."""

import re
from datetime import timedelta

# Units of HAProxy's manual, section 2.5; without a unit the options that rules read are in milliseconds.
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1e-3}
# The longest time HAProxy holds: 2147483647 ms, about 24.8 days.
LONGEST = timedelta(milliseconds=2147483647)


def span(text: str) -> timedelta | None:
    """A duration as written, "500ms" or "2s"; None if it is not one."""
    found = re.fullmatch(r"(\d{1,12})(us|ms|s|m|h|d|)", text.strip())
    return min(timedelta(seconds=min(int(found[1]) * UNITS[found[2]], 1e9)), LONGEST) if found else None
