"""Everything that was read in one document, as the rules are asked about it."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property

from poise.model.incident import TimeName
from poise.model.postmortem import Cause, Declared, Durations, Event, Item, Moment, Quote, WrongHypothesis
from poise.review.blocks import Block, blocks
from poise.review.calendar import Calendar
from poise.review.cause import split
from poise.review.document import Document
from poise.review.entry import Unread
from poise.review.milestones import in_order, told_events
from poise.review.zones_said import Said


class Facts:
    """One document. Made once by `review.read`; nothing in it changes."""

    def __init__(
        self,
        document: Document,
        calendar: Calendar,
        said: Said,
        events: tuple[Event, ...],
        unread: tuple[Unread, ...],
        declared: Declared,
        cause: Cause,
        times: dict[TimeName, Moment],
        durations: Durations,
        wrong: tuple[WrongHypothesis, ...],
        items: tuple[Item, ...],
    ) -> None:
        self.document, self.calendar, self.said = document, calendar, said
        self.events, self.unread, self.declared, self.cause = events, unread, declared, cause
        self.times, self.durations, self.wrong, self.items = times, durations, wrong, items

    @cached_property
    def ordered(self) -> list[Event]:
        """The events of the timeline proper, by time."""
        return in_order(told_events(self.events))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks of the document."""
        return blocks(self.document)

    @cached_property
    def sentences(self) -> tuple[tuple[str, str, Quote], ...]:
        """Every sentence outside of headings: what its section is about, its text, its line."""
        return tuple(
            (self.document.role(block.head), sentence, quote)
            for block in self.blocks
            if block.kind in ("text", "bullet", "row")
            for sentence, quote in split(block)
        )

    def said_in(self, *roles: str) -> Sequence[tuple[str, Quote]]:
        """The sentences of sections that are about this."""
        return [(sentence, quote) for role, sentence, quote in self.sentences if role in roles]

    @cached_property
    def head(self) -> Sequence[tuple[str, Quote]]:
        """What the front matter says of the impact."""
        return [
            (f.value, f.line.quote) for f in self.document.fields if f.line.kind == "front" and f.key in ("impact", "summary", "effect")
        ]

    @cached_property
    def prose(self) -> str:
        """All that is said, as one text."""
        return " ".join(sentence for _, sentence, _ in self.sentences)

    @property
    def resolved_in_head(self) -> Moment | None:
        """The time of the end as a field of the head gives it."""
        told = self.times.get("resolved")
        return None if told is None or any(event.line == told.quote.line for event in self.events) else told

    def day_said(self, day: date) -> Quote | None:
        """The first line that gives that day as the incident's."""
        return next((p.quote for p in self.calendar.stated if self.calendar.day(p.written) == day), None)

    def place(self, quote: Quote, words: str) -> Quote:
        """The line on which these words of a sentence stand that begins at `quote`."""
        first = " ".join(words.split()[:2])
        lines = [line for line in self.document.lines if quote.line <= line.number < quote.line + 8]
        return next((line.quote for line in lines if first and first in line.text), quote)

    @property
    def top(self) -> Quote:
        """The document's first line that says anything."""
        line = next((line for line in self.document.lines if line.text), None)
        return Quote(1, "") if line is None else line.quote

    def heading(self, *roles: str) -> Quote:
        """The heading of the first section that is about this; the document's first line where there is none."""
        found = next((s for s in self.document.sections[1:] if s.role in roles), None)
        return self.top if found is None else Quote(found.line, found.title)
