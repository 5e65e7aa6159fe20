"""How detectors read a window: what rose, what it was on average, how long it stood still."""

import numpy as np

from poise.model.sample import Series, Window

# Ticks come about a second apart: a sample this much inside the span still counts as its beginning.
JITTER_SECONDS = 0.35


def risen(window: Window, component: str, metric: str, seconds: float) -> float | None:
    """How much a counter rose over the last `seconds`; None where the series does not reach back so far or has ended."""
    series = window.get(component, metric)
    now = window.now.timestamp()
    if len(series.seconds) < 2 or series.seconds[-1] < now - max(3.0, seconds / 2):
        return None
    first = int(series.seconds.searchsorted(now - seconds + JITTER_SECONDS, side="right")) - 1
    if first < 0 or first == len(series.seconds) - 1:
        return None
    return Series(series.seconds[first:], series.values[first:]).increase()


def values(window: Window, component: str, metric: str, seconds: float) -> "np.typing.NDArray[np.float64]":
    """The values of the last `seconds`, up to now."""
    return window.recent(component, metric, seconds - JITTER_SECONDS).values


def latest(window: Window, component: str, metric: str, within: float = 5.0) -> float | None:
    """The newest value if it is not older than `within` seconds."""
    return window.recent(component, metric, within).last()


def past(window: Window, component: str, metric: str, seconds: float = 300.0, gap: float = 20.0) -> "np.typing.NDArray[np.float64]":
    """The values of the time before: from `seconds` ago up to `gap` ago."""
    now = window.now.timestamp()
    return window.get(component, metric).between(now - seconds, now - gap).values


def steady_seconds(window: Window, component: str, metric: str, seconds: float = 120.0) -> float:
    """How long the value has been what it is now, at most `seconds`; `seconds` where it was never measured."""
    series = window.recent(component, metric, seconds)
    changes = np.flatnonzero(np.diff(series.values)) if len(series.values) > 1 else np.empty(0, dtype=np.int64)
    return seconds if not len(changes) else float(window.now.timestamp() - series.seconds[changes[-1] + 1])


def serving(window: Window, pool: str) -> dict[str, bool] | None:
    """By server name, whether the load balancer would send it traffic: up, and not in maintenance or drain. None before the first look."""
    prefix = f"{pool}/"
    found: dict[str, bool] = {}
    for component in window.stack.of_kind("server"):
        if component.name.startswith(prefix):
            up = latest(window, component.name, "up")
            if up is None:
                continue
            out = (latest(window, component.name, "maintenance") or 0.0) + (latest(window, component.name, "drain") or 0.0)
            found[component.name.removeprefix(prefix)] = up > 0 and out == 0
    return found or None


def applications(window: Window, server: str) -> tuple[str, ...]:
    """The application components behind a server."""
    kinds = {c.name: c.kind for c in window.stack.components}
    return tuple(name for name in window.stack.downstream(server) if kinds.get(name) == "application")
