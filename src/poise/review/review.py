"""The whole review of a text: its incidents, what is said of each, and what the rules find."""

from collections.abc import Iterator, Sequence

from poise.model.finding import SEVERITY_ORDER
from poise.model.postmortem import Declared, Event, Quote, Reviewed, ReviewFinding
from poise.review.actions import action_items
from poise.review.calendar import calendar
from poise.review.cause import cause
from poise.review.declared import declared, milestones_of_head
from poise.review.document import Document
from poise.review.entries import entries
from poise.review.facts import Facts
from poise.review.hypotheses import wrong_hypotheses
from poise.review.incidents import LONGEST_LINE, incidents
from poise.review.milestones import durations, milestones
from poise.review.rule import ReviewRule
from poise.review.rules import RULES
from poise.review.timeline import timeline
from poise.review.zones import Zone
from poise.review.zones_said import said


def review(text: str, rules: Sequence[ReviewRule] = RULES) -> tuple[Reviewed, ...]:
    """One for each incident that the text tells, in order."""
    before, documents = incidents(text)
    zone, days = said(before), calendar(before)
    return tuple(_reviewed(facts(document, zone.document, days.year), rules) for document in documents)


def facts(document: Document, zone_before: Zone | None = None, year_before: int | None = None) -> Facts:
    """What stands in the document, before any rule judges it. Zone and year are those that hold for its whole file."""
    days, zone = calendar(document, year_before), said(document, zone_before)
    found, unread = entries(document)
    events = timeline(found, days, zone)
    stated = declared(document, days, zone)
    events = tuple(e for e in events if e.listed or not _is_window(e, stated))
    blamed = cause(document, events)
    times = milestones(events, stated, blamed, milestones_of_head(document, days, zone))
    wrong = wrong_hypotheses(events, blamed, times.get("cause_found"))
    return Facts(document, days, zone, events, unread, stated, blamed, times, durations(times), wrong, action_items(document))


def _is_window(event: Event, stated: Declared) -> bool:
    """Whether a range in prose is what the document declares as start and end, and no event."""
    start, end = stated.start, stated.end
    return (
        event.until is not None
        and start is not None
        and end is not None
        and (event.time.clock, event.until.clock) == (start.clock, end.clock)
    )


def _reviewed(f: Facts, rules: Sequence[ReviewRule]) -> Reviewed:
    document = f.document
    findings = sorted((finding for rule in rules for finding in rule.check(f)), key=_order)
    return Reviewed(
        document.title, document.lines[0].number if document.lines else 1, f.declared, f.times, f.durations, f.events, f.cause, f.wrong,
        f.items, tuple(findings), (*((u.quote, u.reason) for u in f.unread), *_cut(document)),
    )  # fmt: skip


def _cut(document: Document) -> Iterator[tuple[Quote, str]]:
    """Lines of which the end was not read."""
    for line in document.lines:
        if len(line.raw) >= LONGEST_LINE:
            yield line.quote, f"the line has {LONGEST_LINE:,} characters or more, and what comes after that many was not read"


def _order(finding: ReviewFinding) -> tuple[int, int, str]:
    return (finding.line, -SEVERITY_ORDER.index(finding.severity), finding.rule)
