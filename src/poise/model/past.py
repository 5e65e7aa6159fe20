"""What was kept of one load balancer, for who shows it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poise.model.could_not import CouldNot
from poise.model.sample import ComponentKind, Event

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Extent:
    """How far one degree of detail (`raw`, `minute`, `hour`) reaches, in seconds since the epoch, and what it takes on disk.

    `cut_by_bytes`: what stood before `first` had to go because all together was more than that; None where no size cut it short.
    """

    tier: str
    first: float
    last: float
    size_bytes: int
    cut_by_bytes: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One figure of one component over time: `values` at `seconds` since the epoch, the least and the most of each row; NaN for none.

    `metric` is as it is shown: `share_ratio` of a server's pool, `…_per_second` of a counter, else the contract's.
    """

    component: str
    kind: ComponentKind
    metric: str
    seconds: Floats
    values: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True, slots=True)
class Past:
    """Courses from `start` to `end` in one degree of detail, rows `row_seconds` apart (0: as they came); `at` is asked for one instant."""

    load_balancer: str
    files: tuple[str, ...]
    start: float
    end: float
    tier: str
    row_seconds: int
    courses: tuple[Course, ...] = ()
    events: tuple[Event, ...] = ()
    kept: tuple[Extent, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    at: float | None = None
