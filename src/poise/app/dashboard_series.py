"""The course of one figure as points, for a chart. Pure."""

import numpy as np

from poise.model.frame import is_counter
from poise.model.sample import Series

# More than a chart has columns of pixels would only be sent.
MOST_POINTS = 2000


def course(series: Series, metric: str) -> list[tuple[float, float]]:
    """Epoch seconds and values; of a counter its rise a second, where it did not begin anew."""
    seconds, values = series.seconds, series.values
    if is_counter(metric):
        gaps, rises = np.diff(seconds), np.diff(values)
        known = (gaps > 0) & (rises >= 0)
        seconds, values = seconds[1:][known], rises[known] / gaps[known]
    finite = np.isfinite(values)
    seconds, values = seconds[finite], values[finite]
    step = max(1, -(-len(seconds) // MOST_POINTS))
    return list(zip(seconds[::step].tolist(), values[::step].tolist(), strict=True))
