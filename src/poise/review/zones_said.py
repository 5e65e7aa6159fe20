"""Which zone a document's times are in: "all times in UTC", a heading, a column's head, a field."""

import re
from collections.abc import Mapping

from poise.model.light import dataclass
from poise.model.regexp import regexp
from poise.review.clock import clocks
from poise.review.document import Document
from poise.review.line import Line
from poise.review.places import NAMES
from poise.review.zones import ZONE, Zone, of_place, zone_of

_SAID = regexp(
    r"\b(?:all |the |these )?(?:times?|timestamps?|clocks?|hours)\b(?:[^.:;]|: ){0,40}$|\b(?:time ?)?zone\b.{0,20}$"
    r"|\b(?:everything|times?) (?:is |are )?in\s*$",
    re.IGNORECASE,
)
# What is said of all times outweighs what a head says of its own.
_EVERY = regexp(r"\ball\b.{0,20}\b(?:times?|timestamps?|clocks?|hours)\b", re.IGNORECASE)
# "UTC is used throughout.", "UTC times."
_USED = regexp(rf"\W*(?:{ZONE.pattern})(?: (?:is|are) (?:used|meant|given)| times?\b| throughout| everywhere| unless)")
_PLACE = regexp(rf"\b(?:all (?:the )?times?|times are|timestamps?|clocks?|time ?zone)\b[^.:;]{{0,30}}[ :](?P<place>{NAMES})\b")
_ALONE = regexp(rf"\W*(?:{ZONE.pattern})(?:\W*$|[.;](?=\s))")


@dataclass(frozen=True, slots=True)
class Said:
    """`document` is for all times, `sections` for those of one section by its number."""

    document: Zone | None
    sections: Mapping[int, Zone]
    # Every zone that is said for many times, with its line.
    stated: tuple[tuple[Zone, Line], ...]

    def of(self, section: int) -> Zone | None:
        """The zone of times in that section which name none."""
        return self.sections.get(section) or self.document


def said(document: Document, before: Zone | None = None) -> Said:
    """What the document says of its zone; `before` is what holds for the whole file."""
    whole: Zone | None = None
    certain = False
    sections: dict[int, Zone] = {}
    stated: list[tuple[Zone, Line]] = []
    above: dict[int, Zone] = {}
    first = next((line for line in document.lines if line.text), None)
    for line in document.lines:
        if not line.text:
            continue
        if line.kind == "heading":
            # A heading holds for the headings below it.
            level = document.sections[line.section].level
            above = {each: zone for each, zone in above.items() if each < level}
            zone = _for_all(line) or _in_heading(line.text)
            if zone is not None and whole is None and document.role(line) == "other" and not stated:
                whole = zone
                stated.append((zone, line))
            elif zone is not None:
                above[level] = zone
                stated.append((zone, line))
            if above:
                sections[line.section] = above[max(above)]
            continue
        zone = _for_all(line) or (_in_heading(line.text) if line is first else None)
        if zone is None:
            continue
        stated.append((zone, line))
        every = bool(_EVERY.search(line.text))
        if every and whole is not None and not certain:
            whole, certain = zone, True
            continue
        certain = certain or every
        if document.role(line) == "timeline" and whole is not None and whole.fixed != zone.fixed:
            sections[line.section] = zone
        elif whole is None:
            whole = zone
    return Said(whole or before or (None if sections else _only(document)), sections, tuple(stated))


def _only(document: Document) -> Zone | None:
    """The zone of a document that names one and no other, at some of its times."""
    found: Zone | None = None
    for line in document.lines:
        if not any(c.isdigit() for c in line.text):
            continue
        for clock in clocks(line.text):
            for zone in (clock.zone, clock.until.zone if clock.until else None):
                if zone is not None and found is not None and zone.written != found.written:
                    return None
                found = found or zone
    return found


def of_column(head: str) -> Zone | None:
    """The zone that a column's head names. Heads are held in lower case."""
    found = ZONE.search(head.upper()) if any(word in head for word in ("time", "when", "utc", "gmt", "at", "(", "start", "end")) else None
    return zone_of(found) if found and found["name"] else None


def _in_heading(text: str) -> Zone | None:
    found = ZONE.search(text)
    if not found or clocks(text):
        return None
    return zone_of(found)


def _for_all(line: Line) -> Zone | None:
    """The zone that the line gives to all times."""
    text = line.text
    for found in ZONE.finditer(text):
        before = _SAID.search(text[max(0, found.start() - 70) : found.start()])
        if before and not clocks(before[0]):
            return zone_of(found)
    used = _USED.match(text)
    if used:
        return zone_of(used)
    place = _PLACE.search(text)
    if place and not clocks(place[0]):
        return of_place(place["place"])
    if (
        line.kind in ("text", "bullet")
        and (sentence := _ALONE.match(text))
        and (len(text) == sentence.end() or text[sentence.end() - 1] in ".;")
    ):
        match = ZONE.search(text)
        return zone_of(match) if match else None
    return None
