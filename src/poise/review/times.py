"""Questions that several rules ask of times."""

import re

from poise.model.postmortem import Event, Moment
from poise.model.regexp import regexp
from poise.review.facts import Facts

# What lies further apart is a date that was misread, or the history of the defect.
LONGEST = 60 * 24 * 14
# No timeline that people wrote has as many events; all pairs of more would take too long.
MANY = 200
_ABOUT = regexp(r"(?:about|around|approx(?:imately|\.)?|roughly|circa|ca\.?|~|≈|shortly (?:after|before))\s*[*_\[(]*$", re.IGNORECASE)
_RESTORED = regexp(
    r"\b(?:restored|recovered|back (?:online|to normal|up|in service)|returned to normal|operating normally"
    r"|fully operational|normal again|healthy again|reachable again|back(?!up|log| out| in stock)|as usual|usual speed)\b",
    re.IGNORECASE,
)
_OF_WORK = regexp(
    r"\b(?:incident (?:was |is )?closed|announc\w+|status page|monitor\w*|declared|post(?:ed|mortem)|review)\b", re.IGNORECASE
)


def approximate(moment: Moment) -> bool:
    """Whether the document calls this time approximate."""
    place = moment.quote.text.find(moment.wall.strftime("%H:%M"))
    if place < 0:
        return any(word in moment.quote.text.lower() for word in ("about ", "around ", "approx", "~", "circa "))
    return bool(_ABOUT.search(moment.quote.text[:place]))


def last_restoration(facts: Facts) -> Event | None:
    """The last event that says that users had all of the service again."""
    found = [
        e for e in facts.ordered if e.kind in ("resolution", "mitigation") and _RESTORED.search(e.text) and not _OF_WORK.search(e.text)
    ]
    return found[-1] if found else None
