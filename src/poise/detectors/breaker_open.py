"""A circuit breaker of Envoy is open: beyond its limit requests are refused at once (503, flag UO), and no server ever sees them.

The servers' own figures stay as they are, so the pool looks well to whoever looks at servers alone.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors import columns
from poise.detectors.pools import pool_names
from poise.detectors.servers import servers
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

SECONDS, LOOKS = 5.0, 3
# What is limited, its breaker, what is refused then, and the setting.
BREAKERS = (
    ("connections", "connections_breaker_open", "connections_refused_total", "max_connections"),
    ("waiting requests", "queue_breaker_open", "requests_refused_total", "max_pending_requests"),
    ("requests", "requests_breaker_open", "requests_refused_total", "max_requests"),
    ("retries", "retries_breaker_open", "retries_refused_total", "max_retries"),
)
REMEDY = (
    "Look first why so many requests are under way at once: slow servers, or more requests than usual (`poise diagnose`). Where the servers"
    " can bear more, raise the named threshold under `circuit_breakers.thresholds` of the cluster; the default is 1,024, and 3 for retries."
)
PRIORITIES = (("", "DEFAULT"), ("high_priority_", "HIGH"))
OPEN = [prefix + breaker for prefix, _ in PRIORITIES for _, breaker, _, _ in BREAKERS]


def judge(window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
    """An answer about each pool that tells of its breakers. One that is open at every look of five seconds is bad, or that refused
    something in that time: for an instant a breaker at its limit stands open with nothing lost."""
    if window.measured.isdisjoint(OPEN):
        return
    every, names = servers(window), pool_names(window)
    known = bad = np.zeros(len(names), dtype=np.bool_)
    found: list[tuple[np.typing.NDArray[np.bool_], np.typing.NDArray[np.float64], str]] = []
    for prefix, priority in PRIORITIES:
        for what, breaker, refused, setting in BREAKERS:
            if prefix + breaker not in window.measured:
                continue
            looks = columns.values(window, names, prefix + breaker, SECONDS, LOOKS).values
            measured = ~np.isnan(looks)
            if not measured.any():
                continue
            known = known | measured.any(axis=0)
            often = (looks > 0).sum(axis=0)
            if not often.any():
                continue
            lost = np.fmax(columns.risen(window, names, refused, SECONDS)[0], 0.0)
            stands = (often == measured.sum(axis=0)) & (often >= LOOKS)
            now_bad = (often > 0) & (stands | (lost > 0))
            bad = bad | now_bad
            found.append((now_bad, lost, f"for {what} (`{setting}`{' of priority HIGH' if priority == 'HIGH' else ''})"))
    yield InOrder("breaker_open", every.by_pool, known & ~bad, summary="its circuit breakers are closed")
    for place in bad.nonzero()[0].tolist():
        open_ = [(float(lost[place]), words) for is_bad, lost, words in found if is_bad[place]]
        most = max(lost for lost, _ in open_)
        harm = f"{most:.0f} refused in {SECONDS:g} s" if most else "what comes beyond is refused at once"
        said = f"its circuit breaker is open {' and '.join(words for _, words in open_)}: {harm}"
        reason = "; ".join(f"open {words}, {lost:.0f} refused in {SECONDS:g} s" for lost, words in open_)
        yield Verdict("breaker_open", f"pool {names[place]}", "bad", "warning", False, said, reason, (), {"refused": most})
