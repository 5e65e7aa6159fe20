"""More requests come than the needs declare as the peak."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.reading import risen, values
from poise.model.alert import Verdict
from poise.model.sample import Window

SECONDS = 10.0
MORE = 1.1


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for all listeners together; none where no peak is declared."""
    peak = sum(pool.peak_requests_per_second or 0.0 for pool in window.needs.pool.values())
    if peak <= 0:
        return
    rate = _rate(window)
    if rate is None:
        yield Verdict(
            "demand_high", "client", "unknown", "warning", False, "not measured", "neither clients nor listeners gave a request rate"
        )
        return
    bad = rate > MORE * peak
    said = f"{rate:.0f} requests/s, {rate / peak:.1f} times the declared peak" if bad else f"{rate:.0f} requests/s"
    reason = f"mean over {SECONDS:g} s {rate:.1f} requests/s, declared peak {peak:.0f}, alarm above {MORE * peak:.0f}"
    yield Verdict("demand_high", "client", "bad" if bad else "ok", "warning", False, said, reason, ("surge",), {"rate": rate, "peak": peak})


def _rate(window: Window) -> float | None:
    """First attempts per second: clients' own count where they keep one, else what came to the listeners."""
    own = [v for c in window.stack.of_kind("client") if len(v := values(window, c.name, "requests_per_second", SECONDS)) >= 3]
    if own:
        return float(sum(np.mean(v) for v in own))
    risings = [r for c in window.stack.of_kind("listener") if (r := risen(window, c.name, "requests_total", SECONDS)) is not None]
    return sum(risings) / SECONDS if risings else None
