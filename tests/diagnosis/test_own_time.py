"""An application's own time: what answers late and has no work in hand waited for something else (Little's law)."""

from dataclasses import replace

import numpy as np
from stack_arithmetic import HEALTHY, Story

from poise.diagnosis.halves import Halves
from poise.diagnosis.observe import observe
from poise.model.sample import Series, Window

HEALTH, FAULT = 60, 20


def since_the_onset(**levels: float) -> Window:
    """A healthy stack whose app1 shows these figures in the last seconds."""
    seen = Story().run(HEALTH + FAULT, HEALTHY).window()
    series = dict(seen.series)
    for metric, level in levels.items():
        each = series["app1", metric]
        series["app1", metric] = Series(each.seconds, np.where(np.arange(len(each.values)) >= HEALTH, level, each.values))
    return replace(seen, series=series)


def own_time(seen: Window) -> float:
    now = seen.now.timestamp()
    onset = now - FAULT + 0.5
    told = observe(Halves(seen, (now - HEALTH - FAULT, onset - 1), (onset, now), onset)).sign("own time one", "web/app1")
    assert told is not None
    return told.degree


def test_slow_work_takes_slots() -> None:
    busy = since_the_onset().get("app1", "in_flight").values[:HEALTH].mean()
    assert own_time(since_the_onset(in_flight=busy, response_ms=400.0)) > 0.9


def test_what_waits_for_a_connection_takes_none() -> None:
    assert own_time(since_the_onset(in_flight=0.0, response_ms=2000.0)) < 0.1
