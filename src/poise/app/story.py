"""The scenes of a demo: what is told while it runs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from poise.model.diagnosis import Diagnosis
from poise.model.sample import Window

Act = Literal["stage", "healthy", "change", "alert", "cause", "plan", "fix", "proof", "postmortem"]
ACTS: tuple[Act, ...] = ("stage", "healthy", "change", "alert", "cause", "plan", "fix", "proof", "postmortem")


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. `text` None moves only the picture. `since_fault_seconds` is None before the fault was injected."""

    at: datetime
    act: Act
    text: str | None = None
    since_fault_seconds: float | None = None
    window: Window | None = None
    diagnosis: Diagnosis | None = None
