"""Memory of what lives for a moment goes back when it ends: for a process that runs for days beside what it watches."""

import ctypes
from contextlib import suppress

# What glibc's malloc.h calls them.
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
# Where glibc begins; by itself it goes up to 32 MB.
LARGE_BYTES = 128 * 1024


def give_back_large() -> bool:
    """Have the C library ask the system for each large array and give it back when it is freed, and keep one heap for all threads. False
    where it is not glibc, and nothing is changed. Call it before threads begin.

    glibc takes large arrays that are freed for a habit, and puts the next ones of that size into its heap. A look at a load balancer of
    1,000 servers makes dozens of 0.1 to 1 MB, and leaves rows of 4 KB among them that stay for twenty minutes: the rest of the room is
    soon in pieces. Each thread that reads a file, writes the history or makes a diagnosis has a heap of that kind for itself. How much it
    is stands in docs/benchmarks.md (`live`). The price are fresh pages for each large array.
    """
    with suppress(AttributeError, OSError, TypeError):  # musl and macOS have no mallopt
        mallopt = ctypes.CDLL(None).mallopt
        return bool(mallopt(_MMAP_THRESHOLD, LARGE_BYTES)) and bool(mallopt(_ARENA_MAX, 1))
    return False
