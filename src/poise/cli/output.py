"""What every command does with its output: JSON alone on stdout, colour only where a person looks, control characters never."""

import os
import sys
from typing import Any

from poise.report.printable import one_line, printable, without_lone_surrogates


def colour() -> bool:
    """Whether stdout is a terminal that takes colour. NO_COLOR (no-color.org) with any text, and TERM=dumb, mean no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_columns() -> int | None:
    """How wide the terminal is that stdout is; None where nobody looks at one."""
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415 - with its archives it takes as long as all of click

    return shutil.get_terminal_size().columns


def print_json(value: Any, compact: bool = False) -> None:
    """One JSON document on stdout. Everything but ASCII is escaped: no terminal and no encoding can trip over it. A byte of a file that
    is no UTF-8 is said as in text, `\\xe9`.

    `compact`: in one line, for what no person reads; the standard library is ten times as fast then.
    """
    import json  # noqa: PLC0415 - only who asks for it waits for it

    write(without_lone_surrogates(json.dumps(value, indent=None if compact else 1, ensure_ascii=True, allow_nan=False)) + "\n")


def print_text(text: str, painted: bool = False) -> None:
    """Text for a person. `painted` text was made safe by its renderer and holds our own colours."""
    write(text if painted else printable(text))


def write(text: str) -> None:
    """Text that is known to be safe. Raises OSError, with the name of standard output: a full disk says by itself only that it is full."""
    try:
        sys.stdout.write(text)
    except OSError as error:
        error.filename = "standard output"
        raise


def print_problem(text: str) -> None:
    """One line on stderr, beside whatever stands on stdout."""
    sys.stderr.write(one_line(text) + "\n")
