"""Diagnoses a kept run as of several instants after its onset, with the code as it is now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from poise.app.diagnose_recording import read_recording
from poise.diagnosis.engine import diagnose
from poise.model.diagnosis import Diagnosis
from poise.model.sample import Series, Window

CUTS_SECONDS = (3, 5, 8, 10, 15, 20, 30)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said at one instant. `layer_right` is None where nothing was blamed though something is wrong, or the verdict is open."""

    seconds: int
    verdict: str
    layer: str
    fault: str
    component: str
    probability: float
    layer_right: bool | None
    fault_right: bool
    component_right: bool
    took_ms: float


def judge(folder: Path, truth: dict[str, Any], cuts: tuple[int, ...] = CUTS_SECONDS) -> list[Judged]:
    """One for each instant that the recording reaches."""
    window = read_recording(folder)
    onset = datetime.fromisoformat(truth["onset"])
    found = []
    for seconds in cuts:
        now = onset + timedelta(seconds=seconds)
        if now > window.now + timedelta(seconds=2):
            break
        part = until(window, now)
        began = perf_counter()
        diagnosis = diagnose(part)
        found.append(_judged(seconds, diagnosis, truth, (perf_counter() - began) * 1000))
    return found


def until(window: Window, now: datetime) -> Window:
    """What was known then."""
    end = now.timestamp()
    series = {}
    for key, each in window.series.items():
        count = int(each.seconds.searchsorted(end, side="right"))
        if count:
            series[key] = each if count == len(each.seconds) else Series(each.seconds[:count], each.values[:count])
    events = tuple(event for event in window.events if event.at <= now)
    return replace(window, now=now, series=series, events=events)


def _judged(seconds: int, diagnosis: Diagnosis, truth: dict[str, Any], took_ms: float) -> Judged:
    best = diagnosis.best
    blamed = diagnosis.verdict == "fault"
    right: bool | None
    if truth["case"] == "none":
        right = not blamed
        named = right
    else:
        right = best.layer in truth["layers"] if blamed else None
        named = blamed and best.fault in truth["faults"]
    where = not truth["components"] or best.component in truth["components"]
    return Judged(
        seconds, diagnosis.verdict, best.layer, best.fault, best.component, best.probability, right, named, named and where, took_ms
    )
