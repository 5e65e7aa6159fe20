"""What changed, newest first, and which traffic that moved. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from poise.balance.evenness import FEWEST_REQUESTS
from poise.detectors.servers import Floats, servers
from poise.incidents.figures import percent
from poise.model.sample import Event, Window
from poise.report.dashboard.look import Look
from poise.report.dashboard.views import ChangeView

MOST = 30
# Shares of the minute before are held against those of the minute after; the first second still counts both sides.
SPAN_SECONDS, SOON_SECONDS, SETTLE_SECONDS = 60.0, 10.0, 2.0
# Less than that moves by chance at a few hundred requests.
LEAST_MOVED = 0.02


@dataclass(frozen=True, slots=True)
class _Move:
    pool: str
    moved: float
    words: str


def change_views(looks: Sequence[Look], since: datetime) -> tuple[ChangeView, ...]:
    """Of all load balancers; one that several of them tell is listed for each, since each has its own traffic."""
    found = [(event, look) for look in looks for event in look.window.events if event.kind == "change" and event.at >= since]
    newest = sorted(found, key=lambda each: each[0].at, reverse=True)[:MOST]
    return tuple(
        ChangeView(event.at, look.load_balancer, event.component, event.text, _moved(look.window, event)) for event, look in newest
    )


def _moved(window: Window, event: Event) -> str:
    """By the first ten seconds after it, then by the first minute: what stands on a page does not change with each look."""
    passed = (window.now - event.at).total_seconds()
    span = next((span for span in (SPAN_SECONDS, SOON_SECONDS) if passed >= span), None)
    if span is None:
        return ""
    inputs = (servers(window),)
    return window.memo.of(("moved", event.at, event.text, span), inputs, lambda: _words(window, event, span))


def _words(window: Window, event: Event, span: float) -> str:
    """The pool whose traffic moved most, and how: ½ Σ |after − before|, as `poise diff` counts it."""
    of, begin = servers(window), event.at.timestamp()
    before, after = (
        _risen(window, of.names, at, seconds) for at, seconds in ((begin, SPAN_SECONDS), (begin + span, span - SETTLE_SECONDS))
    )
    moves = []
    for place, pool in enumerate(of.pools):
        where = of.of(place)
        one, other = before[where], after[where]
        if one.sum() < FEWEST_REQUESTS or other.sum() < FEWEST_REQUESTS:
            continue
        was, now = one / one.sum(), other / other.sum()
        part = float(np.abs(now - was).sum() / 2)
        most = int(np.argmax(now - was))
        named = f"{pool.servers[most].name} {percent(round(float(was[most]), 3))} → {percent(round(float(now[most]), 3))}"
        moves.append(_Move(pool.name, part, f"{percent(round(part, 3))} of the traffic of pool {pool.name} moved: {named}"))
    largest = max(moves, key=lambda move: move.moved, default=None)
    if largest is None:
        return ""
    return largest.words if largest.moved >= LEAST_MOVED else "no traffic moved"


def _risen(window: Window, names: tuple[str, ...], end: float, seconds: float) -> Floats:
    """What every server got in the `seconds` up to that instant; a fall was a restart."""
    table = window.table(names, "requests_total", window.now_seconds - end + seconds)
    steps = np.diff(table.values[table.seconds <= end], axis=0)
    found: Floats = np.nansum(np.where(steps > 0, steps, 0.0), axis=0)
    return found
