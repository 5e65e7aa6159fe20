"""Lines for journald: it has the time already, and takes `<N>` before a line as its priority (sd-daemon(3))."""

import os
from typing import TextIO

# By what stands in a line, the first that fits; of syslog(3): 3 error, 4 warning, 5 notice, 6 informational.
PRIORITIES = (("[firing]", 3), ("could not:", 4), ("[no-data]", 4), ("[resolved]", 5), ("change: ", 5))
ORDINARY = 6


def goes_to_journal(stream: TextIO) -> bool:
    """Whether the stream is the one that systemd connected to journald: $JOURNAL_STREAM holds its device and inode (systemd.exec(5))."""
    said = os.environ.get("JOURNAL_STREAM")
    if not said:
        return False
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return said == f"{about.st_dev}:{about.st_ino}"


def journal_line(line: str) -> str:
    """The line with its priority."""
    return f"<{next((priority for sign, priority in PRIORITIES if sign in line), ORDINARY)}>{line}"
