"""The last scheduled review found what the one before did not: a finding in a file, a need not met, a loss that is worse, a difference
between the file and what runs. It is held against the last review that was no worse itself, or that a named person signed: it alerts until
that is mended, or signed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.detectors.detector import Detector, Policy
from poise.model.alert import State, Verdict
from poise.model.configuration_review import Review, broken, gained, missed, worse
from poise.model.finding import Severity
from poise.model.sample import Window

NAME = "review_worse"
MOST_TOLD = 4


def compare(load_balancer: str, before: Review | None, after: Review | None) -> Iterable[Verdict]:
    """One verdict, once there was a review. `before` is the last that was signed, or was not worse than the one before it."""
    if after is None:
        return
    component = f"load-balancer {load_balancer}"
    unread = missed(before, after)
    found = worse(before, after) if before is not None else ()
    if before is None or not found:
        state: State = "unknown" if unread else "ok"
        reason = f"not reviewed: {_told(unread)}" if unread else f"reviewed {after.at:%Y-%m-%d %H:%M} UTC"
        summary = "not all of it could be reviewed" if unread else "no worse than the last review"
        yield Verdict(NAME, component, state, "warning", False, summary, reason)
        return
    severity: Severity = "error" if broken(before, after) or any(f.severity == "error" for f in gained(before, after)) else "warning"
    since = f"since the review of {before.at:%Y-%m-%d %H:%M} UTC"
    # Nobody is woken for what a review finds: what harms clients now has alerts of its own.
    summary = f"the review of {load_balancer} is worse {since}: {found[0]}"
    reason = _told(found) + (f". Not reviewed: {_told(unread)}" if unread else "")
    yield Verdict(NAME, component, "bad", severity, False, summary, reason)


def _told(lines: tuple[str, ...]) -> str:
    return "; ".join(lines[:MOST_TOLD]) + (f"; and {len(lines) - MOST_TOLD} more" if len(lines) > MOST_TOLD else "")


def alone(_: Window, now: datetime) -> Iterable[Verdict]:
    """A window holds no reviews: whoever makes them puts `compare` in the place of this."""
    del now
    return ()


REMEDY = (
    "`poise reviews show last` says what is worse. Mend it: the next review, five seconds after the edit, ends the alert. Or, where it\n"
    'is meant so, a person signs it: `poise reviews sign last --by NAME --note "why it is right"`.'
)
DETECTOR = Detector(NAME, alone, Policy(timedelta(0), timedelta(0)), remedy=REMEDY)
