"""When hypotheses could have been ruled out, for a terminal."""

from collections.abc import Sequence
from datetime import timedelta

from poise.incidents.durations import words
from poise.incidents.figures import evidence_words
from poise.incidents.postmortem_tables import clock
from poise.model.incident import BoardHypothesis, Check
from poise.report.svg import clean


def look_back_text(found: Sequence[tuple[BoardHypothesis, Check | None, int]]) -> str:
    """A line each: the hypothesis, the first moment that ruled it out and by which figure, and how many moments were looked at."""
    if not found:
        return "No hypothesis is on the board that was not confirmed.\n"
    lines = []
    for h, could, moments in found:
        name = f"“{clean(h.statement)}” ({h.layer})"
        if could is None:
            lines.append(f"{name}: not ruled out by the figures at {moments} moment{'' if moments == 1 else 's'} of its time")
            continue
        saved = "" if h.closed is None or h.closed <= could.at else f", {words(h.closed - could.at)} before it was"
        at = clock(could.at)
        after = words(max(could.at - h.opened, timedelta()))
        lines.append(
            f"{name}: could have been ruled out at {at}, {after} after it was opened{saved}: {clean(evidence_words(could.evidence[0]))}"
        )
    return "\n".join(lines) + "\n"
