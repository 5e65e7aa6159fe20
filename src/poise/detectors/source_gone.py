"""A part of the stack stopped telling anything: what it would say now is not known, and nothing may be concluded from its silence."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.parts import Parts
from poise.detectors.places import Places
from poise.detectors.servers import Floats, Mask
from poise.detectors.silent_balancer import silent_now, unheard
from poise.model.alert import InOrder, Verdict
from poise.model.component_label import component_label
from poise.model.sample import Window

SECONDS = 10.0
# Of a load balancer that is asked every half minute three answers must be missing.
LOOKS = 3.0
# These are measured by the load balancer that sends them work.
MEASURED_BY_IT = ("listener", "pool", "server")
# Samples of one look differ by less.
ONE_LOOK_SECONDS = 1.0
# What is that near to its limit is left to the arithmetic that tells how long it was silent.
DIGIT = 1e-3
FAULTS = ("load-balancer-down",)


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each component that ever gave a sample, and about each load balancer that gave none."""
    stack = window.stack
    part = window.memo.of("all parts", (stack,), lambda: _all(window))
    if not window.silences and (measured := _all_heard(window, part, now)) is not None:
        yield InOrder("source_gone", part.places, measured, summary="measured")
        return
    newest, limit = _newest(window, part)
    with np.errstate(invalid="ignore"):
        silent = now.timestamp() - newest
        bad = silent > limit
    yield InOrder("source_gone", part.places, ~np.isnan(newest) & ~bad, summary="measured")
    balancers = {c.name: float(newest[i]) for i, c in enumerate(stack.components) if c.kind == "load-balancer"}
    for name, silence in window.silences.items():
        if np.isnan(balancers.get(name, np.nan)):
            yield unheard(name, silence, window, now, FAULTS)
    last = max((balancers[c.name] for i, c in enumerate(stack.components) if c.name in balancers and bad[i]), default=-np.inf)
    for i in np.flatnonzero(bad):
        component = stack.components[i]
        if component.kind == "load-balancer":
            yield silent_now(component.name, float(silent[i]), float(limit[i]), window, FAULTS)
        elif component.kind not in MEASURED_BY_IT or newest[i] > last + ONE_LOOK_SECONDS:
            # What the load balancer tells of others is silent with it: its own alert says so once.
            reason = f"the newest sample is {silent[i]:.1f} s old, alarm at {limit[i]:g} s"
            said = f"no figures for {silent[i]:.0f} s"
            yield Verdict("source_gone", component_label(component.kind, component.name), "bad", "warning", False, said, reason)


def _all_heard(window: Window, part: Parts, now: datetime) -> Mask | None:
    """Which parts give samples, where each that ever gave one did so lately; None where one may be silent."""
    since, frames, loose = now.timestamp() - SECONDS + DIGIT, window.frames, window.loose
    heard = {component for (component, _), series in loose.items() if len(series.seconds) and series.seconds[-1] >= since}
    # NaN, where one of a frame was never measured, is not later.
    if not all(frame.lives[1] >= since for frame in frames) or not all(component in heard for component, _ in loose):
        return None
    known: dict[frozenset[str], Mask] = window.memo.of("heard parts", (part, *(frame.components for frame in frames)), dict)
    found = known.get(names := frozenset(heard))
    if found is None:
        known.clear()
        everything = names.union(*(frame.components for frame in frames))
        found = known[names] = np.array([name in everything for name in part.names], dtype=np.bool_)
    return found


def _newest(window: Window, part: Parts) -> tuple[Floats, Floats]:
    """When each component was last heard of, NaN for never, and how long it may be silent."""
    newest, limit = np.full(len(part.names), np.nan), np.full(len(part.names), SECONDS)
    for frame in window.frames:
        place = window.columns(frame, part.names)
        if place is not None:
            seen = place.taken(frame.seen)
            newest = np.fmax(newest, seen)
            limit = np.where(np.isnan(seen), limit, np.maximum(limit, LOOKS * frame.gap))
    latest: dict[str, float] = {}
    for (component, _), series in window.loose.items():
        if len(series.seconds):
            latest[component] = max(latest.get(component, 0.0), float(series.seconds[-1]))
    for name, at in latest.items():
        place_of = window.memo.of("place of parts", (part,), lambda: {n: i for i, n in enumerate(part.names)}).get(name)
        if place_of is not None:
            newest[place_of] = np.fmax(newest[place_of], at)
    return newest, limit


def _all(window: Window) -> Parts:
    components = window.stack.components
    names = tuple(c.name for c in components)
    return Parts(names, Places(tuple(c.kind for c in components), names))
