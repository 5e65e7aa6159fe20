"""`poise docs CONFIG`: the documentation of a configuration, and what differs from the one that was kept."""

import difflib
from collections.abc import Sequence
from datetime import date

from poise.app.acceptances import declared
from poise.app.audit import AuditOptions, audit
from poise.app.needs_scopes import scopes
from poise.app.predict import predict
from poise.model.needs import Needs
from poise.reading.read import Sources, judged_by, read
from poise.report.description.comments import Comments
from poise.report.description.described import Described

MOST_LINES = 200


def describe(sources: Sources, needs_path: str | None, today: date) -> Described:
    """All that these files say and lead to, as of `today` (an acceptance may have ended)."""
    audited = audit(sources, AuditOptions(needs_path), today)
    forecast = predict(sources, needs_path)
    topologies = read(sources, by=judged_by(sources)).topologies
    needs, _ = declared(needs_path, sources.first)
    first, further = scopes(needs_path, sources.first, topologies)
    by_file: dict[str, Needs] = {topology.file: needs for topology in first}
    by_file |= {topology.file: scope.needs for scope in further for topology in scope.topologies}
    forecasts = {(each.file, each.pool): each for each in forecast.pools}
    return Described(topologies, audited, forecast, by_file, Comments.of(dict(audited.texts)), forecasts)


def difference(kept: str, made: str, name: str) -> Sequence[str]:
    """How the kept documentation differs from what it would be now, as lines of a unified diff; empty where it does not."""
    found = [*difflib.unified_diff(kept.splitlines(), made.splitlines(), name, "as it is now", lineterm="", n=2)]
    if len(found) > MOST_LINES:
        found[MOST_LINES:] = [f"… and {len(found) - MOST_LINES} more lines"]
    return found
