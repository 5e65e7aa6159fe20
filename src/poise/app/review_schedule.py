"""When reviews are made, as people write it. Pure."""

from datetime import time, timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
WANTED = "must be how often (30m, 6h, 1d) or when in UTC (06:00)"


def schedule(text: str) -> timedelta | time | None:
    """`1d`, `6h`, `30m` as how often, `06:00` as when in UTC; None for anything else."""
    if text[:-1].isdigit() and text[-1:] in UNITS and 0 < int(text[:-1]) < 10_000:
        return timedelta(**{UNITS[text[-1]]: int(text[:-1])})
    try:
        return time.fromisoformat(text) if len(text) == 5 else None
    except ValueError:
        return None
