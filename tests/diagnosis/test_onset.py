"""When it began, from many series."""

from dataclasses import replace

import numpy as np
import pytest
from stack_arithmetic import HEALTHY, STORIES, Story

from poise.diagnosis.engine import diagnose
from poise.diagnosis.onset import find
from poise.model.sample import Series, Window


def seconds(window: Window, at: float) -> float:
    return at - min(float(s.seconds[0]) for s in window.series.values()) + 1


@pytest.mark.parametrize("seed", range(8))
def test_an_ordinary_time_has_no_onset(seed: int) -> None:
    assert find(Story(seed=seed).run(120, HEALTHY).window()) is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("before", [8, 30, 200])
def test_a_lasting_change_is_dated(before: int, seed: int) -> None:
    window = Story(seed=seed).run(before, HEALTHY).run(20, STORIES["locks"][2]).window()
    span = find(window)
    assert span is not None
    assert seconds(window, span.start) == pytest.approx(before + 1, abs=2)
    assert span.end is None


def test_a_passing_change_is_dated_at_both_ends() -> None:
    window = Story().run(60, HEALTHY).run(30, STORIES["delay to database"][2]).run(60, HEALTHY).window()
    span = find(window)
    assert span is not None
    assert span.end is not None
    assert seconds(window, span.start) == pytest.approx(61, abs=3)
    assert seconds(window, span.end) == pytest.approx(91, abs=4)


def test_values_that_are_no_numbers_do_no_harm() -> None:
    window = Story().run(30, HEALTHY).run(10, STORIES["locks"][2]).window()
    series = dict(window.series)
    broken = series["client", "p50_ms"]
    series["client", "p50_ms"] = replace(broken, values=np.where(np.arange(len(broken.values)) % 3 == 0, np.nan, broken.values))
    assert find(replace(window, series=series)) is not None


@pytest.mark.parametrize("story", STORIES)
def test_scrapes_fifteen_seconds_apart_name_the_same_fault(story: str) -> None:
    """As an ordinary Prometheus scrapes: counters then rise between two looks, and jump at none."""
    fault, layer, conditions = STORIES[story]
    window = Story().run(300, HEALTHY).run(120, conditions).window()
    series = {key: Series(s.seconds[::15], s.values[::15]) for key, s in window.series.items()}
    series["lb1", "interval_seconds"] = Series(np.array([window.now.timestamp()]), np.array([15.0]))
    diagnosis = diagnose(replace(window, series=series))
    assert (diagnosis.best.fault, diagnosis.best.layer) == (fault, layer)
    if fault != "none":
        assert diagnosis.onset is not None
        assert seconds(window, diagnosis.onset.timestamp()) == pytest.approx(301, abs=15)
