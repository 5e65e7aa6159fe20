"""Whether clients of two load balancers that must agree get the same certificate of a listener."""

from collections.abc import Iterator

from poise.detectors.reading import latest
from poise.model.finding import Severity
from poise.model.sample import Window

WITHIN_SECONDS = 150.0
# Each of a pair may have one of its own, renewed on the same day; what ends on another day was forgotten on one of them.
SAME_DAYS = 2.0


def certificates(names: tuple[str, str], here: Window, there: Window) -> Iterator[tuple[str, str | None, Severity]]:
    """By listener of both whose certificates are known: what differs, None where they are one, and how much it matters."""
    of_both = {listener.name for topology in there.topologies for listener in topology.listeners}
    for listener in (listener.name for topology in here.topologies for listener in topology.listeners):
        if listener not in of_both:
            continue
        prints, days = (
            [latest(window, _component(window, listener), metric, WITHIN_SECONDS) for window in (here, there)]
            for metric in ("certificate_print", "certificate_days")
        )
        if None in prints or days[0] is None or days[1] is None:
            continue
        if prints[0] == prints[1]:
            yield listener, None, "warning"
            continue
        ends = " and ".join(f"that of {name} {_left(left)}" for name, left in zip(names, days, strict=True) if left is not None)
        said = f"clients of listener {listener} get another certificate from each of them: {ends}"
        yield listener, said, "info" if abs(days[0] - days[1]) <= SAME_DAYS else "warning"


def _component(window: Window, listener: str) -> str:
    return next((t.listener_component(listener) for t in window.topologies), listener)


def _left(days: float) -> str:
    return f"ends in {days:.0f} days" if days > 0 else "has ended"
