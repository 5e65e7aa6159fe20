"""Free memory that lies in pieces between what stays, given back to the system.

A watch keeps a row of 4 KB for each metric of a thousand servers and makes arrays of every size beside it, in several threads. glibc gives
back only what lies free at the end of a heap. How much a watch gains by it is in docs/benchmarks.md (`live`): little so far.
"""

import ctypes
from collections.abc import Callable


def _trim() -> Callable[[int], int] | None:
    """The C library's `malloc_trim`, None where it has none (musl, macOS)."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found


_TRIM = _trim()


def give_back() -> bool:
    """Give every page that holds nothing back, also from the middle; False where nothing was given back or the C library cannot. Takes some
    milliseconds for each 100 MB, in which other threads may run but not allocate: call it in a thread, and seldom."""
    return _TRIM is not None and bool(_TRIM(0))
