"""Incidents that are like another one: about the same components, in the same words, with the same layers suspected."""

import re
from collections.abc import Sequence

from poise.model.incident import Incident
from poise.model.light import dataclass

MOST = 3
# Two of these in common, or one component: less is what any two incidents share.
LEAST = 2.0
_WORD = re.compile(r"\w{4,}")
_EVERYWHERE = frozenset(("pool", "server", "requests", "incident", "fail", "fails", "their", "with", "from", "that", "over", "client"))


@dataclass(frozen=True, slots=True)
class Similar:
    """An incident that is like the one looked at. `cause` is the layer that was confirmed, None where none was."""

    incident: Incident
    score: float
    cause: str | None


def similar(of: Incident, others: Sequence[Incident], most: int = MOST) -> tuple[Similar, ...]:
    """The likest first, at most so many; of equal ones the newer. A component in common counts as two words of the titles, a suspected
    layer as half a word: a choice, not measured."""
    found = []
    for other in others:
        if other.id == of.id:
            continue
        score = (
            2.0 * len(set(of.about) & set(other.about)) + len(_words(of) & _words(other)) + 0.5 * len(_suspected(of) & _suspected(other))
        )
        if score >= LEAST:
            found.append(Similar(other, score, confirmed_layer(other)))
    found.sort(key=lambda s: (s.score, s.incident.opened.timestamp() if s.incident.opened else 0.0), reverse=True)
    return tuple(found[:most])


def confirmed_layer(incident: Incident) -> str | None:
    """The layer of the hypothesis that was confirmed; None where none was."""
    return next((h.layer for h in incident.hypotheses if h.state == "confirmed"), None)


def _words(incident: Incident) -> set[str]:
    return set(_WORD.findall(incident.title.casefold())) - _EVERYWHERE


def _suspected(incident: Incident) -> set[str]:
    return {h.layer for h in incident.hypotheses}
