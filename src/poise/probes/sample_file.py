"""Samples that another program appends to a file, as `time,component,metric,value` lines."""

from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path

from poise.model.sample import Sample
from poise.probes.source import Reading
from poise.probes.tail import Tail, follow

# Samples further in the future come from a wrong clock and would stand in the window for ever.
AHEAD = timedelta(seconds=5)


def read_line(line: str) -> Sample | None:
    """One line as a sample, None for the heading and empty lines. Raises ValueError for anything else; times are RFC 3339."""
    if not line.strip() or line.startswith("time,"):
        return None
    fields = line.split(",")
    if len(fields) != 4:
        raise ValueError("expected time,component,metric,value")
    when, component, metric, value = fields
    at = datetime.fromisoformat(when)
    if at.tzinfo is None:
        raise ValueError(f"the time {when} has no zone")
    if not isfinite(float(value)):
        raise ValueError(f"{value} is not a measured value")
    return Sample(at.astimezone(UTC), component, metric, float(value))


class SampleFile:
    """Follows one such file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tail = Tail(path)

    async def sample(self, now: datetime) -> Reading:
        """What was appended since the last look."""
        found, could_not = await follow(self._tail, read_line, "samples of others are missing")
        # The line may be a few milliseconds younger than the round that reads it.
        return Reading(tuple(one for one in found if one.at <= now + AHEAD), could_not=tuple(could_not))
