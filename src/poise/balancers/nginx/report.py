"""Collects what could not be lowered, one entry a line: a line that was already refused is not refused twice."""

from collections.abc import Mapping

from poise.balancers.nginx.document import Directive, Source
from poise.model.brief import brief
from poise.model.could_not import CouldNot

# More than this many reports help nobody and would only fill memory.
MOST = 2000


class Report:
    """`entries` in the order in which they were found; begin it with what the syntax already found."""

    def __init__(self, entries: list[CouldNot]) -> None:
        self.entries = list(entries)
        self.seen = {(entry.what, entry.line) for entry in entries}

    def cannot(self, directive: Directive, reason: str) -> None:
        """Note that this directive could not be read, and why."""
        place = (directive.file, directive.line)
        if place not in self.seen and len(self.entries) < MOST:
            self.seen.add(place)
            self.entries.append(CouldNot(place[0], brief(reason), place[1]))

    def templates(self, found: Mapping[Source, tuple[Directive, str]]) -> None:
        """Say of these files only that they are templates: what else was refused of them follows from their blanks."""
        if not found:
            return
        files = {directive.file for directive, _ in found.values()}
        self.entries = [entry for entry in self.entries if entry.what not in files]
        self.seen = {place for place in self.seen if place[0] not in files}
        for directive, reason in found.values():
            self.cannot(directive, reason)
