"""How full an application is: requests being worked on against its slots."""

from poise.diagnosis.halves import Halves


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
