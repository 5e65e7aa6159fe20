"""Clients get less than they were promised: too many failures, or answers that are too slow.

Failures are judged as a burn of the error budget over two windows (Site Reliability Workbook, chapter 5), scaled to an outage that must be
seen in seconds: the short window says that it is happening, the long one that it is worth a call. With every server down, p50 improves.
"""

from collections.abc import Iterable
from datetime import datetime
from statistics import median

import numpy as np

from poise.detectors.reading import risen, values
from poise.model.alert import Verdict
from poise.model.needs import Needs
from poise.model.sample import Window

SHORT, LONG = 5.0, 30.0
# Ten times the budget: 1 % for a promise of 99.9 %. Fewer than this many failures are a person closing a browser.
BURN, FEWEST_FAILURES = 10.0, 5
UNDECLARED_AVAILABILITY = 0.99
# A p99 of one second at 80 requests is its slowest request: only a run of bad seconds says anything.
SLOW_SECONDS, OF_SECONDS = 5, 6
# Told at once; somebody is woken when it lasts, or is so much that it need not.
LASTING_SECONDS, FAR_OVER = 10, 2.0


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each component of kind client."""
    promised, slow_ms = objectives(window)
    clients = window.stack.of_kind("client")
    # Where all clients are counted, a probe of five requests a second is context: it shares this machine's troubles.
    counted = {c.name for c in clients if len(values(window, c.name, "requests_per_second", SHORT))}
    for client in clients:
        watched = not counted or client.name in counted
        short, long = failures(window, client.name, SHORT), failures(window, client.name, LONG)
        p99 = values(window, client.name, latency_metric(window, client.name), OF_SECONDS + 0.0)
        if short is None and not len(p99):
            yield Verdict(
                "client_harm", client.name, "unknown", "error", watched, "no client figures", f"no samples of {client.name} for {SHORT:g} s"
            )
            continue
        (lost, sent), (lost_long, sent_long) = short or (0.0, 0.0), long or short or (0.0, 0.0)
        limit = min(0.5, BURN * (1 - promised))
        ratio, ratio_long = lost / sent if sent else 0.0, lost_long / sent_long if sent_long else 0.0
        failing = lost_long >= FEWEST_FAILURES and lost > 0 and ratio >= limit and ratio_long >= limit
        slow = slow_ms is not None and len(p99) >= OF_SECONDS - 1 and int((p99 > slow_ms).sum()) >= SLOW_SECONDS
        lasting = slow_ms is not None and _lasting(window, client.name, slow_ms)
        figures = {"failed_ratio": ratio, "failed_ratio_long": ratio_long, "p99_ms": median(p99.tolist()) if len(p99) else 0.0}
        said = (
            f"{ratio:.1%} of requests fail" if failing else f"clients wait: p99 {figures['p99_ms']:.0f} ms, promised {slow_ms or 0:.0f} ms"
        )
        reason = (
            f"failed: {ratio:.2%} over {SHORT:g} s and {ratio_long:.2%} over {LONG:g} s, alarm at {limit:.2%} (promised {promised:.3%});"
            f" p99 over {slow_ms or 0:.0f} ms in {int((p99 > (slow_ms or np.inf)).sum())} of the last {len(p99)} seconds"
        )
        bad = failing or slow
        # Between half and whole the limit a firing alert goes on: no flapping around one number.
        figures["holds"] = float(not bad and (ratio >= limit / 2 > 0 or (slow_ms is not None and figures["p99_ms"] > 0.8 * slow_ms)))
        page = watched and (failing or lasting or not (slow or figures["holds"]))
        yield Verdict(
            "client_harm", client.name, "bad" if bad else "ok", "error", page, said if bad else "clients are served", reason, (), figures
        )


def _lasting(window: Window, client: str, slow_ms: float) -> bool:
    """Were seconds too slow for long enough, or the last ones by far?"""
    p99 = values(window, client, latency_metric(window, client), LONG)
    by_far = len(p99) >= SLOW_SECONDS and median(p99[-OF_SECONDS:].tolist()) > FAR_OVER * slow_ms
    return by_far or int((p99 > slow_ms).sum()) >= LASTING_SECONDS


def latency_metric(window: Window, client: str) -> str:
    """p99 where all clients are counted; of a probe's 25 requests that is the slowest one, and p90 says more."""
    return "p90_ms" if len(window.get(client, "p90_ms").values) else "p99_ms"


def objectives(window: Window) -> tuple[float, float | None]:
    """The strictest availability and p99 that any pool declares."""
    return window.memo.of("objectives", (window.needs,), lambda: _strictest(window.needs))


def _strictest(needs: Needs) -> tuple[float, float | None]:
    declared = [pool.objectives for pool in needs.pool.values()]
    availability = [o.availability for o in declared if o.availability is not None]
    latency = [o.latency_p99_ms for o in declared if o.latency_p99_ms is not None]
    return max(availability, default=UNDECLARED_AVAILABILITY), min(latency, default=None)


def failures(window: Window, client: str, seconds: float) -> tuple[float, float] | None:
    """Requests that failed and that were sent in the last `seconds`; None where nothing was measured."""
    if (key := ("failures", client, seconds)) not in window.looked:
        window.looked[key] = _failures(window, client, seconds)
    found: tuple[float, float] | None = window.looked[key]
    return found


def _failures(window: Window, client: str, seconds: float) -> tuple[float, float] | None:
    sent, failed = risen(window, client, "attempts_total", seconds), risen(window, client, "failures_total", seconds)
    if sent is not None and failed is not None:
        return failed, sent
    success = window.recent(client, "success_ratio", seconds)
    if not len(success.values):
        return None
    rate = window.recent(client, "requests_per_second", seconds)
    weights = rate.values if len(rate.values) == len(success.values) else np.ones(len(success.values))
    return float(((1 - success.values) * weights).sum()), float(weights.sum())


def harmed(window: Window) -> bool:
    """Is it plain that clients suffer now? For detectors that page only together with harm."""
    promised, slow_ms = objectives(window)
    for client in window.stack.of_kind("client"):
        lost, sent = failures(window, client.name, SHORT) or (0.0, 0.0)
        p99 = values(window, client.name, latency_metric(window, client.name), 4.0)
        if lost >= FEWEST_FAILURES and lost >= BURN * (1 - promised) * sent:
            return True
        if slow_ms is not None and len(p99) >= 3 and median(p99.tolist()) > slow_ms:
            return True
    return False
