"""Figures of the history, packed: what comes back of them, and what is made of damaged bytes."""

import numpy as np
import pytest

from poise.store.history.codec import CodecError, packed, unpacked


@pytest.mark.parametrize(
    "values",
    [
        [[1e12, 0.0], [1e12 + 1, -3.0], [5.0, 2.0**52]],
        [[float("nan"), 1.0], [2.0, float("nan")], [float("nan"), float("nan")]],
        [[float("inf"), 0.5], [-0.25, 1024.5]],
        [[]],
    ],
)
def test_whole_numbers_and_holes_come_back_as_they_were(values: list[list[float]]) -> None:
    seconds = 1.7e9 + np.arange(len(values)) * 0.5
    back, found = unpacked(packed(seconds, np.array(values)))
    assert np.array_equal(back, seconds) and np.array_equal(found, np.array(values), equal_nan=True)


def test_other_numbers_keep_thirteen_bits_and_ratios_twenty_four() -> None:
    values = np.random.default_rng(7).uniform(0.001, 90_000, (40, 30))
    _, found = unpacked(packed(np.arange(40.0), values))
    assert np.abs(found / values - 1).max() <= 2**-13 * 1.01
    _, exact = unpacked(packed(np.arange(40.0), values, exact=True))
    assert np.array_equal(exact, values.astype(np.float32))


def test_damaged_bytes_are_refused_and_take_no_memory() -> None:
    good = packed(np.arange(50.0), np.random.default_rng(1).uniform(0, 1, (50, 20)))
    for place in range(0, len(good), 7):
        for bad in (good[:place], good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :]):
            try:
                seconds, values = unpacked(bad)
            except CodecError:
                continue
            assert len(seconds) == len(values)
    with pytest.raises(CodecError):
        unpacked(good[:2] + b"\xff\xff\xff\x7f\xff\xff\xff\x7f" + good[10:])
