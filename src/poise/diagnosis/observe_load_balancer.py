"""Whether the load balancer is there at all: what it tells of itself, whether clients reach it, whether anything arrives behind it."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.halves import PASSED_SECONDS, Halves
from poise.diagnosis.matrices import matrices_of
from poise.diagnosis.parts import applications
from poise.diagnosis.saturation import busy_ratio
from poise.diagnosis.shift import MIDDLE, certainty, degree
from poise.faults.sign import Sign
from poise.model.could_not import CouldNot
from poise.model.sample import ComponentKind, Window

# What the load balancer tells of itself and what it serves; all of it comes with one answer of its control socket.
TOLD_BY_IT: tuple[ComponentKind, ...] = ("load-balancer", "listener", "pool", "server")
TOLD_BY_OTHERS: tuple[ComponentKind, ...] = ("application", "database", "hop", "client")
# Silence of this long is as likely a busy process as a dead one. A refused or missing socket says more, but a restart refuses too.
SILENT_SECONDS = 3.0
REFUSED_SECONDS = 1.0
ANSWERS_NOW = 0.3
# Not the load balancer's fault: poise may not read the socket, or its address in the file is no socket's.
OURS = (
    "permission denied", "no 'stats socket'", "check the address", "level user", "no 'admin' section", "on port 0", "allow GET of",
    "is this Envoy's admin interface",
)  # fmt: skip
# Clients of which more fail are not served at all; a full server among empty ones still answers some.
CUT_OFF = 0.2


def observe_load_balancer(cut: Halves) -> Iterable[Sign]:
    """All signs of the load balancers, and of what only a way in that is gone explains."""
    window = cut.window
    for component in window.stack.of_kind("load-balancer"):
        yield from _silence(cut, component.name)
    for component in window.stack.of_kind("client"):
        yield from _cut_off(cut, component.name)
        yield from _refused(cut, component.name)
    yield from _arrivals(cut)


def answered_last(window: Window) -> float | None:
    """Epoch seconds of the load balancer's newest answer, None if it never gave one."""
    told = _instants(window, TOLD_BY_IT)
    return float(told[-1]) if len(told) else None


def pause(window: Window) -> float:
    """How many seconds beyond one lie between two looks at the load balancer: one that takes long to answer is asked seldom."""
    names = (c.name for c in window.stack.of_kind("load-balancer"))
    return max((window.get(name, "interval_seconds").last() or 1.0 for name in names), default=1.0) - 1.0


def _instants(window: Window, kinds: tuple[ComponentKind, ...]) -> NDArray[np.float64]:
    heard = matrices_of(window).heard
    series = [(place, clock.seconds) for clock in heard.of_kinds(kinds) for place in clock.places]
    # Series of one scrape are of one length or shorter: the longest few hold all instants, and 100 servers have thousands of series.
    longest = sorted(series, key=lambda s: (-len(s[1]), s[0]))[:4] + sorted(series, key=lambda s: (-s[1][-1], s[0]))[:2]
    distinct = list({id(seconds): seconds for _, seconds in longest}.values())
    return np.unique(np.concatenate(distinct)) if distinct else np.empty(0)


def _silence(cut: Halves, name: str) -> Iterable[Sign]:
    window = cut.window
    reason = _refusal(window)
    if reason is not None and any(words in reason.reason for words in OURS):
        return
    told, others = _instants(window, TOLD_BY_IT), _instants(window, TOLD_BY_OTHERS)
    if not len(told) and reason is None:
        return
    start, end = cut.after
    lasting = end >= window.now.timestamp() - PASSED_SECONDS
    seconds = _longest_silence(told, others[others <= end], start, lasting)
    label = f"longest silence of {name} on its control socket while others answered, s"
    source = "control socket" + (f" {reason.what}: {reason.reason}" if reason is not None and lasting else "")
    # Two looks are up to 1.75 intervals apart while the interval changes.
    middle = (REFUSED_SECONDS if reason is not None and lasting else SILENT_SECONDS) + 1.75 * pause(window)
    if not len(told):
        yield Sign("load balancer silent", name, f"answers of {name} on its control socket", "each second", "none", degree(6.0), source)
        return
    surely = degree(MIDDLE + 1.5 * (seconds - middle))
    if lasting and window.now.timestamp() - float(told[-1]) < SILENT_SECONDS / 2 + pause(window):
        # It answers now: it was slow to, or was restarted.
        surely = min(surely, ANSWERS_NOW)
    yield Sign("load balancer silent", name, label, 0, round(seconds, 1), surely, source)


