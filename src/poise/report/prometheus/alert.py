"""What an alerting rule is here: its expression, its words, where it applies, and the scene that must make it fire."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from poise.report.prometheus.subject import Subject

# Series of a scene that differ from those of good health: by figure and object's labels, in promtool's notation.
Scene = Mapping[tuple[str, tuple[tuple[str, str], ...]], str]
STEP_SECONDS = 15
# Requests per second that a pool of a scene gets.
RATE = 100.0
# Steps that a scene lasts.
STEPS = 160


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule. `expr` gets the label that tells load balancers apart; `figures` are those without which it does not exist.

    `fault` names the page of `poise explain`. `breaks` gives the scene for a pool, and `fires_on` the labels of the alert that it must
    raise; `applies` tells for which pools that can be so.
    """

    name: str
    expr: Callable[[str], str]
    for_: str
    keep_firing_for: str
    severity: str
    summary: str
    description: str
    fault: str
    figures: frozenset[str]
    breaks: Callable[[Subject], Scene]
    fires_on: Callable[[Subject], Mapping[str, str]]
    applies: Callable[[Subject], bool] = lambda subject: True
    at: str = "8m"


def server_key(figure: str, subject: Subject, server: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One server's series of a scene."""
    return figure, (("pool", subject.pool), ("server", server))


def listener_key(figure: str, listener: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One listener's series of a scene."""
    return figure, (("listener", listener),)


def pool_key(figure: str, subject: Subject) -> tuple[str, tuple[tuple[str, str], ...]]:
    """One pool's series of a scene."""
    return figure, (("pool", subject.pool),)


def rate_of(subject: Subject, server: str) -> float:
    """Requests per second that a server of a healthy scene gets: its part of RATE, an even one where nothing is wanted."""
    serving = {s.name: s.wanted for s in subject.servers if s.active} if subject.basis else {}
    total = sum(serving.values())
    if total > 0:
        return RATE * serving.get(server, 0.0) / total
    active = [s.name for s in subject.servers if s.active and s.weight > 0] or [s.name for s in subject.servers]
    return RATE / len(active) if server in active else 0.0


def counter(per_second: float) -> str:
    """A counter that rises at that rate."""
    return f"0+{per_second * STEP_SECONDS:.6g}x{STEPS}"


def gauge(value: float) -> str:
    """A gauge that stands."""
    return f"{value:.6g}+0x{STEPS}"


def on_pool(subject: Subject) -> Mapping[str, str]:
    """The alert names the pool."""
    return {"pool": subject.pool}
