"""What changed, newest first, and which traffic that moved. Pure."""

import re
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
# Where the next line of a file begins in an event of `poise.daemon.configuration`.
LINE = re.compile(r"; (?=[+-]|and \d+ lines more$)")
# Shares of the minute before are held against those of the minute after; the first second still counts both sides.
SPAN_SECONDS, SOON_SECONDS, SETTLE_SECONDS = 60.0, 10.0, 2.0
# An edit and the reload that takes it are told apart, and are one change.
TOGETHER_SECONDS = 4.0
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


def lines_apart(text: str) -> tuple[str, tuple[str, ...]]:
    """What an edit is, and the lines that it took out and put in: a configuration's event tells both in one text."""
    first, *lines = LINE.split(text)
    return first, tuple(lines)


def _moved(window: Window, event: Event) -> str:
    """By the first ten seconds after it, then by the first minute: what stands on a page does not change with each look."""
    passed = (window.now - event.at).total_seconds()
    span = next((span for span in (SPAN_SECONDS, SOON_SECONDS) if passed >= span), None)
    if span is None:
        return ""
    inputs, between = (servers(window),), _between(window, event, span)
    return window.memo.of(("moved", event.at, event.text, between), inputs, lambda: _words(window, event, between))


def _between(window: Window, event: Event, span: float) -> tuple[float, float]:
    """What is held against each other begins after the change before, and ends with the next one: what that moved is not this one's."""
    at = event.at.timestamp()
    others = [each.at.timestamp() for each in window.events if each.kind == "change"]
    earlier = [other + SETTLE_SECONDS for other in others if other < at - TOGETHER_SECONDS]
    later = [other for other in others if other > at + TOGETHER_SECONDS]
    return max([at - SPAN_SECONDS, *earlier]), min([at + span, *later])


def _words(window: Window, event: Event, between: tuple[float, float]) -> str:
    """The pool whose traffic moved most, and how: ½ Σ |after − before|, as `poise diff` counts it."""
    of, at, (first, last) = servers(window), event.at.timestamp(), between
    before = _risen(window, of.names, at, at - first)
    after = _risen(window, of.names, last, last - at - SETTLE_SECONDS)
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
