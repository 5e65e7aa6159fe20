"""The last scheduled review found what the one before did not: a finding in the file, a need not met, a loss that is worse."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.detectors.detector import Detector, Policy
from poise.model.alert import Verdict
from poise.model.review import Review, worse
from poise.model.sample import Window

NAME = "review_worse"
MOST_TOLD = 4


def compare(load_balancer: str, before: Review | None, after: Review | None) -> Iterable[Verdict]:
    """One verdict, once there was a review. `before` is the last that was not worse than the one before it."""
    if after is None:
        return
    found = worse(before, after) if before is not None else ()
    summary = f"the review of {load_balancer} is worse than the last: {found[0]}" if found else "no worse than the last review"
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    reason = "; ".join(found[:MOST_TOLD]) + more or f"reviewed {after.at:%Y-%m-%d %H:%M} UTC"
    yield Verdict(NAME, f"load-balancer {load_balancer}", "bad" if found else "ok", "warning", False, summary, reason)


def alone(_: Window, now: datetime) -> Iterable[Verdict]:
    """A window holds no reviews: whoever makes them puts `compare` in the place of this."""
    del now
    return ()


DETECTOR = Detector(NAME, alone, Policy(timedelta(0), timedelta(0)))
