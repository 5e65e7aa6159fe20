"""The load balancer's own condition: processor time left to its process, and the certificates that its clients get."""

from collections.abc import Iterable

from poise.diagnosis.halves import Halves
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# Of a hundred seconds a process with less than this idle has no room: HAProxy's Idle_pct, averaged over its last second.
NO_ROOM_PERCENT = 12.0


def observe_condition(cut: Halves) -> Iterable[Sign]:
    """All signs of load balancers and listeners themselves."""
    for component in cut.window.stack.of_kind("load-balancer"):
        idle = cut.median_now(component.name, "idle_percent")
        if idle is not None:
            usual = cut.median_normal(component.name, "idle_percent")
            surely = degree(MIDDLE + 0.4 * (NO_ROOM_PERCENT - idle), certainty(len(cut.now(component.name, "idle_percent"))))
            label = f"per cent of its time that {component.name} is idle"
            expected = "above 12" if usual is None else round(usual, 1)
            yield Sign("process busy", component.name, label, expected, round(idle, 1), surely, "show info Idle_pct")
    for component in cut.window.stack.of_kind("listener"):
        days = cut.window.get(component.name, "certificate_days").last()
        if days is not None:
            label = f"days until the certificate of {component.name} ends"
            yield Sign("certificate ended", component.name, label, "above 0", round(days, 2), 0.99 if days <= 0 else 0.01, "TLS handshake")
