"""What lies free between rows that stay is given back, measured in a process of its own."""

import subprocess
import sys

import pytest

# 8,000 rows that stay with twice as much beside each, which goes: 96 MB in use, 192 free between it.
PIECES = """
import resource
import numpy as np
from poise.daemon.free_memory import give_back

def resident():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 1e6

rows, gone = [], []
for _ in range(8000):
    rows.append(np.ones(1500))
    gone.append(np.ones(3000))
del gone
before = resident()
given = give_back()
print(given, before - resident(), sum(row.nbytes for row in rows) / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim is glibc's, and /proc Linux'")
def test_what_lies_free_between_rows_that_stay_is_given_back() -> None:
    found = subprocess.run([sys.executable, "-c", PIECES], capture_output=True, text=True, check=True)
    given, fell, kept = found.stdout.split()
    assert given == "True"
    assert float(kept) == pytest.approx(96)
    # 24 KB lie between two rows: at least four of its six pages are whole.
    assert float(fell) > 192 * 4 / 6
