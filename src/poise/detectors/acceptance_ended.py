"""A finding that somebody accepted in poise.toml (`[accept.RULE]`) until a day is still there, and the day is over. Reviews tell two weeks
ahead which acceptances end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.detectors.detector import Detector, Policy
from poise.model.alert import Verdict
from poise.model.configuration_review import Review, acceptance_words
from poise.model.sample import Window

NAME = "acceptance_ended"
MOST_TOLD = 4


def judge(load_balancer: str, review: Review | None) -> Iterable[Verdict]:
    """One verdict, once there was a review."""
    if review is None:
        return
    component, ended = f"load-balancer {load_balancer}", review.ended
    if not ended:
        ending = "; ".join(map(acceptance_words, review.ending[:MOST_TOLD]))
        yield Verdict(NAME, component, "ok", "warning", False, "no acceptance has ended", f"soon: {ending}" if ending else "none ends soon")
        return
    more = f" and {len(ended) - 1} more" if len(ended) > 1 else ""
    summary = f"{load_balancer}: no longer accepted: {acceptance_words(ended[0])}{more}"
    reason = "; ".join(map(acceptance_words, ended[:MOST_TOLD])) + (
        f"; and {len(ended) - MOST_TOLD} more" if len(ended) > MOST_TOLD else ""
    )
    yield Verdict(NAME, component, "bad", "warning", False, summary, reason)


def alone(_: Window, now: datetime) -> Iterable[Verdict]:
    """A window holds no reviews: whoever makes them puts `judge` in the place of this."""
    del now
    return ()


REMEDY = "Mend the finding (`poise audit CONFIG` shows it), or have somebody accept it again in poise.toml, with a new `until`."
DETECTOR = Detector(NAME, alone, Policy(timedelta(0), timedelta(0)), remedy=REMEDY)
