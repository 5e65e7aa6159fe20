"""A part of the stack stopped telling anything: what it would say now is not known, and nothing may be concluded from its silence."""

from collections.abc import Iterable
from datetime import datetime

from poise.model.alert import Verdict
from poise.model.sample import Window

SECONDS = 10.0


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each component that ever gave a sample."""
    newest: dict[str, float] = {}
    for (component, _), series in window.series.items():
        if len(series.seconds):
            newest[component] = max(newest.get(component, 0.0), float(series.seconds[-1]))
    for part in window.stack.components:
        if part.name not in newest:
            continue
        silent = now.timestamp() - newest[part.name]
        bad = silent > SECONDS
        said = f"no figures for {silent:.0f} s" if bad else "measured"
        reason = f"the newest sample is {silent:.1f} s old, alarm at {SECONDS:g} s"
        faults = ("load-balancer-down",) if part.kind == "load-balancer" else ()
        yield Verdict("source_gone", f"{part.kind} {part.name}", "bad" if bad else "ok", "warning", False, said, reason, faults)
