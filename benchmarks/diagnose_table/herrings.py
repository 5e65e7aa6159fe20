"""Red herrings laid into kept recordings: what misleads people, and must not change what is blamed.

Some are laid into the window, those of logs into the files before they are read. That old weights mislead when only the load rises is a
case of its own (`old-weights` of the lab): nothing that is laid into another recording is that.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.diagnose_table.noise import noisy
from poise.model.sample import Event, Series, Window

Herring = Callable[[Window, datetime], Window]
# A clock that nobody set.
OFF_SECONDS = 90.0
_TOLD_BY_THE_LOAD_BALANCER = ("load-balancer", "listener", "pool", "server")
# Errors a second with which the fullest application asks in vain for a connection; the database knows nothing of them.
POOL_ERRORS_PER_SECOND = 2.0
NOISY_LOG = "noisy-log"


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
    """From the onset on no request of it succeeds: its machine has lost its way out. The clients' own figures go on."""
    clients = [c.name for c in window.stack.of_kind("client")]
    probers = {name for name in clients if (name, "requests_per_second") not in window.series} or {*clients}

    def broken(each: Series) -> Series:
        return Series(each.seconds, np.where(each.seconds >= onset.timestamp(), 0.0, each.values))

    series = {key: broken(s) if key[1] == "success_ratio" and key[0] in probers else s for key, s in window.series.items()}
    return replace(window, series=series)


def _pool_errors(window: Window, onset: datetime) -> Window:
    """The fullest application tells that it got no connection to the database, and an alert says that it is the database's."""
    names = [c.name for c in window.stack.of_kind("application")]
    since = onset.timestamp()
    busy = {n: float(values.mean()) for n in names if len(values := window.get(n, "in_flight").between(since, window.now_seconds).values)}
    if not busy:
        return window
    fullest = max(busy, key=lambda name: busy[name])
    series = dict(window.series)
    clock = window.get(fullest, "in_flight").seconds
    counted = series.get((fullest, "database_errors_total"), Series(clock, np.zeros(len(clock))))
    more = np.floor(POOL_ERRORS_PER_SECOND * np.maximum(counted.seconds - since, 0.0))
    series[fullest, "database_errors_total"] = Series(counted.seconds, counted.values + more)
    base = next((c.name for c in window.stack.of_kind("database")), "main")
    told = _told((2.0, "alert", f"database {base}", f"firing: {fullest} could not get a connection to database {base} within 2 s"))
    return told(replace(window, series=series), onset)


def _told(*events: tuple[float, str, str, str]) -> Herring:
    def lay(window: Window, onset: datetime) -> Window:
        new = tuple(
            Event(onset + timedelta(seconds=at), "alert" if kind == "alert" else "change", text, component)
            for at, kind, component, text in events
        )
        return replace(window, events=tuple(sorted((*window.events, *new), key=lambda event: event.at)))

    return lay


def _nothing(window: Window, onset: datetime) -> Window:
    del onset
    return window


HERRINGS: Mapping[str, Herring] = {
    "pool-errors": _pool_errors,
    "harmless-change": _told(
        (-60.0, "change", "database main", "work_mem of the reporting role doubled"),
        (-58.0, "change", "load-balancer lb1", "statistics page renamed"),
        (-55.0, "change", "network", "firewall rule 212 given a comment"),
    ),
    NOISY_LOG: _nothing,
    "neighbours-alert": _told(
        (-5.0, "alert", "pool billing", "firing: pool billing answers 12 % with 5xx"),
        (2.0, "alert", "database ledger", "firing: 40 sessions of ledger wait for locks"),
    ),
    "clock-ahead": _shifted(OFF_SECONDS),
    "clock-behind": _shifted(-OFF_SECONDS),
    "broken-prober": _broken_prober,
}


@contextmanager
def laid(folder: Path, herring: str) -> Iterator[Path]:
    """The recording to read: itself, or a copy whose logs are full of noise, which is gone afterwards."""
    if herring != NOISY_LOG or not (folder / "logs").is_dir():
        yield folder
        return
    with TemporaryDirectory(prefix="poise-herring-") as place:
        copy = Path(place) / folder.name
        shutil.copytree(folder, copy)
        for log in (copy / "logs").iterdir():
            log.write_bytes(noisy(log.read_bytes()))
        yield copy
