"""Ranges of time that a document tells twice, on two days."""

from collections.abc import Iterator
from datetime import date

from poise.model.postmortem import Quote
from poise.review.clock import clocks
from poise.review.dates import dates
from poise.review.facts import Facts


def ranges_on_two_days(facts: Facts) -> Iterator[tuple[Quote, Quote, str]]:
    """Where a range of prose is told again with another date than before, where it was told first, and a sentence about it."""
    seen: dict[tuple[int, int, int, int], tuple[date, Quote]] = {}
    for block in facts.blocks:
        if block.kind not in ("text", "bullet") or facts.document.role(block.head) == "actions":
            continue
        for clock in clocks(block.text):
            begin, _ = block.sentence(clock.start)
            days = [d for d in dates(block.text) if begin <= d.start < clock.start]
            day = (facts.calendar.day(days[-1]) if days else facts.calendar.base) if clock.until else None
            if clock.until is None or day is None:
                continue
            key = (clock.hour, clock.minute, clock.until.hour, clock.until.minute)
            before, quote = seen.setdefault(key, (day, block.quote_at(clock.start)))
            if before != day and days:
                words = f"{clock.written} to {clock.until.written} on {day.isoformat()} here, on {before.isoformat()} there"
                yield block.quote_at(days[-1].start), facts.day_said(before) or quote, words
