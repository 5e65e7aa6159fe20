"""The whole review of a text: its incidents, what is said of each, and what the rules find."""

from collections.abc import Sequence

from poise.model.finding import SEVERITY_ORDER
from poise.model.postmortem import Reviewed, ReviewFinding
from poise.review.actions import action_items
from poise.review.calendar import calendar
from poise.review.cause import cause
from poise.review.declared import declared, detected, resolved
from poise.review.document import Document
from poise.review.entries import entries
from poise.review.facts import Facts
from poise.review.hypotheses import wrong_hypotheses
from poise.review.incidents import incidents
from poise.review.milestones import durations, milestones
from poise.review.rule import ReviewRule
from poise.review.rules import RULES
from poise.review.timeline import timeline
from poise.review.zones_said import said


def review(text: str, rules: Sequence[ReviewRule] = RULES) -> tuple[Reviewed, ...]:
    """One for each incident that the text tells, in order."""
    return tuple(_reviewed(document, rules) for document in incidents(text))


def facts(document: Document) -> Facts:
    """What stands in the document, before any rule judges it."""
    days, zone = calendar(document), said(document)
    found, unread = entries(document)
    events = timeline(found, days, zone)
    stated = declared(document, days, zone)
    blamed = cause(document)
    times = milestones(events, stated, blamed, detected(document, days, zone), resolved(document, days, zone))
    wrong = wrong_hypotheses(events, blamed, times.get("cause_found"))
    return Facts(document, days, zone, events, unread, stated, blamed, times, durations(times), wrong, action_items(document))


def _reviewed(document: Document, rules: Sequence[ReviewRule]) -> Reviewed:
    f = facts(document)
    findings = sorted((finding for rule in rules for finding in rule.check(f)), key=_order)
    return Reviewed(
        document.title, document.lines[0].number if document.lines else 1, f.declared, f.times, f.durations, f.events, f.cause, f.wrong,
        f.items, tuple(findings), tuple((u.quote, u.reason) for u in f.unread),
    )  # fmt: skip


def _order(finding: ReviewFinding) -> tuple[int, int, str]:
    return (finding.line, -SEVERITY_ORDER.index(finding.severity), finding.rule)
