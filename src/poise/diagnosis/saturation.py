"""How full an application is: requests being worked on against its slots."""

from poise.diagnosis.halves import Halves


def busy_ratio(cut: Halves, application: str) -> float | None:
    """Mean share of slots in use since the onset, 0–1; None without figures."""
    held, slots = cut.now(application, "in_flight"), cut.last(application, "slots")
    if not len(held) or not slots:
        return None
    return min(float(held.mean()) / slots, 1.0)


def usual_busy_ratio(cut: Halves, application: str) -> float | None:
    """The same before the onset."""
    held, slots = cut.normal(application, "in_flight"), cut.median_normal(application, "slots")
    if not len(held) or not slots:
        return None
    return min(float(held.mean()) / slots, 1.0)
