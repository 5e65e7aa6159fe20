"""Collects what could not be lowered, one entry a line: a line that was already refused is not refused twice."""

from poise.model.could_not import CouldNot


class Report:
    """`entries` in the order of the files; begin it with what the syntax already found."""

    def __init__(self, entries: tuple[CouldNot, ...]) -> None:
        self.entries = list(entries)
        self.seen = {(entry.what, entry.line) for entry in entries}

    def cannot(self, file: str, line: int, reason: str) -> None:
        """Note that this line could not be read, and why."""
        if (file, line) not in self.seen:
            self.seen.add((file, line))
            self.entries.append(CouldNot(file, reason, line))
