"""What clients lost, beside what they would have lost had nobody done anything, and had it been repaired at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from poise.drills.events import Second
from poise.model.light import dataclass

# Who knows the answer reads the page, types, and reloads.
ORACLE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Damage:
    """Requests that failed from the injection to the end. `ratio` is (failed - oracle) / (nothing - oracle): 0 as good as who knew,
    1 as bad as who did nothing; None where nothing could be lost. `basis` says where the two others come from."""

    failed: float
    nothing: float
    oracle: float
    requests: float
    basis: Literal["measured", "projected"]

    @property
    def ratio(self) -> float | None:
        """None where doing nothing costs no more than the oracle."""
        return None if self.nothing - self.oracle < 1 else (self.failed - self.oracle) / (self.nothing - self.oracle)

    @property
    def budget(self) -> float:
        """Minutes of a full outage that these failures stand for, at the rate of the drill's requests: 0 where there were none."""
        return self.failed / self.requests if self.requests else 0.0


def damage(
    seconds: Sequence[Second],
    injected: datetime,
    paged: datetime | None,
    acted: datetime | None,
    end: datetime,
    measured: float | None = None,
) -> Damage | None:
    """From the seconds of the run. The rate of failures is that of a run in which nobody did anything (`measured`, failures/s), or the one
    before the first thing that was done (`acted`), the first ten seconds left out where there are more: the harm takes a while to show."""
    felt = [s for s in seconds if injected <= s.at <= end]
    if len(felt) < 2:
        return None
    before = [s for s in felt if acted is None or s.at <= acted]
    late = [s for s in before if s.at >= injected + timedelta(seconds=10)]
    base = late if len(late) > 5 else before
    span = (base[-1].at - base[0].at).total_seconds() if len(base) > 1 else 0.0
    rate = measured if measured is not None else (base[-1].failures - base[0].failures) / span if span else 0.0
    failed, requests = felt[-1].failures - felt[0].failures, felt[-1].requests - felt[0].requests
    until = min((paged or injected) + ORACLE, end)
    reached = [s for s in felt if s.at <= until and (acted is None or s.at <= acted)]
    known = reached[-1].failures - felt[0].failures if reached else 0.0
    oracle = known + rate * max((until - (reached[-1].at if reached else injected)).total_seconds(), 0.0)
    return Damage(
        failed, max(rate * (end - injected).total_seconds(), oracle), oracle, requests, "projected" if measured is None else "measured"
    )
