"""How much something wants to be looked at. Pure."""

from collections.abc import Iterable

from poise.model.alert import Alert
from poise.report.dashboard.views import Level

ORDER: tuple[Level, ...] = ("bad", "warning", "unknown", "good")


def worst(levels: Iterable[Level]) -> Level:
    """The one that wants to be looked at most; good of none."""
    return min(levels, key=ORDER.index, default="good")


def alive(alert: Alert) -> bool:
    """Whether it is not over. One that waits for its time is shown too: it may be the first sign."""
    return alert.phase != "resolved"


def alert_level(alert: Alert) -> Level:
    """An error, or what wakes a person, is bad; one whose data ended is not known any more."""
    if not alive(alert):
        return "good"
    if alert.phase == "no-data":
        return "unknown"
    if alert.verdict.severity == "error" or alert.verdict.page:
        return "bad"
    return "warning" if alert.verdict.severity == "warning" else "good"
