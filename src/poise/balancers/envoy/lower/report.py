"""Collects what could not be lowered, once for each line: a line that was already refused is not refused twice."""

from poise.balancers.envoy.document import Node, Text
from poise.model.brief import brief
from poise.model.could_not import CouldNot


class Report:
    """`entries` in the order in which they were found; begin it with what the syntax already found."""

    def __init__(self, entries: tuple[CouldNot, ...] = ()) -> None:
        self.entries = list(entries)
        self.seen = {(entry.what, entry.line) for entry in entries}

    def cannot(self, places: Text, node: Node, reason: str) -> None:
        """Note that what stands here could not be read, and why."""
        self.add(CouldNot(places.file, brief(reason), places.line(node.start)))

    def add(self, entry: CouldNot) -> None:
        """Note this, unless its line was refused already."""
        if (entry.what, entry.line) not in self.seen:
            self.seen.add((entry.what, entry.line))
            self.entries.append(entry)
