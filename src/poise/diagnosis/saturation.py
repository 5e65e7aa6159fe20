"""How full an application is: requests being worked on against its slots."""

from poise.diagnosis.halves import Halves
from poise.diagnosis.shift import MIDDLE, degree

# Slots in use from which an application is the narrow place, whatever stands before it.
NARROW = 0.85
UNKNOWN = 0.5


def busy_ratio(cut: Halves, application: str) -> float | None:
    """Mean share of slots in use since the onset, 0–1; None without figures."""
    held, slots = cut.mean_now(application, "in_flight"), cut.last(application, "slots")
    if held is None or not slots:
        return None
    return min(held / slots, 1.0)


def usual_busy_ratio(cut: Halves, application: str) -> float | None:
    """The same before the onset."""
    held, slots = cut.mean_normal(application, "in_flight"), cut.median_normal(application, "slots")
    if held is None or not slots:
        return None
    return min(held / slots, 1.0)


def room(cut: Halves, server: str, application: str | None) -> float:
    """How surely the application behind a server has slots to spare, 0–1: by its slots, else by answers that take no longer than before.
    Where neither is known nobody can say which place is the narrow one."""
    busy = busy_ratio(cut, application) if application is not None else None
    if busy is not None:
        return 1 - degree(MIDDLE + 12 * (busy - NARROW))
    slower = cut.shift(server, "response_ms", 10.0, 0.2)
    return UNKNOWN if slower is None else 1 - slower.degree_up
