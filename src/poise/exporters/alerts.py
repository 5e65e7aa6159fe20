"""Prometheus' own alerts (`ALERTS`), as events of a recording."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from poise.exporters.metric import Labelled
from poise.model.plain_text import plain
from poise.model.sample import Event

ALERTS = "ALERTS"
LABELS_TOLD = 4
# An alert that was not there for so many looks has ended, and what comes then is another.
LOOKS_MISSING = 2.5


def alerts(one: Labelled) -> Iterator[Event]:
    """One event for each time that this alert began to fire."""
    seconds = one.series.seconds[one.series.values > 0]
    if one.labels.get("alertstate") != "firing" or not len(seconds):
        return
    steps = np.diff(seconds)
    usual = float(np.median(steps)) if len(steps) else 0.0
    begins = [0, *(np.flatnonzero(steps > LOOKS_MISSING * usual) + 1).tolist()]
    others = [name for name in one.labels if name not in ("__name__", "alertname", "alertstate")][:LABELS_TOLD]
    about = ", ".join(f"{plain(name)}={one.label(name)}" for name in others)
    for place in begins:
        at = datetime.fromtimestamp(float(seconds[place]), UTC)
        yield Event(at, "alert", f"firing: {one.label('alertname')}" + (f" ({about})" if about else ""))
