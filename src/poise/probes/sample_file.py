"""Samples that another program appends to a file, as `time,component,metric,value` lines."""

import asyncio
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path

from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.probes.source import Reading
from poise.probes.tail import Tail

# Samples further in the future come from a wrong clock and would stand in the window for ever.
AHEAD = timedelta(seconds=5)


def read_line(line: str) -> Sample | None:
    """One line as a sample, None for the heading and empty lines. Raises ValueError for anything else; times are RFC 3339."""
    if not line.strip() or line.startswith("time,"):
        return None
    when, component, metric, value = line.split(",")
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
        """What was appended since the last look; lines that cannot be read are told, not dropped in silence."""
        try:
            lines = await asyncio.to_thread(self._tail.lines)
        except OSError as error:
            return Reading(could_not=(CouldNot(str(self.path), f"{error.strerror}: samples of others are missing"),))
        found: list[Sample] = []
        could_not: list[CouldNot] = []
        for line in lines:
            try:
                one = read_line(line)
            except ValueError as error:
                could_not.append(CouldNot(str(self.path), f"{line[:80]!r}: {error}; expected time,component,metric,value"))
                continue
            # The line may be a few milliseconds younger than the round that reads it.
            if one is not None and one.at <= now + AHEAD:
                found.append(one)
        return Reading(tuple(found), could_not=tuple(could_not))
