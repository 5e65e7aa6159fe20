"""What a field of a head states, by the words of its key: "Impact start (UTC)" and "Time of start" are both the start."""

import re
from functools import lru_cache
from typing import Literal

from poise.model.regexp import regexp

Meaning = Literal[
    "start", "end", "resolved", "detected", "acknowledged", "cause_found", "mitigated", "window", "length", "to_detect", "to_acknowledge",
    "to_mitigate", "to_resolve",
]  # fmt: skip
# Words that say nothing of which of them it is.
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "how incident outage impact issue event service services downtime disruption disturbance problem failure declared official actual"
        " estimated approximate time times date datetime timestamp at of the on and utc gmt was is for first customer user by in total full"
        " overall stated reported minutes mins min hours hrs local all interruption degradation unavailability",
    )
)
_SAYS: dict[str, Meaning] = {
    **dict.fromkeys(("start", "started", "starts", "starting",
                    "began", "begin", "begins", "beginning", "onset", "from", "opened"), "start"),
    **dict.fromkeys(("end", "ended", "ends", "ending", "finish", "finished", "until", "till", "to", "closed", "over"), "end"),
    **dict.fromkeys(("resolved", "restored", "recovered", "resolution", "fixed", "restoration", "recovery"), "resolved"),
    **dict.fromkeys(("detected", "detection", "noticed", "alerted", "discovered", "seen"), "detected"),
    **dict.fromkeys(("acknowledged", "acknowledgement", "acknowledgment", "responded"), "acknowledged"),
    **dict.fromkeys(("identified", "diagnosed"), "cause_found"),
    **dict.fromkeys(("mitigated", "mitigation", "contained"), "mitigated"),
    **dict.fromkeys(("duration", "length", "lasted", "took", "long", "down"), "length"),
    **dict.fromkeys(("when", "window", "period", "span", "timeframe", "frame"), "window"),
}  # fmt: skip
_LENGTH_TO = regexp(r"\btime (?:to|until|till|taken to|needed to|before) (?P<what>[a-z]+)|\b(?:m?tt(?P<short>[darm]))\b")
_TO: tuple[tuple[str, Meaning], ...] = (
    ("detect notice discover alarm alert find", "to_detect"),
    ("acknowledge respon engage react answer", "to_acknowledge"),
    ("mitigat contain", "to_mitigate"),
    ("recover resol restor repair fix solve end", "to_resolve"),
)
_SHORT: dict[str, Meaning] = {"d": "to_detect", "a": "to_acknowledge", "m": "to_mitigate", "r": "to_resolve"}
_WORD = regexp(r"[a-z]+")
_ASIDE = regexp(r"\([^()]{0,60}\)")
LONGEST = 60


@lru_cache(maxsize=1024)
def meaning(key: str) -> Meaning | None:
    """What a field of that key states, None where it is something else. Keys are in lower case."""
    if len(key) > LONGEST:
        return None
    key = _ASIDE.sub(" ", key).strip()
    if any(c.isdigit() for c in key):
        return None  # "From 10:20 to 12:05" is no field
    to = _LENGTH_TO.search(key)
    if to:
        if to["short"]:
            return _SHORT[to["short"]]
        return next((name for stems, name in _TO if to["what"].startswith(tuple(stems.split()))), None)
    words = _WORD.findall(key)
    if words and words[-1] in ("delay", "lag") and any(word.startswith(("detect", "alert")) for word in words):
        return "to_detect"
    left = [word for word in words if word not in _FILLERS]
    if words and not left:
        # Nothing but "downtime", "total time", "incident date".
        if "downtime" in words or words[0] in ("total", "overall", "full"):
            return "length"
        return "window" if any(word in ("time", "times", "date", "datetime") for word in words) else None
    said = {_SAYS.get(word) for word in left}
    if said in ({"start", "end"}, {"window", "length"}):
        return "window"
    if said == {None, "cause_found"} or ("cause" in left and left[-1] in ("found", "identified", "known")):
        return "cause_found" if "cause" in left else None
    return said.pop() if len(said) == 1 else None
