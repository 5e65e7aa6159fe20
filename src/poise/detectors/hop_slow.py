"""A way between two parts is slow or loses packets: the path against the same end without the path, and against its own past.

Both ends answer the same question within milliseconds of one another, so a busy machine or a busy application cancels out.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.reading import past, risen, values
from poise.model.alert import State, Verdict
from poise.model.sample import Window

SECONDS = 8.0
# 50 ms more than around it, as the median of eight seconds: a relay whose machine had a load of 14 on two cores added up to 41.
MORE_MS, TIMES = 50.0, 3.0
# Three failed connects or two retransmissions among 15 probes are no accident: a healthy way has none in hours.
LOSS_SECONDS, FAILED, RESENT = 15.0, 3.0, 2.0


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each hop."""
    for hop in window.stack.of_kind("hop"):
        excess = [e for metric in ("connect_ms", "ping_ms") if (e := _excess(window, hop.name, metric)) is not None]
        failed = risen(window, hop.name, "connect_failures_total", LOSS_SECONDS)
        around = risen(window, hop.name, "direct_connect_failures_total", LOSS_SECONDS) or 0.0
        resent = risen(window, hop.name, "retransmits_total", LOSS_SECONDS) or 0.0
        if not excess and failed is None:
            why = f"no probe of {hop.name} ended"
            yield Verdict("hop_slow", f"hop {hop.name}", "unknown", "warning", False, "not measured", why)
            continue
        slow = any(over > MORE_MS and through > TIMES * usual for over, through, usual in excess)
        # A stopped server refuses on both ways: then the way is not to blame.
        lost = ((failed or 0.0) - around) >= FAILED or resent >= RESENT
        worst = max(excess, default=(0.0, 0.0, 0.0))
        said = "as fast as the way around it"
        if slow:
            said = f"adds {worst[0]:.0f} ms: {worst[1]:.0f} ms through it, {worst[2]:.0f} ms without"
        elif lost:
            said = f"loses packets: {failed or 0:.0f} failed connects, {resent:.0f} retransmissions in {LOSS_SECONDS:g} s"
        state: State = "bad" if slow or lost else "ok"
        reason = (
            f"median over {SECONDS:g} s {worst[1]:.1f} ms, without the way {worst[2]:.1f} ms; in {LOSS_SECONDS:g} s"
            f" {failed or 0:.0f} connects failed ({around:.0f} around it) and {resent:.0f} segments were sent again"
        )
        figures = {"excess_ms": worst[0], "failed": failed or 0.0, "retransmits": resent}
        faults = ("network-delay",) if slow else ("network-loss",) if lost else ()
        yield Verdict("hop_slow", f"hop {hop.name}", state, "warning", False, said, reason, faults, figures)


def _excess(window: Window, hop: str, metric: str) -> tuple[float, float, float] | None:
    """(more than usual, now, usual) in milliseconds: usual is the way around it, else its own past."""
    through = values(window, hop, metric, SECONDS)
    if len(through) < 3:
        return None
    direct = values(window, hop, f"direct_{metric}", SECONDS)
    usual = direct if len(direct) >= 3 else past(window, hop, metric)
    if len(usual) < 3:
        return None
    now, was = float(np.median(through)), float(np.median(usual))
    return now - was, now, was
