"""What was found in incidents, as text and as JSON."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poise.incidents.lifecycle import fold
from poise.incidents.postmortem_tables import clock
from poise.model.instants import rfc3339
from poise.report.svg import clean

if TYPE_CHECKING:
    from poise.incidents.found import Hit


def hits_text(found: "Sequence[Hit]") -> str:
    """Two lines each: which incident, and what was said when by whom."""
    if not found:
        return "Nothing says all these words.\n"
    lines = []
    for hit in found:
        at = clock(hit.event.at)
        lines += [f"{clean(hit.incident)}  {clean(hit.title)}", f"  {at}  {clean(said(hit))}  [{clean(hit.event.source)}]"]
    return "\n".join(lines) + "\n"


def hits_json(found: "Sequence[Hit]") -> str:
    """The same for programs."""
    rows = [
        {
            "incident": hit.incident,
            "title": hit.title,
            "event": hit.event.seq,
            "at": rfc3339(hit.event.at),
            "source": hit.event.source,
            "text": said(hit),
        }
        for hit in found
    ]
    return json.dumps({"version": 1, "found": rows}, ensure_ascii=False, indent=1) + "\n"


def said(hit: "Hit") -> str:
    """The event in words: the line that it is on a timeline, else its own texts."""
    alone = fold((hit.event,))
    if alone.timeline and not alone.timeline[0].text.startswith("Kept unread"):
        return alone.timeline[0].text
    texts = [str(v) for k, v in hit.event.payload.items() if isinstance(v, str) and k in ("title", "text", "statement", "name", "owner")]
    figures = [str(e.get("observable")) for e in hit.event.payload.get("evidence") or () if isinstance(e, dict)]
    return "; ".join((*texts, *figures)) or hit.event.kind.replace("_", " ")
