"""Requests wait: in the load balancer, before a server, or inside an application."""

from collections.abc import Iterable
from datetime import datetime

from poise.detectors.reading import latest, values
from poise.model.alert import Verdict
from poise.model.sample import ComponentKind, Window

SECONDS = 5.0
# A burst leaves a handful waiting for part of a second; a queue that never empties for five is one that stands.
FLOOR = 4.0
KINDS: tuple[ComponentKind, ...] = ("pool", "server", "application")


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each pool, server and application that reports a queue."""
    for kind in KINDS:
        for part in window.stack.of_kind(kind):
            waiting = values(window, part.name, "queue", SECONDS)
            if len(waiting) < 3:
                continue
            floor = max(FLOOR, latest(window, part.name, "slots") or 0.0)
            bad = float(waiting.min()) > 0 and float(waiting.mean()) >= floor
            said = f"{waiting.mean():.0f} requests wait" if bad else "no standing queue"
            reason = f"queue over {SECONDS:g} s: least {waiting.min():.0f}, mean {waiting.mean():.0f}, alarm at a mean of {floor:.0f}"
            yield Verdict(
                "queue_growing",
                f"{kind} {part.name}",
                "bad" if bad else "ok",
                "warning",
                False,
                said,
                reason,
                (),
                {"queue": float(waiting.mean())},
            )
