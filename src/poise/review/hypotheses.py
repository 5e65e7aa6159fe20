"""Suspicions that turned out wrong, with the minutes that each took."""

import re
from collections.abc import Sequence

from poise.model.postmortem import Cause, Event, Moment, WrongHypothesis
from poise.model.regexp import regexp
from poise.review.layers import scores
from poise.review.milestones import in_order

_OUT = regexp(
    r"\b(?:rul(?:ed|es|ing) out|exonerat\w+|cleared|excluded|not (?:the|a) (?:cause|problem)|was (?:fine|healthy"
    r"|innocent)|found (?:nothing|no)|no (?:fault|problem|issue)s? (?:was |were )?(?:found|in)|discarded|dismissed"
    r"|disproved|eliminated)\b",
    re.IGNORECASE,
)
_SUSPECT = regexp(
    r"\b(?:suspect\w*|suspicion|hypothes\w+|assum\w+|theor(?:y|ies)|believ\w+|thought|blam\w+|focus\w*|might be"
    r"|could be|appears? to be|looks? like|looked like|seem\w*|possibly|attributed)\b",
    re.IGNORECASE,
)
_CLAUSE = regexp(r"(?<=[.;!?])\s+|,\s+(?:but|so|and|then|next)\s+|\s+(?:but|then|instead)\s+")


def wrong_hypotheses(events: Sequence[Event], cause: Cause, found: Moment | None) -> tuple[WrongHypothesis, ...]:
    """Each suspicion of another layer than the one to blame, from when it was voiced until it was ruled out, another took its place, or the
    cause was found. Suspicions whose layer the text does not name are left out."""
    open_: dict[str, Event] = {}
    made: list[WrongHypothesis] = []
    for event in in_order(events):
        if found is not None and event.time.minutes_after(found) >= 0:
            break
        if event.kind not in ("hypothesis", "action", "cause"):
            continue
        ruled, raised = _told(event)
        ruled |= set(open_) if ruled and not ruled & set(open_) and not raised else set()
        for layer in list(open_):
            if layer in ruled or (raised and layer not in raised):
                made.append(_closed(open_.pop(layer), layer, event.time))
        for layer in raised - set(open_) - ruled:
            if layer == cause.layer:
                continue
            if event.until is not None:
                made.append(_closed(event, layer, event.until))
            else:
                open_[layer] = event
    made += [_closed(event, layer, found) for layer, event in open_.items()]
    return tuple(sorted(made, key=lambda h: h.opened.minutes_after(made[0].opened)))


def _closed(event: Event, layer: str, at: Moment | None) -> WrongHypothesis:
    return WrongHypothesis(layer, event.time, at, event.time.quote)


def _told(event: Event) -> tuple[set[str], set[str]]:
    """The layers that the event rules out, and those that it suspects."""
    ruled: set[str] = set()
    raised: set[str] = set()
    for clause in _CLAUSE.split(event.text):
        ranked = sorted(scores(clause).items(), key=lambda each: -each[1])
        layer = ranked[0][0] if ranked and ranked[0][1] >= 2 else None
        if layer is None:
            continue
        if _OUT.search(clause):
            ruled.add(layer)
        elif _SUSPECT.search(clause):
            raised.add(layer)
    return ruled, raised
