"""Red herrings laid into kept recordings: what misleads people, and must not change what is blamed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from poise.model.sample import Event, Series, Window

Herring = Callable[[Window, datetime], Window]
# A clock that nobody set.
OFF_SECONDS = 90.0
_TOLD_BY_THE_LOAD_BALANCER = ("load-balancer", "listener", "pool", "server")


def _series_of(window: Window, kinds: Collection[str], change: Callable[[str, Series], Series]) -> Window:
    known = {component.name: component.kind for component in window.stack.components}
    return replace(
        window,
        series={
            (name, metric): change(metric, each) if known.get(name) in kinds else each for (name, metric), each in window.series.items()
        },
    )


def _shifted(seconds: float) -> Herring:
    def lay(window: Window, onset: datetime) -> Window:
        del onset
        return _series_of(window, _TOLD_BY_THE_LOAD_BALANCER, lambda metric, each: Series(each.seconds + seconds, each.values))

    return lay


def _broken_prober(window: Window, onset: datetime) -> Window:
    """From the onset on no request of it succeeds: its machine has lost its way out."""

    def broken(metric: str, each: Series) -> Series:
        late = each.seconds >= onset.timestamp()
        return Series(each.seconds, np.where(late, 0.0, each.values)) if metric == "success_ratio" else each

    return _series_of(window, ("client",), broken)


def _told(*events: tuple[float, str, str, str]) -> Herring:
    def lay(window: Window, onset: datetime) -> Window:
        new = tuple(
            Event(onset + timedelta(seconds=at), "alert" if kind == "alert" else "change", text, component)
            for at, kind, component, text in events
        )
        return replace(window, events=tuple(sorted((*window.events, *new), key=lambda event: event.at)))

    return lay


HERRINGS: Mapping[str, Herring] = {
    "harmless-change": _told(
        (-60.0, "change", "database main", "work_mem of the reporting role doubled"),
        (-58.0, "change", "load-balancer lb1", "statistics page renamed"),
        (-55.0, "change", "network", "firewall rule 212 given a comment"),
    ),
    "neighbours-alert": _told(
        (-5.0, "alert", "pool billing", "firing: pool billing answers 12 % with 5xx"),
        (2.0, "alert", "database ledger", "firing: 40 sessions of ledger wait for locks"),
    ),
    "clock-ahead": _shifted(OFF_SECONDS),
    "clock-behind": _shifted(-OFF_SECONDS),
    "broken-prober": _broken_prober,
}
