"""The newest figures of every server of a window, read a column at a time: a thousand servers cost what one does. Pure."""

from dataclasses import dataclass

import numpy as np

from poise.balance.evenness import FEWEST_REQUESTS
from poise.detectors import columns
from poise.detectors.reading import JITTER_SECONDS
from poise.detectors.servers import Floats, Mask, Servers
from poise.detectors.shares_seen import SharesSeen, shares_seen
from poise.model.sample import Window

# Shares are read over the first of these that holds enough requests to judge by: news within seconds where there is traffic, and where a
# load balancer is asked seldom, or history is kept by the minute, what there is.
SPANS: tuple[float, ...] = (10.0, 60.0, 180.0)
# Before ten seconds are known, what is: who opens the page as the watch begins sees shares, and how far they may stray.
EARLY = tuple(float(seconds) for seconds in range(1, 10))
# By name of the view the metrics that tell it, the first that was measured.
LATEST = {
    "in_flight": ("in_flight",),
    "queue": ("queue",),
    "p50_ms": ("response_p50_ms", "p50_ms"),
    "p99_ms": ("response_p99_ms", "p99_ms"),
    "response_ms": ("response_ms",),
    "up": ("up",),
    "maintenance": ("maintenance",),
    "drain": ("drain",),
    "weight": ("weight", "effective_weight"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Vectors by server, NaN for what is not known. `requests` and `failed` have a row for each of the `spans`; `span` is by pool the row
    that counts, `latest` by the names above. `seen` is what detectors compare with."""

    servers: Servers
    seen: SharesSeen
    spans: tuple[float, ...]
    requests: Floats
    failed: Floats
    span: tuple[int, ...]
    latest: dict[str, Floats]
    serves: Mask


def figures(window: Window) -> Figures:
    """Of this window's files."""
    seen = shares_seen(window)
    of, names = seen.servers, seen.servers.names
    spans, requests = SPANS, columns.risen(window, names, "requests_total", *SPANS)
    if len(names) and np.isnan(requests).all():
        spans, requests = EARLY, columns.risen(window, names, "requests_total", *EARLY)
    enough = np.array([of.sums(np.nan_to_num(row)) for row in requests]) >= FEWEST_REQUESTS
    any_known = np.array([of.some(~np.isnan(row)) for row in requests])
    longest = len(spans) - 1 - np.argmax(any_known[::-1], axis=0)
    span = longest if spans is EARLY else np.where(enough.any(axis=0), np.argmax(enough, axis=0), longest)
    latest = {name: _first(window, names, metrics) for name, metrics in LATEST.items()}
    return Figures(
        of,
        seen,
        spans,
        requests,
        columns.risen(window, names, "responses_5xx_total", *spans),
        tuple(span.tolist()),
        latest,
        columns.serving(window, names)[0],
    )


def covered_seconds(window: Window, component: str, span: float) -> float:
    """How long the looks lie apart between which a counter of that component rose over `span`: what a rate is divided by."""
    now = window.now_seconds
    seconds = next((f.seconds for f in window.frames if component in f.places and "requests_total" in f.metrics), None)
    if seconds is None:
        seconds = window.get(component, "requests_total").seconds
    first = int(seconds.searchsorted(now - span + JITTER_SECONDS, side="right")) - 1
    return float(seconds[-1] - seconds[first]) if 0 <= first < len(seconds) - 1 else span


def _first(window: Window, names: tuple[str, ...], metrics: tuple[str, ...]) -> Floats:
    found = np.full(len(names), np.nan)
    for metric in metrics:
        values = columns.latest(window, names, metric)
        found = np.where(np.isnan(found), values, found)
    return found
