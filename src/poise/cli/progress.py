"""One line on stderr that says how far a long answer is, where a person looks and it takes longer than a second."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poise.report.printable import one_line

PATIENCE_SECONDS, EVERY_SECONDS = 1.0, 0.2
CLEAR = "\r\x1b[K"


@contextmanager
def progress_line() -> Iterator[Callable[[str, float], None] | None]:
    """What to call with a name and the part 0–1 that is done; None where stderr is no terminal. The line is gone at the end."""
    if not sys.stderr.isatty():
        yield None
        return
    begun = last = time.monotonic()
    shown = False

    def tell(name: str, part: float) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if now - begun > PATIENCE_SECONDS and now - last > EVERY_SECONDS:
            last, shown = now, True
            sys.stderr.write(f"{CLEAR}simulating {one_line(name)} … {100 * part:.0f} %")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
