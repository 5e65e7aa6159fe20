"""Series as matrices: whoever asks many at once is told what each alone would tell."""

import gc
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from poise.daemon.history import History
from poise.diagnosis.halves import Halves
from poise.diagnosis.matrices import Matrices, matrices_of
from poise.diagnosis.reduced import reduced
from poise.model.sample import Block, Component, Sample, Series, Stack, Window

START = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
SERVERS = tuple(f"web/app{n}" for n in range(5))
STACK = Stack((Component("web", "pool"), *(Component(name, "server") for name in SERVERS)), tuple(("web", name) for name in SERVERS))
SECONDS = 40


def figures(seed: int) -> np.ndarray:
    """Seconds × servers × (in_flight, requests_total); the last server is measured from second 20 on, one restarts at second 30."""
    rng = np.random.default_rng(seed)
    values = np.empty((SECONDS, len(SERVERS), 2))
    values[:, :, 0] = rng.integers(0, 9, (SECONDS, len(SERVERS)))
    values[:, :, 1] = rng.integers(1, 30, (SECONDS, len(SERVERS))).cumsum(axis=0)
    values[30:, 2, 1] -= values[30, 2, 1] - 3
    values[:20, 4] = np.nan
    return values


def told(blocks: bool, seed: int = 1) -> Window:
    history = History()
    for second, rows in enumerate(figures(seed)):
        block = Block(START + timedelta(seconds=second), SERVERS, ("in_flight", "requests_total"), rows, "lb1 servers")
        if blocks:
            history.add_blocks([block])
        else:
            history.add(block.samples())
        history.add([Sample(block.at, "web", "queue", float(second))])
    return history.window(START + timedelta(seconds=SECONDS - 1), STACK)


@pytest.mark.parametrize("blocks", [True, False])
def test_every_series_is_in_one_matrix(blocks: bool) -> None:
    window = told(blocks)
    for (name, metric), series in window.series.items():
        place = matrices_of(window).place(name, metric)
        assert place is not None
        matrix, row = place
        assert matrix.names[row] == name
        assert np.array_equal(matrix.seconds, series.seconds)
        assert np.array_equal(matrix.values[row], series.values)
    assert [len(m.names) for m in matrices_of(window).of("server", "in_flight")] == [4, 1]
    assert matrices_of(window).place("web/app9", "in_flight") is None
    assert matrices_of(window).heard.names == {"web", *SERVERS}
    assert matrices_of(window).first_second == window.first_second


@pytest.mark.parametrize("blocks", [True, False])
def test_figures_of_a_cut_are_those_of_each_series(blocks: bool) -> None:
    window = told(blocks)
    start = START.timestamp()
    cut = Halves(window, (start, start + 24), (start + 25, start + SECONDS - 1), start + 25)
    for name in SERVERS:
        before, after = (window.get(name, "in_flight").between(*span).values for span in (cut.before or (0, 0), cut.after))
        assert cut.median_normal(name, "in_flight") == np.median(before)
        assert cut.median_now(name, "in_flight") == np.median(after)
        assert cut.mean_now(name, "in_flight") == after.mean()
        assert cut.last(name, "in_flight") == after[-1]
        counter = window.get(name, "requests_total")
        assert cut.counter_now(name, "requests_total") == (counter.between(start + 25, start + 39).increase(), 14.0)
    # The last server was seen from second 20 on.
    late = window.get("web/app4", "requests_total").between(start, start + 24)
    assert cut.counter_normal("web/app4", "requests_total") == (late.increase(), 4.0)
    assert cut.median_now("web/app9", "in_flight") is None


def test_values_that_are_no_numbers_count_for_nothing() -> None:
    seconds = START.timestamp() + np.arange(10.0)
    values = np.array([1.0, np.nan, 3, 1, 2, np.inf, 8, 9, np.nan, 8])
    stack = Stack((Component("db", "database"), Component("other", "database")))
    series = {("db", "active"): Series(seconds, values), ("other", "active"): Series(seconds, np.full(10, np.nan))}
    cut = Halves(Window(stack, START + timedelta(seconds=9), series), (seconds[0], seconds[4]), (seconds[5], seconds[9]))
    assert cut.median_normal("db", "active") == 1.5
    assert cut.median_now("db", "active") == 8
    assert cut.mean_now("db", "active") == pytest.approx(25 / 3)
    assert cut.median_now("other", "active") is None
    assert cut.shift("other", "active", 1.0, implied=1.0) is None


def test_a_counter_is_followed_as_its_samples_lie() -> None:
    """Samples five seconds apart, a rise of 10 in one of the gaps: 2 a second there, 6 in three seconds, on straight lines between."""
    seconds = START.timestamp() + np.arange(0.0, 60, 5)
    counter = np.where(np.arange(12) >= 7, 110.0, 100.0)
    stack = Stack((Component("lb→db", "hop"),))
    window = Window(stack, datetime.fromtimestamp(seconds[-1], UTC), {("lb→db", "retransmits_total"): Series(seconds, counter)})
    grid = np.arange(seconds[0], seconds[-1] + 0.5)
    (row,) = reduced(window, grid)
    # The gap lies between seconds 30 and 35; the floor of retransmissions is 0.4.
    expected = [0.0, 2, 4, 6, 6, 6, 4, 2, 0]
    assert row[30:39] == pytest.approx([np.log2(1 + rise / 0.4) for rise in expected])
    assert not row[:30].any()
    assert not row[39:].any()


def test_windows_that_share_what_was_looked_at_are_not_mixed_up() -> None:
    one = told(blocks=False)
    other = Window(STACK, one.now, told(blocks=False, seed=2).series, looked=one.looked)
    for window in (one, other, one):
        place = matrices_of(window).place("web/app1", "in_flight")
        assert place is not None
        assert np.array_equal(place[0].values[place[1]], window.get("web/app1", "in_flight").values)


def test_matrices_go_with_their_window() -> None:
    """A diagnosis makes windows of its own. What is in a circle stays until these are searched for, which in a watch of a hundred load
    balancers is seldom: of 1,000 servers it was 1.2 MB a diagnosis."""
    gc.collect()
    gc.disable()
    try:
        # Other tests of this process may keep windows of their own.
        others = {id(each) for each in gc.get_objects() if isinstance(each, Matrices)}
        window = told(True)
        assert matrices_of(window).of("server", "in_flight")
        del window
        assert not [each for each in gc.get_objects() if isinstance(each, Matrices) and id(each) not in others]
    finally:
        gc.enable()
