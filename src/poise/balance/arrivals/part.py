"""What is counted of lanes, and what they come to together."""

from collections.abc import Sequence

import numpy as np

from poise.balance.arrivals.station import FATES
from poise.balancers.simulation.arrays import Floats
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One lane's counts: requests that came, `failed` by reason, those of the last third, `given` by server; sums of seconds waited and
    spent, and the times until an answer or an error."""

    came: float
    failed: Floats
    late: float
    late_failed: float
    given: Floats
    waits: float
    spent: float
    times: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a lane. `failed` by reason, 0–1 of the requests that came; `late_failed` 0–1 in the last third of the time.

    `wait_seconds` is the mean time before a server began to work, `p99_seconds` until there was an answer or an error; refusals at once
    count in neither. `in_flight` is the mean number of requests of clients that wait for an answer. `shares` are of those given to servers.
    """

    failed: tuple[float, ...]
    late_failed: float
    shares: tuple[float, ...]
    wait_seconds: float
    p99_seconds: float
    in_flight: float

    @property
    def failed_ratio(self) -> float:
        """The part 0–1 of the requests that failed."""
        return sum(self.failed)


def course(parts: Sequence[tuple[float, Part]], seconds: float, lanes: float = 1.0) -> Course:
    """Parts, each counted so many times, as one course; `lanes` is how many lanes they are of."""
    came = sum(times * part.came for times, part in parts) or 1.0
    given = sum((times * part.given for times, part in parts), np.zeros_like(parts[0][1].given))
    served = float(given.sum())
    late = sum(times * part.late for times, part in parts) or 1.0
    failed = sum((times * part.failed for times, part in parts), np.zeros(FATES))
    return Course(
        tuple(float(each) / came for each in failed),
        sum(times * part.late_failed for times, part in parts) / late,
        tuple(float(each) / served if served else 0.0 for each in given),
        sum(times * part.waits for times, part in parts) / served if served else 0.0,
        _p99(parts),
        sum(times * part.spent for times, part in parts) / seconds / lanes,
    )


def _p99(parts: Sequence[tuple[float, Part]]) -> float:
    values = np.concatenate([part.times for _, part in parts])
    if not values.size:
        return 0.0
    if len({times for times, _ in parts}) == 1:
        return float(np.partition(values, int(0.99 * (values.size - 1)))[int(0.99 * (values.size - 1))])
    weights = np.concatenate([np.full(part.times.size, times) for times, part in parts])
    order = np.argsort(values)
    reached = weights[order].cumsum()
    return float(values[order][np.searchsorted(reached, 0.99 * reached[-1])])
