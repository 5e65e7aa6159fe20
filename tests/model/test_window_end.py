"""A window that is made of another one with another end tells its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from poise.model.sample import Stack, Window
from poise.model.series import Series

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_end_of_another_window_is_not_taken_for_its_own() -> None:
    seconds = NOON.timestamp() + np.arange(100.0)
    first = Window(Stack(), NOON, series={("client", "p99_ms"): Series(seconds, np.arange(100.0))})
    assert first.recent("client", "p99_ms", 10.0).values.tolist() == [0.0]
    later = replace(first, now=NOON + timedelta(seconds=50))
    assert later.recent("client", "p99_ms", 2.0).values.tolist() == [48.0, 49.0, 50.0]
    assert first.recent("client", "p99_ms", 2.0).values.tolist() == [0.0]
