"""One line on stderr that says what a long answer is at, where a person looks and it takes longer than a second."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poise.report.printable import one_line

PATIENCE_SECONDS, EVERY_SECONDS = 1.0, 0.2
CLEAR = "\r\x1b[K"
# Of a terminal that does not tell its width; a longer line would wrap, and only its last part could be taken away again.
COLUMNS, CLOCK = 80, len(" … 12345 s")


@contextmanager
def progress_line() -> Iterator[Callable[[str], None] | None]:
    """What to call with what is done now; None where stderr is no terminal. The line says it with the seconds so far, though nothing new is
    told for long, and is gone at the end."""
    if not sys.stderr.isatty():
        yield None
        return
    from threading import Event, Thread  # noqa: PLC0415 - a pipe need not wait for it

    begun, done, ended = time.monotonic(), "", Event()

    def tell(what: str) -> None:
        nonlocal done
        done = what

    def show() -> None:
        wait = PATIENCE_SECONDS
        while not ended.wait(wait):
            wait = EVERY_SECONDS
            if done:
                sys.stderr.write(f"{CLEAR}{_cut(one_line(done))} … {time.monotonic() - begun:.0f} s")
                sys.stderr.flush()

    shown = Thread(target=show, daemon=True)
    shown.start()
    try:
        yield tell
    finally:
        ended.set()
        shown.join()
        if time.monotonic() - begun > PATIENCE_SECONDS:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()


def _cut(text: str) -> str:
    """Without its middle where the line would be longer than the terminal."""
    try:
        room = os.get_terminal_size(sys.stderr.fileno()).columns - CLOCK
    except (OSError, ValueError):
        room = COLUMNS - CLOCK
    half = max(8, (room - 1) // 2)
    return text if len(text) <= room else f"{text[:half]}…{text[-half:]}"
