"""What a demo is asked for and what it measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from poise.app.repair import Repair
from poise.diagnosis.proof import Proof
from poise.model.diagnosis import Diagnosis
from poise.model.plan import Plan
from poise.model.sample import Window


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to play. `quiet_watch` is how long the story without a fault is watched; `output` gets the postmortem, page and recording."""

    fault: str
    seed: int
    output: Path
    quiet_watch: timedelta = timedelta(seconds=30)


@dataclass(slots=True)
class DemoResult:
    """What was measured. Seconds count from the moment the fault was injected; None where the story has none."""

    fault: str
    seed: int
    mode: str | None
    times: dict[str, float | None] = field(default_factory=dict)
    clients: dict[str, Mapping[str, float | None]] = field(default_factory=dict)
    diagnosis: Diagnosis | None = None
    plan: Plan | None = None
    repair: Repair | None = None
    proof: Proof | None = None
    pages: int = 0
    incident: str | None = None
    postmortem: str | None = None
    page: str | None = None
    recording: str | None = None


def client_figures(window: Window, start: datetime | None, end: datetime) -> Mapping[str, float | None]:
    """Clients' figures over a span: success weighted by requests; the median second's p50 and p99."""
    if start is None:
        return {"success_ratio": None, "p50_ms": None, "p99_ms": None}

    def of(metric: str) -> Any:
        return window.get("client", metric).between(start.timestamp(), end.timestamp()).values

    success, rate = of("success_ratio"), of("requests_per_second")
    if not len(success):
        return {"success_ratio": None, "p50_ms": None, "p99_ms": None}
    weights = rate if len(rate) == len(success) and rate.sum() > 0 else np.ones(len(success))
    ratio = float((success * weights).sum() / weights.sum())
    p50, p99 = (float(np.median(v)) if len(v) else None for v in (of("p50_ms"), of("p99_ms")))
    return {"success_ratio": round(ratio, 4), "p50_ms": p50, "p99_ms": p99}
