"""The incidents of a text: one, or several where headings of one level each open an incident of their own."""

import re
from itertools import pairwise

from poise.model.regexp import regexp
from poise.review.blocks import opens
from poise.review.clock import clocks
from poise.review.dates import dates
from poise.review.document import Document, Section, document

LONGEST_LINE = 10_000
# Sections of one incident: where a level has them, its headings open none.
_PARTS = frozenset(("timeline", "cause", "actions", "impact", "summary"))
# "A. Address lookup slow (3 June)", "Incident 2: …"
_LISTED = regexp(r"\W*(?:[A-Z]|\d{1,2}|[IVX]{1,4})[.):]\s|#\d")
_INCIDENT = regexp(r"\b(?:incident|outage|postmortem|post-mortem|disruption|downtime)\b", re.IGNORECASE)


def incidents(text: str) -> tuple[Document, list[Document]]:
    """What stands before the first incident and holds for all, and the documents that the text holds. Lines count through the whole file;
    lines without end are cut."""
    lines = [line[:LONGEST_LINE] for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = lines[0][1:]
    whole = document(lines)
    starts = _starts(whole)
    if len(starts) < 2:
        return document([]), [whole]
    bounds = [s.line - 1 for s in starts] + [len(lines)]
    return document(lines[: bounds[0]]), [document(lines[begin:end], begin + 1) for begin, end in pairwise(bounds)]


def _starts(whole: Document) -> list[Section]:
    """The headings that open an incident: all of one level, each with its own timeline or cause below, and two at least."""
    for level in (1, 2, 3):
        level_has = {s.role for s in whole.sections[1:] if s.level == level}
        tops = [s for s in whole.sections[1:] if s.level == level and s.role == "other"]
        if len(tops) < 2 or level_has & _PARTS:
            continue
        telling = []
        listed = all(_LISTED.match(top.title) or _INCIDENT.search(top.title) for top in tops)
        for place, top in enumerate(tops):
            end = tops[place + 1].line if place + 1 < len(tops) else whole.lines[-1].number + 1
            below = {s.role for s in whole.sections if top.line < s.line < end and s.level > level}
            within = [line for line in whole.lines if top.line < line.number < end and line.kind in ("bullet", "row", "text")]
            inside = [line for line in within if opens(line)]
            dated = listed and bool(dates(top.title)) and sum(len(clocks(line.text)) for line in within) >= 2
            if (
                "timeline" in below
                or (len(inside) >= 3 and level > 1)
                or (below & {"cause", "impact", "summary"} and _INCIDENT.search(top.title))
                or dated
            ):
                telling.append(top)
        if len(telling) >= 2:
            return telling
    return []
