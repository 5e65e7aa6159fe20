"""Diagnoses a kept run as of several instants after its onset, with the code as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.diagnose_table.herrings import HERRINGS, laid
from poise.app.diagnose_recording import read_recording
from poise.diagnosis.engine import diagnose
from poise.model.diagnosis import Diagnosis
from poise.model.sample import Series, Window

CUTS_SECONDS = (3, 5, 8, 10, 15, 20, 30)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said at one instant. `layer_right` is None where nothing was blamed though something is wrong, or the verdict is open;
    `named` says whether the best hypothesis is the right fault, whatever the verdict."""

    seconds: int
    verdict: str
    layer: str
    fault: str
    component: str
    probability: float
    layer_right: bool | None
    fault_right: bool
    named: bool
    component_right: bool
    took_ms: float
    first_three: tuple[str, ...] = ()


def judge(
    folder: Path, truth: dict[str, Any], cuts: Sequence[int] = CUTS_SECONDS, removed: Sequence[str] = (), herring: str = ""
) -> list[Judged]:
    """One for each instant that the recording reaches, with these observables taken away, and this herring laid in."""
    with laid(folder, herring) as place:
        window = without(read_recording(place), removed)
    onset = datetime.fromisoformat(truth["onset"])
    found = []
    for seconds in cuts:
        now = onset + timedelta(seconds=seconds)
        if now > window.now + timedelta(seconds=2):
            break
        part = until(window, now)
        if herring:
            # After the cut: what a clock that is ahead stamps is there, however late it says that it is.
            part = HERRINGS[herring](part, onset)
        began = perf_counter()
        diagnosis = diagnose(part)
        found.append(judged_of(seconds, diagnosis, truth, (perf_counter() - began) * 1000))
    return found


def without(window: Window, removed: Sequence[str]) -> Window:
    """The window as it would be had nobody looked there: `client`, `database`, `hop` … for all that components of that kind told,
    `server:weight` for one metric of them, `changes` and `configuration`."""
    kinds = {component.name: component.kind for component in window.stack.components}
    series = {
        (name, metric): each
        for (name, metric), each in window.series.items()
        if kinds.get(name) not in removed and f"{kinds.get(name)}:{metric}" not in removed
    }
    return replace(
        window,
        series=series,
        events=tuple(event for event in window.events if event.kind != "change") if "changes" in removed else window.events,
        topologies=() if "configuration" in removed else window.topologies,
    )


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


def judged_of(seconds: int, diagnosis: Diagnosis, truth: dict[str, Any], took_ms: float) -> Judged:
    best = diagnosis.best
    blamed = diagnosis.verdict == "fault"
    first_three = tuple(hypothesis.fault for hypothesis in diagnosis.hypotheses[:3])
    right: bool | None
    if truth["case"] == "none":
        right = not blamed
        fault_right = right
    else:
        right = best.layer in truth["layers"] if blamed else None
        fault_right = blamed and best.fault in truth["faults"]
        if len(each := truth.get("each", [])) > 1:
            # Two at once are right when both are among the first three.
            fault_right = blamed and all(any(name in first_three for name in names) for names in each)
    named = best.fault in truth["faults"]
    where = not truth["components"] or best.component in truth["components"]
    return Judged(
        seconds,
        diagnosis.verdict,
        best.layer,
        best.fault,
        best.component,
        best.probability,
        right,
        fault_right,
        named,
        fault_right and where,
        took_ms,
        first_three,
    )
