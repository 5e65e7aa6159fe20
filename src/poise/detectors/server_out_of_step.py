"""One server fails or is slow where its peers are not.

Judged per server: with one slow application the pool's mean response time falls, because the slow one completes less.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from poise.detectors.reading import applications, risen, values
from poise.model.alert import State, Verdict
from poise.model.sample import Window

SECONDS = 10.0
# Errors: 5 % and four times the others', at least five of them. Time: three times the others' and 100 ms more than theirs.
LEAST_RATIO, TIMES, LEAST_COUNT = 0.05, 4.0, 5.0
SLOW_TIMES, SLOW_MORE_MS = 3.0, 100.0
FAILURES = ("responses_5xx_total", "response_errors_total", "retries_total")


@dataclass(frozen=True, slots=True)
class _Look:
    requests: float
    failed: float
    took_ms: float | None


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each server of a pool where at least two are measured."""
    for pool in (p for topology in window.topologies for p in topology.pools):
        looks = {s.name: look for s in pool.servers if (look := _look(window, f"{pool.name}/{s.name}")) is not None}
        if len(looks) < 2:
            continue
        for name, look in looks.items():
            peers = [other for peer, other in looks.items() if peer != name]
            sent, failed = sum(p.requests for p in peers), sum(p.failed for p in peers)
            theirs = failed / sent if sent else 0.0
            own = look.failed / look.requests if look.requests else float(look.failed > 0)
            failing = look.failed >= LEAST_COUNT and own >= max(LEAST_RATIO, TIMES * theirs)
            times = [p.took_ms for p in peers if p.took_ms is not None]
            usual = float(np.median(times)) if times else None
            slow = look.took_ms is not None and usual is not None and look.took_ms > max(SLOW_TIMES * usual, usual + SLOW_MORE_MS)
            if failing:
                said = f"{own:.0%} of its requests fail, {theirs:.0%} of its peers'"
            elif slow:
                said = f"answers in {look.took_ms:.0f} ms, its peers in {usual:.0f} ms"
            else:
                said = "in step with its peers"
            took = "unknown" if look.took_ms is None else f"{look.took_ms:.0f} ms"
            reason = (
                f"over {SECONDS:g} s: {look.failed:.0f} of {look.requests:.0f} failed, peers {failed:.0f} of {sent:.0f}; answers in {took}"
            )
            figures = {"failed_ratio": own, "peers_failed_ratio": theirs}
            faults = ("server-errors", "server-down") if failing else ("server-slow",) if slow else ()
            state: State = "bad" if failing or slow else "ok"
            yield Verdict("server_out_of_step", f"server {pool.name}/{name}", state, "warning", False, said, reason, faults, figures)


def _look(window: Window, server: str) -> _Look | None:
    requests = risen(window, server, "requests_total", SECONDS)
    if requests is None:
        return None
    failed = max(risen(window, server, metric, SECONDS) or 0.0 for metric in FAILURES)
    # An application's mean is over its last second; HAProxy's rtime over its last 1024 requests, a minute behind at this load.
    own = [v for name in applications(window, server) for v in values(window, name, "response_ms", SECONDS)]
    took = own or list(values(window, server, "response_ms", 3.0))
    return _Look(requests, failed, float(np.median(took)) if took and (requests > 0 or own) else None)
