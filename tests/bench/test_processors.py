"""How busy the machine was, from the kernel's own counters."""

from pathlib import Path

import pytest
from benchmarks.detection.processors import Processors


def test_the_part_that_was_not_idle(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 50 800 50 0 0 0 7 0\ncpu0 1 2 3\n")
    since = Processors(stat)
    # 200 ticks passed: 60 in programs, 20 in the kernel, 10 stolen by the host, 100 idle and 10 waiting for a disk.
    stat.write_text("cpu  160 0 70 900 60 0 0 10 9 0\ncpu0 1 2 3\n")
    assert since.busy() == pytest.approx(0.45)
