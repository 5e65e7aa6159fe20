"""Detectors read the same from rows of many components as from single series."""

from datetime import timedelta

import numpy as np
import pytest
from series_as_data import NOW, topology

from poise.daemon.history import History
from poise.detectors import columns, reading
from poise.detectors.servers import servers
from poise.model.sample import Block, Component, Stack, Window

NAMES = tuple(f"web/app{i}" for i in range(1, 7))
METRICS = ("requests_total", "up", "effective_weight", "queue")


def both(seed: int) -> tuple[Window, Window]:
    """The same figures by rows and as single series: gaps, restarts, a server that came late, one that left, one that is not measured."""
    draw = np.random.default_rng(seed)
    rows, single = History(), History()
    totals = np.zeros(5)
    stack, files = Stack(tuple(Component(n, "server") for n in NAMES)), (topology(6),)
    here = NAMES[:3]
    for second in range(90):
        now = NOW + timedelta(seconds=second + float(draw.uniform(-0.1, 0.1)))
        totals += draw.integers(0, 50, 5)
        totals[draw.random(5) < 0.01] = 0
        if second == 40:
            here = NAMES[:5]
        if second == 80:
            here = NAMES[1:5]
        which = [NAMES.index(n) for n in here]
        values = np.column_stack([totals, draw.random(5) < 0.97, draw.choice([1, 1, 1, 1, 50], 5), draw.integers(0, 9, 5)])[which]
        values[draw.random(len(here)) < 0.1] = np.nan
        if draw.random() < 0.05:
            continue
        one = Block(now, here, METRICS, values)
        rows.add_blocks([one])
        single.add(one.samples())
    return rows.window(now, stack, files), single.window(now, stack, files)


@pytest.mark.parametrize("seed", range(12))
def test_rows_and_series_are_read_alike(seed: int) -> None:
    fast, slow = both(seed)
    names = servers(fast).names
    assert names == NAMES
    spans = (1.0, 3.0, 5.0, 10.0, 30.0, 60.0)
    np.testing.assert_array_equal(
        columns.risen(fast, names, "requests_total", *spans), columns.risen(slow, names, "requests_total", *spans)
    )
    for metric in METRICS:
        np.testing.assert_array_equal(columns.latest(fast, names, metric), columns.latest(slow, names, metric))
    for metric in ("up", "effective_weight", "maintenance"):
        np.testing.assert_allclose(columns.steady_seconds(fast, names, metric), columns.steady_seconds(slow, names, metric))
    np.testing.assert_array_equal(columns.values(fast, names, "queue", 10.0).values, columns.values(slow, names, "queue", 10.0).values)
    for one, other in zip(columns.serving(fast, names), columns.serving(slow, names), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", range(3))
def test_single_series_of_rows_are_read_as_ever(seed: int) -> None:
    fast, slow = both(seed)
    for name in NAMES:
        for span in (1.0, 5.0, 60.0):
            assert reading.risen(fast, name, "requests_total", span) == reading.risen(slow, name, "requests_total", span)
        assert reading.latest(fast, name, "queue") == reading.latest(slow, name, "queue")
    assert reading.serving(fast, "web") == reading.serving(slow, "web")


def test_sums_by_pool() -> None:
    fast, _ = both(1)
    found = servers(fast)
    assert found.sums(np.arange(6.0)).tolist() == [15.0]
    assert found.largest(np.arange(6.0), 0.0).tolist() == [5.0] and found.smallest(np.arange(6.0), 0.0).tolist() == [0.0]
    assert servers(fast) is found and found.by_pool == {"pool web": 0} and found.by_server["server web/app6"] == 5


def test_what_several_detectors_ask_of_a_window_is_read_once_and_nobody_changes_it() -> None:
    window, _ = both(1)
    names = servers(window).names
    once = columns.risen(window, names, "requests_total", 10.0)
    assert columns.risen(window, names, "requests_total", 10.0) is once
    with pytest.raises(ValueError, match="read-only"):
        once += 1


@pytest.mark.parametrize("seed", range(4))
def test_what_stands_is_the_same_array_and_what_moved_is_read_anew(seed: int) -> None:
    """Look by look, with states that seldom change: a restart, a gap, a server that is not measured for a while, a look of another time."""
    draw = np.random.default_rng(seed)
    rows, single, files = History(), History(), (topology(4),)
    names, metrics = NAMES[:4], ("up", "weight", "queue", "errors_total", "none_total")
    stack = Stack(tuple(Component(n, "server") for n in names))
    up, errors, kept, stood, same_states = np.ones(4), np.full(4, 7.0), None, 0, 0
    for second in range(200):
        now = NOW + timedelta(seconds=second)
        if draw.random() < 0.05:
            up[draw.integers(4)] = draw.choice([0.0, 1.0, np.nan])
        if draw.random() < 0.03:
            errors[draw.integers(4)] += 3
        if second == 90:
            errors = np.zeros(4)
        queue = np.full(4, float(second // 20 % 2))
        if draw.random() < 0.9:
            one = Block(now, names, metrics, np.column_stack([up, np.where(second < 50, np.nan, up), queue, errors, np.zeros(4)]))
            rows.add_blocks([one])
            single.add(one.samples())
        at = now + timedelta(seconds=float(draw.choice([0, 0, 0, 0.7, 4])))
        fast, slow = rows.window(at, stack, files), single.window(at, stack, files)
        asked = servers(fast).names
        for metric in ("up", "weight"):
            np.testing.assert_array_equal(columns.latest(fast, asked, metric), columns.latest(slow, asked, metric))
            steady = fast.frames[0].steady(metric, at.timestamp(), 30.0)
            np.testing.assert_array_equal(columns.steady_seconds(fast, asked, metric, 30.0), np.where(np.isnan(steady), 30.0, steady))
        for metric in ("errors_total", "none_total"):
            for spans in ((10.0,), (5.0, 30.0, 60.0)):
                found = fast.frames[0].risen(metric, at.timestamp(), spans)
                np.testing.assert_array_equal(columns.risen(fast, asked, metric, *spans), found)
        values = columns.values(fast, asked, "queue", 5.0, 3).values
        if (same := columns.stood(fast, asked, "queue", 5.0, 3)) is not None:
            stood += 1
            assert len(values) >= 3
            np.testing.assert_array_equal(values, np.broadcast_to(same, values.shape))
        assert columns.stood(slow, asked, "queue", 5.0, 3) is None
        serves, _ = columns.serving(fast, asked)
        if kept is not None and at == now and not np.isnan(up).any() and np.array_equal(up, kept[0]):
            same_states += serves is kept[1]
        kept = up.copy(), serves
    assert same_states > 5
    assert stood > 50
