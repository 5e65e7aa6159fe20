"""The bounded memory of the watch."""

from datetime import UTC, datetime, timedelta

import numpy as np

from poise.daemon.history import History
from poise.model.sample import Block, Component, Event, Sample, Stack

START = datetime(2026, 11, 22, tzinfo=UTC)
STACK = Stack((Component("web", "pool"),))


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def test_it_is_bounded_in_time_and_number() -> None:
    history = History(timedelta(seconds=60))
    for second in range(1000):
        history.add([Sample(at(second), "web", "queue", float(second))])
        history.add_event(Event(at(second), "note", str(second)))
    window = history.window(at(999), STACK)
    assert list(window.get("web", "queue").values) == [float(s) for s in range(939, 1000)]
    assert [window.events[0].text, window.events[-1].text] == ["939", "999"]


def test_an_old_window_never_changes() -> None:
    history = History(timedelta(seconds=100))
    history.add(Sample(at(s), "web", "queue", float(s)) for s in range(50))
    window = history.window(at(49), STACK)
    before = window.get("web", "queue").values.copy()
    history.add(Sample(at(s), "web", "queue", -1.0) for s in range(50, 500))
    history.add([Sample(at(499), "web", "queue", 7.0), Sample(at(470.5), "web", "queue", 8.0)])
    assert list(window.get("web", "queue").values) == list(before)
    series = history.window(at(499), STACK).get("web", "queue")
    assert list(series.seconds) == sorted(series.seconds) and series.last() == 7.0 and 8.0 in series.values


def test_a_late_line_is_put_in_its_place() -> None:
    history = History()
    history.add([Sample(at(s), "client", "p99_ms", float(s)) for s in (1, 2, 5, 3, 4)])
    assert list(history.window(at(5), STACK).get("client", "p99_ms").values) == [1, 2, 3, 4, 5]


def test_a_series_that_ended_long_ago_is_forgotten() -> None:
    history = History(timedelta(seconds=10))
    history.add([Sample(at(0), "web", "queue", 1.0)])
    assert history.window(at(5), STACK).series
    assert not history.window(at(20), STACK).series


def test_blocks_are_series_and_tables() -> None:
    history = History()
    names, metrics = ("web/app1", "web/app2"), ("queue", "up")
    history.add_blocks([Block(at(0), names, metrics, np.array([[3.0, 1.0], [np.nan, 1.0]]))])
    history.add_blocks([Block(at(1), names, metrics, np.array([[4.0, 1.0], [5.0, 0.0]]))])
    window = history.window(at(1), STACK)
    assert list(window.get("web/app1", "queue").values) == [3, 4] and list(window.get("web/app2", "queue").values) == [5]
    table = window.table(("web/app2", "web/app1", "web/app3"), "queue", 10)
    assert list(table.seconds) == [at(0).timestamp(), at(1).timestamp()]
    np.testing.assert_array_equal(table.values, [[np.nan, 3, np.nan], [5, 4, np.nan]])
