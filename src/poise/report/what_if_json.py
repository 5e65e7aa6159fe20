"""What could happen to a pool, as `poise predict --what-if --format json` says it."""

from typing import Any

from poise.model.what_if import Headroom, WhatIf


def case(one: WhatIf) -> dict[str, Any]:
    """One case. Ratios 0–1, utilisation above 1 where a server cannot keep up."""
    return {
        "case": one.case,
        "kind": one.kind,
        "lost": list(one.lost),
        "alike": list(one.alike),
        "requests_per_second": one.requests_per_second,
        "seconds": one.seconds,
        "servers": [{"server": s.server, "share": s.share, "utilisation": s.utilisation} for s in one.servers],
        "max_utilisation": one.max_utilisation,
        "waiting_ms": one.waiting_ms,
        "in_flight": one.in_flight,
        "p99_ms": one.p99_ms,
        "failed": one.failed,
        "error": one.error,
        "fails_by": one.fails_by,
        "breaks": one.breaks,
        "coarser": one.coarser,
    }


def headroom(one: Headroom) -> dict[str, Any]:
    """How much the pool carries; `requests_per_second` is null where nothing fails below the last point of the curve."""
    return {
        "requests_per_second": one.requests_per_second,
        "times_peak": one.times_peak,
        "error": one.error,
        "breaks": one.breaks,
        "simulated": one.simulated,
        "seconds": one.seconds,
        "sustained_requests_per_second": one.sustained_requests_per_second,
        "sustained_times_peak": one.sustained_times_peak,
        "need": one.need,
        "need_requests_per_second": one.need_requests_per_second,
        "curve": [
            {"requests_per_second": p.requests_per_second, "p99_ms": p.p99_ms, "failed": p.failed, "error": p.error} for p in one.curve
        ],
        "coarser": one.coarser,
    }
