"""What happened when processes were replaced: the load balancer's (a reload, a restart) and those of the applications (a rollout)."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts, pools
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign

# What collectors and people write of a new process where no pid is measured.
NEW_PROCESS = re.compile(r"\breload|\brestart|was started|new workers|worker was replaced|took its configuration", re.IGNORECASE)
# Changes this near each other are one: a log, a pid and a person may all tell of it.
ONE_SECONDS = 4.0
# Clients are probed each second and fail within seconds of the change, or of the moment when the old process is ended.
BEFORE_SECONDS, AFTER_SECONDS = 1.5, 5.0
QUIET_SECONDS = 3.0
LATELY_SECONDS = 120.0
LEAST_LOST, WELL = 0.01, 0.98


def observe_replacements(cut: Halves) -> Iterable[Sign]:
    """All signs of new processes."""
    for component in cut.window.stack.of_kind("load-balancer"):
        at = replaced(cut, component.name)
        if at:
            yield from _often(cut, component.name, at)
            yield from _failures(cut, component.name, at)
    for parts in pools(cut):
        yield from _in_turn(cut, parts)


def replaced(cut: Halves, name: str) -> Sequence[float]:
    """When the load balancer's process became another, epoch seconds: by its pid, its uptime, or words of the change log."""
    found: list[float] = []
    pid, uptime = cut.window.get(name, "pid"), cut.window.get(name, "uptime_seconds")
    found += [float(at) for at, step in zip(pid.seconds[1:], np.diff(pid.values), strict=True) if step]
    if not len(pid.values):
        found += [float(at) for at, step in zip(uptime.seconds[1:], np.diff(uptime.values), strict=True) if step < 0]
    for event in cut.window.events:
        bare = (event.component or "").partition(" ")[2] or event.component
        if event.kind == "change" and bare == name and NEW_PROCESS.search(event.text):
            found.append(event.at.timestamp())
    merged: list[float] = []
    for at in sorted(found):
        if not merged or at - merged[-1] > ONE_SECONDS:
            merged.append(at)
    return merged


def _often(cut: Halves, name: str, at: Sequence[float]) -> Iterable[Sign]:
    end = cut.window.now.timestamp()
    lately = [each for each in at if each > end - LATELY_SECONDS]
    label = f"new processes of {name} in two minutes"
    yield Sign("reloads often", name, label, "at most 2", len(lately), degree(MIDDLE + 1.5 * (len(lately) - 3.5)), "pid, change log")


def _failures(cut: Halves, name: str, at: Sequence[float]) -> Iterable[Sign]:
    """Which part of what clients lost was lost around a replacement. Only of replacements that are over: a wrong file harms on."""
    spans = [(each - BEFORE_SECONDS, each + AFTER_SECONDS) for each in at]
    hard = next((t.hard_stop_after for t in cut.window.topologies if t.hard_stop_after is not None), None)
    if hard is not None:
        spans += [(each + hard.total_seconds() - 1.0, each + hard.total_seconds() + AFTER_SECONDS) for each in at]
    for component in cut.window.stack.of_kind("client"):
        success = cut.window.get(component.name, "success_ratio")
        if len(success.values) < 6:
            continue
        lost = np.clip(1 - success.values, 0.0, 1.0)
        near = np.zeros(len(lost), dtype=bool)
        for start, stop in spans:
            near |= (success.seconds >= start) & (success.seconds <= stop)
        last = max((stop for _, stop in spans if stop <= success.seconds[-1]), default=None)
        later = lost[success.seconds > last] if last is not None else lost[:0]
        if not near.any() or float(lost[near].mean()) < LEAST_LOST or len(later) < QUIET_SECONDS or float(1 - later.mean()) < WELL:
            continue
        share = float(lost[near].sum() / lost.sum())
        label = f"part of what {component.name} lost that was lost within seconds of a new process of {name}"
        surely = degree(MIDDLE + 12 * (share - 0.75), certainty(int(near.sum())))
        yield Sign("failures at reloads", name, label, round(float(near.mean()), 3), round(share, 3), surely, "success_ratio, pid")
        return


def _in_turn(cut: Halves, parts: PoolParts) -> Iterable[Sign]:
    """Applications whose own counters began anew: each restarted. One alone is nobody's rollout."""
    known = {s: a for s, a in parts.applications.items() if len(cut.window.get(a, "requests_total").values) > 2}
    if len(known) < 2:
        return
    young = sorted(s for s, a in known.items() if _began_anew(cut, a))
    label = f"servers of {parts.name} whose applications began anew"
    named = f"{len(young)}: {', '.join(young[:4])}{' …' if len(young) > 4 else ''}" if young else 0
    yield Sign("restarts in turn", parts.name, label, 0, named, degree(MIDDLE + 4 * (len(young) - 1.5)), "application requests_total")


def _began_anew(cut: Halves, application: str) -> bool:
    series = cut.window.get(application, "requests_total").between(cut.after[0] - 10.0, cut.after[1])
    return bool((np.diff(series.values) < 0).any())
