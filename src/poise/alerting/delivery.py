"""A message to a receiver, and what became of it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from poise.alerting.decision import Place


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification's row. `state` is waiting, delivered, refused, withdrawn or replaced."""

    id: str
    place: Place
    reason: str
    title: str
    pages: bool
    decided: datetime
    state: str = "waiting"
    settled: datetime | None = None
    attempts: int = 0
    next_attempt: datetime | None = None
    error: str | None = None
