"""What a document itself states as start, end and length of its incident, and as its times to detect and to recover."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal

from poise.model.incident import TimeName
from poise.model.postmortem import Declared, LengthOf, Moment, Quote, StatedDuration
from poise.model.regexp import regexp
from poise.review.blocks import Block, blocks
from poise.review.calendar import UNDATED, Calendar
from poise.review.clock import Clock, clocks
from poise.review.dates import dates
from poise.review.document import Document
from poise.review.durations import Length, lengths
from poise.review.fields import Field
from poise.review.keys import Meaning, meaning
from poise.review.lengths_said import milestone, of_harm
from poise.review.timeline import moment
from poise.review.zones_said import Said

_LENGTH_IN_PROSE = regexp(
    r"(?:\b(?:outage|incident|disruption|downtime|degradation|unavailab\w+|interruption|impact"
    r"|event)\b[^.;]{0,50}?\b(?:lasted|lasting|spanned|for|of|was|duration)\b|\blasted\b|\bwas (?:down|unavailable"
    r"|offline|unreachable|inaccessible|degraded) for\b"
    r"|\b(?:total|overall) (?:duration|downtime)\b[^.;]{0,20}|\bduration\W{1,4}|\b(?:down|unavailable|offline"
    r"|unreachable|inaccessible) for\b)"
    r"[^.;\d]{0,25}$",
    re.IGNORECASE,
)
_LENGTH_BEFORE_NOUN = regexp(
    r"^[\s-]*(?:long |of )?(?:total |full |complete |partial |major )?(?:outage|downtime|disruption|incident"
    r"|interruption|of (?:downtime|unavailability|disruption))\b",
    re.IGNORECASE,
)
# Said of another incident.
_OF_ANOTHER = regexp(
    r"\b(?:had (?:only |also )?(?:lasted|taken|been)|that (?:one|time)|back then|last time|the (?:one|time) before)\b", re.IGNORECASE
)
_OF_A_PART = regexp(
    r"\b(?:first|last|next|another|further|additional|every|each|per|more|within|intermittent\w*|peak|average"
    r"|some (?:users|customers)|previous|earlier|similar|other|maintenance|hypothes\w+|work|queue|replica\w*|lag"
    r"|delay)\b",
    re.IGNORECASE,
)
_WHOLE = regexp(
    r"\b(?:outage|incident|unavailab\w*|down(?:time)?|disruption|degrad\w+|users?|customers?|service|site|website"
    r"|impact\w*|failed|errors?|inaccessible|unreachable|offline|declared)\b",
    re.IGNORECASE,
)
_OF_OTHERS = regexp(
    r"\b(?:maintenance window|suspect\w*|hypothes\w*|investigat\w*|team (?:was|spent|checked)|lost|wrong|blamed|on-?call"
    r"|meeting|another|other incident|same day)\b",
    re.IGNORECASE,
)
_START_BEFORE = regexp(r"\b(?:start(?:ed)?|began)(?: at| around)?:?\s+$", re.IGNORECASE)
_END_BETWEEN = regexp(r"\W*(?:and )?(?:it )?(?:end(?:ed)?|was over|stopped)(?: at| around)?:?\s+$", re.IGNORECASE)
_BEGAN = regexp(r"\b(?:outage|incident|disruption|impact)\b[^.;]{0,20}\b(?:began|started) (?:at|around)\s+$", re.IGNORECASE)
_OVER = regexp(r"\b(?:outage|incident|disruption|impact)\b[^.;]{0,40}\b(?:ended|was over|stopped) (?:at|by|around)\s+$", re.IGNORECASE)
_FROM_TO = regexp(r"\W*(?:from|between)\b", re.IGNORECASE)
_JOINS = regexp(r"^[^.;]{0,60}([–—→]|(?<!\w)-(?!\w)|\b(?:to|until|till|and|through)\b)[^.;]{0,45}$", re.IGNORECASE)
_LENGTHS: dict[Meaning | None, LengthOf] = {
    "length": "incident", "window": "incident", "to_detect": "to_detect", "to_acknowledge": "to_acknowledge",
    "to_mitigate": "to_mitigate", "to_resolve": "to_resolve",
}  # fmt: skip
_UNIT_KEY = regexp(r"(minutes|mins?|hours|seconds)\W*$")
_RECOVERY = regexp(r"\b(?:within|after|in)\s+(?:only |just )?$", re.IGNORECASE)
_RECOVERED = regexp(
    r"\b(?:everything|all|service\w*|site)\b[^.;]{0,20}\b(?:restored|recovered|resolved|back to normal|back)\b", re.IGNORECASE
)


def fields_of(document: Document, wanted: Meaning) -> Iterator[Field]:
    """The document's fields that state this, before its timeline's entries and outside of its action items."""
    return (f for f in document.fields if meaning(f.key) == wanted and document.role(f.line) not in ("actions", "timeline"))


def declared(document: Document, calendar: Calendar, said: Said) -> Declared:
    """Start and end by fields, else by a range in a field or in the summary; every length that is stated for the whole."""
    reader = _Times(document, calendar, said)
    start, end = reader.field("start"), reader.field("end")
    if start is None and end is None:
        start, end = reader.window() or (reader.told(_BEGAN), reader.told(_OVER))
    return Declared(start, end, tuple(stated_lengths(document)))


def milestones_of_head(document: Document, calendar: Calendar, said: Said) -> dict[TimeName, Moment]:
    """The milestones that the head states in fields of their own."""
    reader = _Times(document, calendar, said)
    keys: tuple[Literal["detected", "acknowledged", "cause_found", "mitigated", "resolved"], ...] = (
        "detected", "acknowledged", "cause_found", "mitigated", "resolved",
    )  # fmt: skip
    return {name: moment for name in keys if (moment := reader.field(name)) is not None}


class _Times:
    def __init__(self, document: Document, calendar: Calendar, said: Said) -> None:
        self.document, self.calendar, self.said = document, calendar, said

    def field(self, key: Meaning) -> Moment | None:
        # When a ticket was opened or closed says less than when harm began or ended.
        for field in sorted(fields_of(self.document, key), key=lambda field: field.key.endswith(("opened", "closed"))):
            found = clocks(field.value)
            if found and not found[0].wrong:
                return self._moment(found[0], field.value, field)
        return None

    def window(self) -> tuple[Moment, Moment] | None:
        """A range from two times in a field, or in the first sentence of the summary that has one."""
        for field in fields_of(self.document, "window"):
            pair = self._pair(field.value, field.line.quote, field.line.section)
            if pair is not None:
                return pair
        for block in blocks(self.document):
            if (
                self.document.role(block.head) in ("summary", "impact", "other")
                and block.kind in ("text", "bullet")
                and not (block.entry and block.kind == "bullet")
            ):
                pair = self._in_prose(block)
                if pair is not None:
                    return pair
        return None

    def told(self, words: re.Pattern[str]) -> Moment | None:
        """The time that a sentence of the summary gives to the beginning or the end of the whole."""
        for block in blocks(self.document):
            if self.document.role(block.head) not in ("summary", "impact", "other") or block.kind not in ("text", "bullet") or block.entry:
                continue
            for clock in clocks(block.text):
                if words.search(block.text, max(0, clock.start - 60), clock.start) and clock.until is None and not clock.wrong:
                    written = next((d for d in dates(block.text) if abs(d.start - clock.end) < 20), None)
                    day = (self.calendar.day(written) if written else None) or self.calendar.base
                    zone = clock.zone or self.said.of(block.head.section)
                    return moment(clock, day or UNDATED, day is not None, zone, block.quote_at(clock.start))
        return None

    def _in_prose(self, block: Block) -> tuple[Moment, Moment] | None:
        asked = -1
        for clock in clocks(block.text):
            begin, end = block.sentence(clock.start)
            if begin == asked and clock.until is None:
                continue  # the sentence says the same of each of its times
            asked = begin
            sentence = block.text[begin:end]
            ranged = clock.until is not None and bool(lengths(block.text[clock.until.end : clock.until.end + 60]))
            if (
                _WHOLE.search(sentence) or _FROM_TO.match(sentence) or ranged or (clock.until and _dated_line(block, clock))
            ) and not _OF_OTHERS.search(sentence):
                pair = self._pair(sentence, block.quote_at(clock.start), block.head.section)
                if pair is not None:
                    return pair
        return None

    def _pair(self, text: str, quote: Quote, section: int) -> tuple[Moment, Moment] | None:
        found = [c for c in clocks(text) if not c.wrong]
        written = dates(text)
        if found and found[0].until is not None:
            one, other = found[0], found[0].until
        elif (
            len(found) >= 2
            and (len(found) == 2 or _START_BEFORE.search(text, max(0, found[0].start - 30), found[0].start))
            and self._joined(text, found[0], found[1])
        ):
            one, other = found[:2]
        else:
            return None
        zone = one.zone or other.zone or self.said.of(section)
        first = next((self.calendar.day(d) for d in written if d.start < one.start), None)
        if first is None and written and written[0].start > other.start:
            first = self.calendar.day(written[0])
        day = first or self.calendar.base
        base, dated = day or UNDATED, day is not None
        start = moment(one, base, dated, zone, quote)
        second = next((d for d in written if one.end <= d.start < other.start), None)
        last = self.calendar.day(second) if second is not None else None
        end = moment(other, last or base, dated, other.zone or zone, quote)
        if last is None and end.wall < start.wall:
            end = moment(other, base + timedelta(days=1), dated, other.zone or zone, quote)
        return start, end

    def _joined(self, text: str, one: Clock, other: Clock) -> bool:
        """Whether a dash or a word makes a range of the two; "and" only behind "between"."""
        if _START_BEFORE.search(text, max(0, one.start - 30), one.start) and _END_BETWEEN.match(text, one.end, other.start):
            return True  # "Start 08:15, end 09:00"
        found = _JOINS.search(text[one.end : other.start])
        return found is not None and (found[1] != "and" or "between" in text[: one.start].lower())

    def _moment(self, clock: Clock, text: str, field: Field) -> Moment:
        written = dates(text)
        day = self.calendar.day(written[0]) if written else None
        day = day or self.calendar.base
        zone = clock.zone or self.said.of(field.line.section)
        return moment(clock, day or UNDATED, day is not None, zone, field.line.quote)


def _dated_line(block: Block, clock: Clock) -> bool:
    """`Monday, 2 October 2023, 07:50–10:20`: nothing but when it was."""
    return len(block.text) < 90 and bool(dates(block.text[: clock.start]))


def stated_lengths(document: Document) -> Iterator[StatedDuration]:
    """Each length of time that is stated of the whole incident, and each stated time to detect, acknowledge, mitigate, resolve."""
    told: set[int] = set()
    for field in document.fields:
        if document.role(field.line) == "actions":
            continue
        what = meaning(field.key)
        if what not in _LENGTHS or field.line.number in told:
            continue
        found = lengths(field.value) or _in_key(field)
        if found and not found[0].bound and (len(found) == 1 or _LENGTHS[what] != "incident"):
            told.add(field.line.number)
            yield StatedDuration(found[0].minutes, found[0].about, _LENGTHS[what], field.line.quote)
    for block in blocks(document):
        if document.role(block.head) not in ("actions", "timeline") and block.kind in ("text", "bullet"):
            yield from (s for s in _in_prose(block) if s.quote.line not in told)


def _in_key(field: Field) -> list[Length]:
    """`duration_minutes: 145`: the unit stands in the key."""
    unit = _UNIT_KEY.search(field.key)
    return lengths(f"{field.value} {unit[1]}") if unit and field.value.replace(".", "").isdigit() else []


def _in_prose(block: Block) -> Iterator[StatedDuration]:
    for length in lengths(block.text):
        begin, end = block.sentence(length.start)
        # What says whose length it is stands near it.
        before, behind = block.text[max(begin, length.start - 160) : length.start], block.text[length.end : min(end, length.end + 160)]
        if _RECOVERY.search(before) and _RECOVERED.search(behind):
            yield StatedDuration(length.minutes, length.about, "to_resolve", block.quote_at(length.start))
            continue
        what = milestone(before, behind)
        if what is not None and not length.bound and not _OF_ANOTHER.search(before):
            yield StatedDuration(length.minutes, length.about, what, block.quote_at(length.start))
            continue
        if length.bound or _OF_ANOTHER.search(before) or _OF_A_PART.search(before[-60:]) or _OF_A_PART.search(behind[:25]):
            continue
        if (
            _LENGTH_IN_PROSE.search(before)
            or of_harm(before, behind)
            or _LENGTH_BEFORE_NOUN.search(behind)
            or _beside_range(block.text[begin:end], length, begin)
        ):
            yield StatedDuration(length.minutes, length.about, "incident", block.quote_at(length.start))


def _beside_range(sentence: str, length: Length, begin: int) -> bool:
    """`from 14:00 to 18:30 UTC (4 hours 30 minutes)`: the length of the range before it."""
    found: Sequence[Clock] = [c for c in clocks(sentence) if c.until is not None and c.until.end <= length.start - begin]
    return (
        bool(found)
        and _WHOLE.search(sentence) is not None
        and length.start - begin - (found[-1].until or found[-1]).end < 40
        and "(" in sentence
    )
