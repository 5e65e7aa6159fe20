"""What a length of time in a sentence is the length of, by the words around it."""

import re

from poise.model.postmortem import LengthOf
from poise.model.regexp import regexp

_DETECTED_BEFORE = regexp(
    r"\b(?:m?ttd|time to (?:detect\w*|notice)|detection (?:took|delay(?: was)?|time(?: was)?)"
    r"|(?:detected|noticed|discovered|alerted)(?: only)? after)\W{0,3}$",
    re.IGNORECASE,
)
_DETECTED_BEHIND = regexp(
    r"\W*(?:to (?:notice|detect|find out|discover)|after the (?:start|beginning|onset|first error|impact began))\b", re.IGNORECASE
)
_ALARM = regexp(r"\b(?:alert\w*|alarm|page|detect\w*|notic\w+|took us|took)\b", re.IGNORECASE)
_RESOLVED_BEFORE = regexp(
    r"\b(?:m?ttr|time to (?:recover\w*|restor\w+|resol\w+|repair|fix)|(?:recovery|restoration|resolution) (?:took|time(?: was)?)"
    r"|(?:resolved|restored|recovered|fixed)(?: only)? after)\W{0,3}$",
    re.IGNORECASE,
)
_RESOLVED_BEHIND = regexp(r"\W*to (?:restore|recover|resolve|repair|fix|get (?:it|everything) back)\b", re.IGNORECASE)
_NEEDED = regexp(r"\b(?:took|needed|required)(?: us)?\W{0,3}(?:about |some |around )?$", re.IGNORECASE)
HARMED = (
    r"(?:down|offline|unavailable|unreachable|inaccessible|unusable|could not \w+|cannot \w+|were unable to \w+|unable to \w+"
    r"|did not work"
    r"|not (?:available|reachable|possible|working)|no \w+ (?:could|was possible)|nobody could \w+|without service)"
)
_HARMED_FOR = regexp(
    rf"\b{HARMED}\b[^.;]{{0,30}}?(?:\bfor\b)?\W{{0,2}}(?:about |some |around |roughly |nearly |a total of )*$", re.IGNORECASE
)
_FOR = regexp(r"^\W*for (?:about |some |around |roughly |nearly )*$", re.IGNORECASE)
_HARMED_BEHIND = regexp(rf"[^.;]{{0,40}}\b{HARMED}", re.IGNORECASE)
_TOOK = regexp(
    r"\b(?:incident|outage|disruption|whole thing|it all)\b[^.;]{0,20}\b(?:took|went on for"
    r"|persisted for|ran for)\W{0,2}(?:about |roughly |some )*$",
    re.IGNORECASE,
)


def milestone(before: str, behind: str) -> LengthOf | None:
    """The milestone that the length counts to, None where it counts to none."""
    if _DETECTED_BEFORE.search(before) or (_DETECTED_BEHIND.match(behind) and _ALARM.search(before)):
        return "to_detect"
    if _RESOLVED_BEFORE.search(before) or (_RESOLVED_BEHIND.match(behind) and _NEEDED.search(before)):
        return "to_resolve"
    return None


def of_harm(before: str, behind: str) -> bool:
    """Whether it is how long users were harmed."""
    return bool(_HARMED_FOR.search(before) or _TOOK.search(before) or (_FOR.match(before) and _HARMED_BEHIND.match(behind)))
