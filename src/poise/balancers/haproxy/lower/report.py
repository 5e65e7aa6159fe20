"""Collects what could not be lowered, one entry a line: a line that was already refused is not refused twice."""

from poise.model.brief import brief
from poise.model.could_not import CouldNot

# More entries help nobody and would only fill memory.
MOST_ENTRIES = 2000
NOT_LISTED = "from here on what cannot be read is not listed any more: is this a configuration of HAProxy?"


class Report:
    """`entries` in the order of the files; begin it with what the syntax already found."""

    def __init__(self, entries: tuple[CouldNot, ...]) -> None:
        self.entries = list(entries)
        self.seen = {(entry.what, entry.line) for entry in entries}

    def cannot(self, file: str, line: int, reason: str) -> None:
        """Note that this line could not be read, and why."""
        if (file, line) in self.seen or len(self.entries) > MOST_ENTRIES:
            return
        self.seen.add((file, line))
        self.entries.append(CouldNot(file, brief(reason) if len(self.entries) < MOST_ENTRIES else NOT_LISTED, line))
