"""What kind of event a line of a timeline tells: detection, action, hypothesis, cause, mitigation, resolution. By its words."""

import re
from collections.abc import Sequence

from poise.model.light import dataclass
from poise.model.postmortem import EventKind
from poise.model.regexp import regexp
from poise.review import event_words as said

_BEGUN = said.words(r"(?:impact|harm) (?:started|began|starts|begins)")
_PLANNED = said.words(r"planned\b", r"as (?:planned|announced|scheduled)", r"announced\b", r"scheduled\b", r"maintenance")
_CLOSED = said.words(r"(?:incident|case|event) (?:is |was )?(?:closed|over|resolved)", r"resolved\b")
# What is told first says of what kind the event is.
LONGEST = 1000
# "spam wave?": a suspicion in one breath, but no question to somebody.
_GUESS = regexp(
    r"^\W*(?!(?:which|who|what|where|when|why|how|roll|restart|shall|should|can|any\w*)\b)(?:[\w'’-]+ ){0,2}[\w'’-]+\?$", re.IGNORECASE
)
# What stands before the words proper: another zone's clock, signs of a list.
_LEAD = regexp(r"^[\W_]*(?:\d{1,2}[:.]\d\d(?:\s?[A-Z]{2,4})?[\s|–—-]+)?")


@dataclass(frozen=True, slots=True)
class Told:
    """The kind, whether harm began with the event, whether it is a change that may have caused the rest, and whether it is a repair
    of which these words do not tell what it did."""

    kind: EventKind
    starts: bool = False
    changes: bool = False
    repairs: bool = False


def told(text: str) -> Told:
    """What kind of event these words tell: of two, that which is furthest along."""
    text = _LEAD.sub("", text[:LONGEST], count=1)
    if _BEGUN.search(text):
        return Told("other", True)
    starts, changes = bool(said.BEGINS.search(text)), bool(said.CHANGES.search(text))
    helped = not said.NO_HELP.search(text)
    suspected = bool(said.SUSPECTS.search(text) or (said.CLEARS.search(text) and not said.IMPROVED.search(text)) or _GUESS.match(text))
    if _sure(said.CAUSE, text) and not _CLOSED.search(text):
        return Told("cause", changes=changes)
    if helped and not starts and not suspected and _sure(said.RESOLVED, text):
        return Told("resolution", changes=changes)
    if suspected:
        return Told("hypothesis")
    if helped and not starts and _sure(said.IMPROVED, text):
        return Told("mitigation", changes=changes)
    return _work(text, starts, changes, helped)


def _work(text: str, starts: bool, changes: bool, helped: bool) -> Told:
    """What is neither the end of harm nor a suspicion."""
    if _PLANNED.search(text):
        return Told("other", starts, True)
    alarmed = next(iter(sorted((m for p in (said.ALARMS, said.REPORTS) if (m := _first(p, text))), key=lambda m: m.start())), None)
    if not starts and alarmed is None and _sure(said.FINDS, text):
        return Told("cause", changes=changes)
    acted = said.ACTS.search(text)
    if alarmed is not None and (acted is None or alarmed.end() <= acted.start()):
        return Told("detection", starts, changes)
    if acted:
        return Told("action", starts, changes)
    if not starts and _sure(said.REPAIRED, text):
        return Told("action", changes=changes, repairs=helped)
    if starts:
        return Told("other", True, changes)
    return Told("action" if said.WORK.search(text) or not helped else "other", changes=changes)


def in_context(told_in_order: Sequence[Told]) -> list[EventKind]:
    """The kinds of events by what stands around them, in the order of time: what is repaired before anything was detected is a change; a
    repair after the cause is known is what helped, where nothing else is told to have helped before and nothing better follows."""
    kinds = [each.kind for each in told_in_order]
    seen = next((n for n, kind in enumerate(kinds) if kind == "detection"), 0)
    for n in range(seen):
        if kinds[n] in ("mitigation", "resolution", "cause") or (
            kinds[n] == "action" and (told_in_order[n].repairs or told_in_order[n].changes)
        ):
            kinds[n] = "other"
    known = next((n for n, kind in enumerate(kinds) if kind == "cause"), seen)
    for n in range(known, len(kinds)):
        if not told_in_order[n].repairs or kinds[n] != "action" or "mitigation" in kinds[known:n]:
            continue
        following = next((kind for kind in kinds[n + 1 :] if kind in ("mitigation", "resolution")), None)
        if following != "mitigation":
            kinds[n] = "mitigation"
    return kinds


def _first(pattern: "re.Pattern[str]", text: str) -> "re.Match[str] | None":
    return next(
        (found for found in pattern.finditer(text) if not said.NEGATED.search(text[max(0, found.start() - 45) : found.start()])), None
    )


def _sure(pattern: "re.Pattern[str]", text: str) -> bool:
    """Whether one of the pattern's words is said without "not" or "tried to" before it."""
    return _first(pattern, text) is not None
