"""What is large and lives for a moment is no part of the heap."""

import platform
import subprocess
import sys

import pytest

ASK = """
import ctypes
import sys

import numpy as np

from poise.daemon.short_lived import give_back_large

if sys.argv[1] == "give back":
    assert give_back_large()


class Counted(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]


mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Counted
usual = np.ones(1_000_000)
del usual
before = mallinfo().hblks
arrays = [np.ones(25_000) for _ in range(20)]
print(mallinfo().hblks - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
@pytest.mark.parametrize(("told", "apart"), [("give back", 20), ("as it is", 0)])
def test_large_arrays_stand_apart_although_larger_ones_were_freed(told: str, apart: int) -> None:
    done = subprocess.run([sys.executable, "-c", ASK, told], capture_output=True, text=True, check=True)
    assert int(done.stdout) == apart
