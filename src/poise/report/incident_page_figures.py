"""The picture's figures as rows of tables: before, during and after the impact."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from poise.incidents.figures import percent
from poise.incidents.impact import harm
from poise.model.sample import Window
from poise.report.svg_series import Picture, shares_between


def share_rows(p: Picture, window: Window) -> list[Mapping[str, Any]]:
    """One row per server: expected share, and its mean before, during and after the impact."""
    spans = _spans(p)
    means = [shares_between(window, p.pool, tuple(p.shares), *span) for span in spans]
    return [
        {
            "name": server,
            "hot": server == p.hot,
            "cells": [percent(p.expected.get(server, 0.0)), *("–" if server not in m else percent(m[server]) for m in means)],
        }
        for server in p.shares
    ]


def client_rows(p: Picture, window: Window) -> list[Mapping[str, Any]]:
    """Requests, errors and latency of the client before, during and after the impact."""
    spans = _spans(p)
    harms = [harm(window, datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in spans]
    rows = [
        ("Requests", ["–" if h.requests is None else f"{h.requests:,}" for h in harms]),
        ("Requests that failed", ["–" if h.requests_failed is None else f"{h.requests_failed:,}" for h in harms]),
        ("Share that failed", ["–" if h.share_failed is None else percent(h.share_failed) for h in harms]),
    ]
    for metric in ("p50_ms", "p99_ms"):
        series = [window.get("client", metric).between(a, b).values for a, b in spans]
        finite = [v[np.isfinite(v)] for v in series]
        name = f"{metric.removesuffix('_ms')}, median over the samples"
        rows.append((name, [f"{np.median(v):,.0f} ms" if len(v) else "–" for v in finite]))
    return [{"name": name, "cells": cells} for name, cells in rows]


def _spans(p: Picture) -> tuple[tuple[float, float], ...]:
    """Before, during and after, in epoch seconds; a sample at an edge belongs to the span before it."""
    low, high = p.during
    return ((p.start, low), (low + 1e-3, high), (high + 1e-3, p.end))
