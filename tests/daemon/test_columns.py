"""The rows of blocks: exact where counters count, bounded, and read as the single series are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from poise.daemon.columns import Columns
from poise.daemon.history import History
from poise.detectors.columns import risen
from poise.model.sample import Block, Stack, Window

START = datetime(2026, 11, 22, tzinfo=UTC)
METRICS = ("requests_total", "queue", "up")
FOUR = ("web/app1", "web/app2", "web/app3", "web/app4")


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def window(history: History, second: float) -> Window:
    return history.window(at(second), Stack())


def block(second: float, *rows: tuple[float, float, float], components: tuple[str, ...] = FOUR) -> Block:
    return Block(at(second), components, METRICS, np.array(rows, dtype=np.float64))


def test_a_counter_at_a_million_millions_that_rises_by_one_is_not_lost() -> None:
    history = History()
    one = ("web/app1",)
    for second in range(400):
        history.add_blocks([block(second, (1e12 + second, 0, 1), components=one)])
    seen = window(history, 399)
    assert seen.get("web/app1", "requests_total").last() == 1e12 + 399
    assert seen.recent("web/app1", "requests_total", 60).increase() == 60
    # Over the part that was merged, too: from the end of the first stretch of 15 seconds.
    assert seen.get("web/app1", "requests_total").increase() == 399 - 14
    assert seen.frames[0].risen("requests_total", seen.now.timestamp(), (1.0, 10.0, 60.0)).tolist() == [[1.0], [10.0], [60.0]]


def test_a_restart_counts_from_zero_as_in_prometheus() -> None:
    history = History()
    for second, total in enumerate((100, 110, 4, 9)):
        history.add_blocks([block(second, (total, 0, 1), components=("web/app1",))])
    seen = window(history, 3)
    # 10 + 4 + 5: what Prometheus' increase() gives for 100 110 4 9, before it extrapolates.
    assert seen.get("web/app1", "requests_total").increase() == 19
    assert seen.get("web/app1", "requests_total").last() == 9


def test_old_rows_are_merged_and_keep_rises_means_and_changes_of_state() -> None:
    columns = Columns(METRICS, span=1200, full=60, coarse=20, most_bytes=1 << 30)
    for second in range(600):
        up = 0.0 if 107 <= second < 109 else 1.0
        columns.add(block(second, (3.0 * second, second % 20, up), components=("web/app1",)))
        columns.forget(START.timestamp() + second - 1200)
    frame = columns.frame()
    requests, queue, up_series = (frame.series("web/app1", m) for m in METRICS)
    assert requests is not None and queue is not None and up_series is not None
    assert requests.increase() == 3 * (599 - 19) and requests.values[0] == 3 * 19
    assert len(requests.values) < 60 + 20 + 600 / 20 + 8
    # A stretch of twenty seconds holds queues of 0 to 19.
    assert queue.values[0] == 9.5
    # Both ends of the two seconds down are still there, to the second.
    went = up_series.seconds[up_series.values == 0] - START.timestamp()
    assert went.tolist() == [108.0] and 106.0 in (up_series.seconds - START.timestamp()).tolist()
    np.testing.assert_array_equal(requests.seconds[-60:] - START.timestamp(), np.arange(540, 600))


@pytest.mark.parametrize("hurried", [(), (0.3,), (0.3, 0.6)])
def test_looks_before_they_are_due_leave_no_more_of_the_past(hurried: tuple[float, ...]) -> None:
    """Asked every ten seconds: two minutes and more as they came, and before them a row a minute, whatever was asked in between."""
    columns = Columns(METRICS, span=1200, full=300, coarse=15, most_bytes=1 << 30)
    for look in range(200):
        for more in (0.0, *hurried):
            columns.add(block(10 * look + more, (3.0 * look, look % 20, 1), components=("web/app1",)))
            columns.forget(START.timestamp() + 10 * look - 1200)
    seconds = columns.frame().seconds - START.timestamp()
    # Twenty looks are 200 seconds; a minute that is not over, and what has not come to 15 seconds more, waits to be merged.
    young = seconds > 1990 - 200 - 60 - 15
    assert young.sum() <= 28 * (1 + len(hurried))
    assert (~young).sum() <= (1200 - 275) / 60 + 1 and np.diff(seconds[~young]).min() >= 50


def test_states_that_flap_for_ever_do_not_keep_every_row() -> None:
    columns = Columns(METRICS, span=1200, full=60, coarse=20, most_bytes=1 << 30)
    for second in range(1200):
        columns.add(block(second, (0, 0, second % 2), components=("web/app1",)))
        columns.forget(START.timestamp())
    assert len(columns.frame().seconds) <= 60 + 20 + 9 * (1200 / 20)


def test_memory_stays_within_its_bound() -> None:
    draw = np.random.default_rng(1)
    names = tuple(f"web/app{i}" for i in range(500))
    most = 400_000
    columns = Columns(METRICS, span=1200, full=300, coarse=15, most_bytes=most)
    held = 0
    for second in range(700):
        values = draw.uniform(0, 100, (500, 3))
        values[:, 0] += 100.0 * second
        columns.add(Block(at(second), names, METRICS, values))
        columns.forget(START.timestamp() + second - 1200)
        rows = {id(row): row.nbytes for each in columns.frame().rows for row in each[columns.frame().start :]}
        held = max(held, sum(rows.values()))
    assert held <= most
    assert len(columns.frame().seconds) >= 8


def test_what_stands_still_costs_one_row() -> None:
    columns = Columns(METRICS, span=1200, full=300, coarse=15, most_bytes=1 << 30)
    for second in range(200):
        columns.add(block(second, (7, 0, 1), (7, 0, 1), (np.nan, 3, 0), (7, 0, 1)))
    assert [len({id(row) for row in rows}) for rows in columns.frame().rows] == [1, 1, 1]


def test_an_array_that_another_one_followed_does_not_come_again() -> None:
    """Readers conclude from two rows that are the same one that all between them are."""
    draw = np.random.default_rng(5)
    history, names, metrics = History(), ("a", "b", "c"), ("up", "weight", "queue", "errors_total")
    errors = np.zeros(3)
    for second in range(1500):
        errors += draw.random(3) < 0.01
        values = np.column_stack([draw.random(3) < 0.98, draw.choice([1.0, 2.0], 3, p=[0.9, 0.1]), draw.choice([0.0, 4.0], 3), errors])
        values[draw.random(3) < 0.01] = np.nan
        late = int(draw.random() < 0.02)
        history.add_blocks([Block(at(second - late), names[: 2 + second // 700], metrics, values[: 2 + second // 700])])
        if second % 50 == 49:
            frame = window(history, second).frames[0]
            for metric, rows in zip(metrics, frame.rows, strict=True):
                runs = [row for row, before in zip(rows, [None, *rows], strict=False) if row is not before]
                # Of counters only what stands: others are added up when they are merged.
                told = [id(row) for row in runs if metric != "errors_total" or not row.any()]
                assert len(set(told)) == len(told) > 0


def test_servers_come_and_go() -> None:
    history = History()
    history.add_blocks([block(0, (5, 1, 1), (6, 2, 1), components=("web/app1", "web/app2"))])
    history.add_blocks([block(1, (8, 2, 1), (7, 3, 1), components=("web/app2", "web/app3"))])
    history.add_blocks([block(2, (9, 2, 1), (9, 3, 1), (1, 0, 1), components=("web/app3", "web/app2", "web/app4"))])
    seen = window(history, 2)
    assert seen.get("web/app1", "requests_total").values.tolist() == [5]
    assert seen.get("web/app2", "requests_total").values.tolist() == [6, 8, 9]
    assert seen.get("web/app3", "requests_total").values.tolist() == [7, 9]
    table = seen.table(FOUR, "queue", 60)
    np.testing.assert_array_equal(table.values, [[1, 2, np.nan, np.nan], [np.nan, 2, 3, np.nan], [np.nan, 3, 2, 0]])
    assert {c for c, _ in seen.series} == set(FOUR)


def test_one_that_left_is_forgotten_when_its_rows_are_old() -> None:
    history = History(timedelta(seconds=100), full=timedelta(seconds=20), coarse=timedelta(seconds=10))
    history.add_blocks([block(0, (5, 1, 1), (6, 2, 1), components=("web/app1", "web/app2"))])
    stays = ("web/app2",)
    for second in range(1, 200):
        history.add_blocks([block(second, (6, 2, 1), components=stays)])
        seen = window(history, second)
    assert seen.frames[0].components == stays


def test_the_same_instant_again_adds_what_was_not_measured() -> None:
    history = History()
    history.add_blocks([block(0, (5, 1, 1), components=("web/app1",)), block(1, (6, np.nan, 1), components=("web/app1",))])
    before = window(history, 1)
    history.add_blocks([block(1, (8, 4, np.nan), components=("web/app1",))])
    seen = window(history, 1)
    assert [seen.get("web/app1", m).values.tolist() for m in METRICS] == [[5, 8], [1, 4], [1, 1]]
    assert before.get("web/app1", "queue").values.tolist() == [1]


@pytest.mark.parametrize("seed", range(4))
def test_blocks_and_samples_give_the_same_series(seed: int) -> None:
    """Gaps, restarts, servers that come and go: what is read from rows is what is read from single series."""
    draw = np.random.default_rng(seed)
    rows, single = History(full=timedelta(minutes=30)), History()
    totals = np.zeros(6)
    names = tuple(f"web/app{i}" for i in range(6))
    here = names
    second = 0.0
    for _ in range(150):
        second += float(draw.choice([1.0, 1.0, 1.1, 0.9, 4.0]))
        totals += draw.integers(0, 50, 6)
        totals[draw.random(6) < 0.02] = 0
        if draw.random() < 0.1:
            here = tuple(n for n in names if draw.random() < 0.8) or names
        which = [names.index(n) for n in here]
        values = np.column_stack([totals, draw.integers(0, 9, 6), draw.random(6) < 0.9]).astype(float)[which]
        values[draw.random(len(here)) < 0.05] = np.nan
        one = Block(at(second), here, METRICS, values)
        rows.add_blocks([one])
        single.add(one.samples())
        if draw.random() < 0.2:
            a, b = window(rows, second), window(single, second)
            assert set(a.series) == set(b.series)
            for key, series in b.series.items():
                np.testing.assert_array_equal(a.series[key].seconds, series.seconds)
                if key[1].endswith("_total"):
                    assert a.series[key].increase() == series.increase() and a.series[key].last() == series.last()
                else:
                    np.testing.assert_array_equal(a.series[key].values, series.values)
            np.testing.assert_array_equal(a.table(names, "queue", 30).values, b.table(names, "queue", 30).values)


def test_a_window_never_changes() -> None:
    history = History(timedelta(seconds=100), full=timedelta(seconds=20), coarse=timedelta(seconds=10))
    taken = []
    for second in range(300):
        names = FOUR[: 2 + second // 60 % 2]
        history.add_blocks([block(second, *[(second * 2.0, second, second % 7 > 0)] * len(names), components=names)])
        seen = window(history, second)
        if second % 25 == 0:
            taken.append((seen, {key: series.values.copy() for key, series in seen.series.items()}))
    for seen, values in taken:
        for key, series in seen.series.items():
            np.testing.assert_array_equal(series.values, values[key])


def test_one_span_is_found_among_those_that_were_asked_for() -> None:
    history = History()
    for second in range(70):
        history.add_blocks([block(second, *((float(n * second + second // 7), 0, 1) for n in range(4)))])
    once, again = window(history, 69), window(history, 69)
    every = risen(once, FOUR, "requests_total", 1.0, 10.0, 60.0)
    assert every.tolist() == [[0, 1, 2, 3], [1, 11, 21, 31], [8, 68, 128, 188]]
    for spans in ((10.0,), (1.0, 60.0)):
        assert np.array_equal(risen(once, FOUR, "requests_total", *spans), risen(again, FOUR, "requests_total", *spans))