def _refusal(window: Window) -> CouldNot | None:
    """What came of the last look at the control sockets, None where one answered."""
    sockets = {s.address for t in window.topologies for s in t.control_sockets}
    return next((c for c in window.could_not if c.what in sockets), None)


def _longest_silence(told: NDArray[np.float64], others: NDArray[np.float64], start: float, lasting: bool) -> float:
    """Seconds from an answer of the load balancer to the last word of anybody else before its next: where all are silent, poise was."""
    longest = 0.0
    answers = told[told >= start - 5.0]
    earlier = told[told < start - 5.0]
    answers = np.concatenate([earlier[-1:], answers])
    for index, at in enumerate(answers):
        last = index + 1 == len(answers)
        if last and not lasting:
            break
        heard = others[(others > at) & (others < (np.inf if last else answers[index + 1]))]
        if len(heard):
            longest = max(longest, float(heard[-1] - at))
    return longest


def _cut_off(cut: Halves, client: str) -> Iterable[Sign]:
    success = cut.median_now(client, "success_ratio")
    if success is not None:
        surely = degree(MIDDLE + 20 * (CUT_OFF - success), certainty(len(cut.now(client, "success_ratio"))))
        yield Sign("clients cut off", client, "middle success ratio of clients", "above 20 %", round(success, 4), surely, "success_ratio")


def _refused(cut: Halves, client: str) -> Iterable[Sign]:
    refused, done = cut.counter_now(client, "connection_errors_total"), cut.counter_now(client, "requests_total")
    if refused is not None and done is not None and done[0] > 0:
        ratio = min(refused[0] / done[0], 1.0)
        surely = degree(MIDDLE + 12 * (ratio - 0.3), certainty(int(done[0])))
        label = "ratio of clients' requests that found nobody to connect to"
        yield Sign("clients refused", client, label, 0, round(ratio, 4), surely, "connection_errors_total, requests_total")


def _arrivals(cut: Halves) -> Iterable[Sign]:
    """Requests that reach the applications against those that did before, else against what clients send. An application that holds
    requests is reached, however few it counts."""
    now, usual, samples = 0.0, 0.0, 0
    names = applications(cut)
    for name in names:
        counted, before = cut.counter_now(name, "requests_total"), cut.counter_normal(name, "requests_total")
        if counted is None or counted[1] <= 0 or (busy_ratio(cut, name) or 0.0) > 0.1:
            continue
        now += counted[0] / counted[1]
        usual += before[0] / before[1] if before is not None and before[1] > 0 else 0.0
        samples = max(samples, int(counted[1]))
    if not samples:
        # Applications that count no requests: what the load balancer hands on tells it too.
        for each in cut.window.stack.of_kind("server"):
            counted, before = cut.counter_now(each.name, "requests_total"), cut.counter_normal(each.name, "requests_total")
            if counted is not None and before is not None and counted[1] > 0 and before[1] > 0:
                now, usual = now + counted[0] / counted[1], usual + before[0] / before[1]
                samples = max(samples, int(counted[1]))
    held = sum((busy_ratio(cut, name) or 0.0) > 0.1 for name in names)
    if not usual:
        usual = sum(cut.median_now(c.name, "requests_per_second") or 0.0 for c in cut.window.stack.of_kind("client"))
    if not samples or usual < 1:
        return
    ratio = now / usual if not held else 1.0
    surely = degree(MIDDLE + 12 * (0.25 - ratio), certainty(samples))
    for component in cut.window.stack.of_kind("load-balancer"):
        yield Sign(
            "nothing arrives",
            component.name,
            "requests per second that reach the applications",
            round(usual, 1),
            round(now, 1),
            surely,
            "application requests_total, in_flight",
        )
