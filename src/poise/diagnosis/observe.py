"""From the window to named signs: every layer's observables held against their normal."""

from datetime import UTC, datetime, timedelta

import numpy as np

from poise.diagnosis.halves import LONGEST_AFTER, LONGEST_BEFORE, Halves
from poise.diagnosis.matrices import matrices_of
from poise.diagnosis.observe_applications import observe_applications
from poise.diagnosis.observe_attempts import observe_attempts
from poise.diagnosis.observe_clients import observe_clients
from poise.diagnosis.observe_condition import observe_condition
from poise.diagnosis.observe_crowding import observe_crowding
from poise.diagnosis.observe_databases import observe_databases
from poise.diagnosis.observe_hops import observe_hops
from poise.diagnosis.observe_limits import observe_limits
from poise.diagnosis.observe_load_balancer import observe_load_balancer
from poise.diagnosis.observe_logs import observe_logs
from poise.diagnosis.observe_names import observe_names
from poise.diagnosis.observe_pools import observe_pools
from poise.diagnosis.observe_refusals import observe_refusals
from poise.diagnosis.observe_replacements import observe_replacements
from poise.diagnosis.observe_routes import observe_routes
from poise.diagnosis.observe_shares import observe_shares
from poise.diagnosis.observe_waits import observe_waits
from poise.diagnosis.onset import Span, find
from poise.diagnosis.shift import ENOUGH
from poise.faults.sign import Observation, Sign
from poise.model.sample import Window

OBSERVERS = (
    observe_pools,
    observe_shares,
    observe_limits,
    observe_refusals,
    observe_waits,
    observe_crowding,
    observe_attempts,
    observe_applications,
    observe_databases,
    observe_hops,
    observe_clients,
    observe_load_balancer,
    observe_condition,
    observe_logs,
    observe_names,
    observe_replacements,
    observe_routes,
)
# A baseline shorter than this is no baseline: medians of fewer seconds are single requests.
LEAST_BEFORE = 3.0
# A return after fewer seconds is a pause in the trouble, or a moment of noise that the seconds after it put right.
SHORTEST = 8.0
UNCHANGED_AFTER = 20.0
# Queues of the trouble drain for a moment once it has ended.
SETTLING = 2.0
# Half the seconds of a baseline with more failures than this are an incident.
LEAST_SUCCESS = 0.97
# How far an alert may lie from the estimated onset and still be believed to be about it.
ALERT_HORIZON = timedelta(minutes=5)


def halves(window: Window, alert_at: datetime | None = None) -> Halves:
    """Cut the window at the estimated onset. `alert_at` is a hint, used only where no change is found."""
    finish = window.now.timestamp()
    first = matrices_of(window).first_second
    span = find(window)
    if span is None and alert_at is not None and first < alert_at.timestamp() <= finish and window.now - alert_at < ALERT_HORIZON:
        span = Span(alert_at.timestamp(), None)
    if span is None:
        # Nothing changed that stands out: the last seconds are held against those before, unless the trouble was there all the time.
        cut = finish - UNCHANGED_AFTER
        usual = (max(first, cut - LONGEST_BEFORE), cut)
        if cut - first < UNCHANGED_AFTER or _clients_suffer(window, usual):
            return Halves(window, None, (max(first, finish - LONGEST_AFTER), finish))
        return Halves(window, usual, (cut, finish))
    before = (max(first, span.start - LONGEST_BEFORE), span.start - 1.0)
    if _clients_suffer(window, before):
        if (quiet := _quiet_since(window, span.start, finish)) is not None:
            return Halves(window, quiet, (max(first, span.start - LONGEST_AFTER), span.start - 1.0), None, span.start)
        # Something worsened, but the trouble was there before: such a time is no normal to compare with.
        return Halves(window, None, (max(first, finish - LONGEST_AFTER), finish))
    lasted = span.end if span.end is not None and span.end - span.start >= SHORTEST else finish
    end = min(lasted, span.start + LONGEST_AFTER)
    ended = span.end if span.end is not None and lasted < finish and _quiet_since(window, span.end, finish) is not None else None
    return Halves(window, before if before[1] - before[0] >= LEAST_BEFORE else None, (span.start, end), span.start, ended)


def _quiet_since(window: Window, end: float, finish: float) -> tuple[float, float] | None:
    """The time since then, where it is long enough and clients do not suffer in it."""
    quiet = (end + SETTLING, finish)
    return quiet if quiet[1] - quiet[0] >= SHORTEST and not _clients_suffer(window, quiet) else None


def _clients_suffer(window: Window, span: tuple[float, float]) -> bool:
    promised = min((n.objectives.latency_p99_ms for n in window.needs.pool.values() if n.objectives.latency_p99_ms), default=None)
    for client in window.stack.of_kind("client"):
        success = window.get(client.name, "success_ratio").between(*span).values
        p99 = window.get(client.name, "p99_ms").between(*span).values
        if len(success) >= ENOUGH and float(np.median(success)) < LEAST_SUCCESS:
            return True
        if promised is not None and len(p99) >= ENOUGH and float(np.median(p99)) > 2 * promised:
            return True
    return False


def observe(cut: Halves) -> Observation:
    """All signs of the window, cut there. Observables that were not measured are absent, never assumed."""
    window = cut.window
    signs: dict[str, dict[str, Sign]] = {}
    for observer in OBSERVERS:
        for sign in observer(cut):
            signs.setdefault(sign.name, {})[sign.component] = sign
    changes = tuple(sorted((e for e in window.events if e.kind == "change"), key=lambda e: e.at))
    onset = None if cut.onset is None else datetime.fromtimestamp(cut.onset, UTC)
    return Observation(signs, window.stack, onset, changes, window.topologies, window.needs)
