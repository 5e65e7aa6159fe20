"""Incidents on the dashboard, as by `poise incident`: read from the store, and kept in it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, TypeVar, get_args
from urllib.parse import quote

import numpy as np

from poise.app import incident as app
from poise.app import incident_acts as acts
from poise.app.dashboard_past import Pasts
from poise.app.incident_pages import newest
from poise.app.live import now
from poise.daemon.watched import Watched
from poise.incidents.durations import durations
from poise.incidents.similar import similar
from poise.model.evidence import Evidence
from poise.model.incident import ActionKind, Incident, PostmortemStatus, TimeName
from poise.model.sample import Series, Window
from poise.store.store_error import StoreError
from poise.web.desk import RefusedError
from poise.web.incident_desk import IncidentPart, LibraryPart

T = TypeVar("T")
Looks = Callable[[], Sequence[tuple[Watched, Window]]]
MARGIN, MOST_MINUTES, MOST_HITS = 0.1, 31 * 1440, 50
# An open page is drawn anew every ten seconds: of so many the logs are read for what is similar.
MOST_COMPARED = 50


class Incidents:
    """`store` is where they are kept, `pasts` what was measured, `looks` the load balancers that are watched."""

    def __init__(self, store: Path, pasts: Pasts, looks: Looks) -> None:
        self._store, self._pasts, self._looks = store, pasts, looks

    async def library(self, words: str) -> LibraryPart:
        """See IncidentDesk."""

        def made() -> LibraryPart:
            from poise.report.incident_hits import said  # noqa: PLC0415
            from poise.report.incident_library import library_body  # noqa: PLC0415

            every = newest(self._store) if self._store.exists() else ()
            hits = app.search(self._store, words, MOST_HITS) if words.strip() and every else ()
            lines = tuple((hit.incident, f"{hit.event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC", said(hit)) for hit in hits)
            return LibraryPart(library_body(every, now(), _links(every)), lines)

        return await _told(made)

    async def one(self, incident: str) -> IncidentPart:
        """See IncidentDesk."""
        found, others = await _told(lambda: (app.one(self._store, incident), newest(self._store, MOST_COMPARED)))
        window = await self._window(found)

        def made() -> IncidentPart:
            from poise.report.incident_view import view_body  # noqa: PLC0415

            pursued = tuple((h.id, h.statement) for h in found.hypotheses if h.state in ("open", "supported"))
            body = view_body(found, window, now(), similar(found, others), _links(others))
            return IncidentPart(found.id, found.title or "without a title", found.status, found.postmortem, body, pursued)

        return await _told(made)

    async def postmortem(self, incident: str) -> tuple[str, str]:
        """See IncidentDesk."""

        def made() -> tuple[str, str]:
            from poise.app.postmortem import postmortem  # noqa: PLC0415
            from poise.report.incident_page import rendered  # noqa: PLC0415
            from poise.report.postmortem_page import with_notes  # noqa: PLC0415

            found = app.one(self._store, incident)
            return found.title, with_notes(rendered(postmortem(found, "markdown", app.Material())))

        return await _told(made)

    async def open(self, who: str, title: str) -> str:
        """See IncidentDesk."""
        return await _told(lambda: app.open_incident(self._store, title, "error", now(), now(), who))

    async def act(self, incident: str, act: str, who: str, said: Mapping[str, str]) -> None:
        """See IncidentDesk."""
        await _told(lambda: self._act(acts.Act(self._store, incident, now(), now(), who), act, said))

    def _act(self, act: acts.Act, what: str, said: Mapping[str, str]) -> None:
        text = said.get("text", "")
        if what in ("say", "decide"):
            acts.say(act, "note" if what == "say" else "decision", text)
        elif what == "hypothesis":
            app.hypothesis(act.store, act.incident, text, said.get("layer") or None, "open", act.at, act.now, act.who)
        elif what in ("rule-out", "confirm"):
            why, bits = said.get("why"), 1.0 if what == "confirm" else -1.0
            figures = (Evidence(why, None, None, bits, f"{act.who}, by hand"),) if why else ()
            acts.conclude(act, text, "confirmed" if what == "confirm" else "ruled_out", figures)
        elif what == "action":
            kind: ActionKind = _word(said.get("kind", ""), get_args(ActionKind))
            acts.action(act, text, acts.ActionChange(kind, said.get("owner") or None, _day(said.get("due", ""))))
        elif what == "time":
            name: TimeName = _word(text, get_args(TimeName))
            app.set_time(act.store, act.incident, name, act.at, "stated", act.now, act.who)
        else:
            status: PostmortemStatus = _word(text, get_args(PostmortemStatus))
            acts.postmortem(act, status)

    async def _window(self, incident: Incident) -> Window | None:
        """What was measured while it lasted, of the watched load balancer that it is about; None where nothing is kept of it."""
        start = durations(incident).start
        pools = {part.rpartition(" ")[2].partition("/")[0] for part in incident.about}
        if start is None:
            return None
        over = incident.times.get("resolved") or incident.times.get("mitigated")
        end = now() if over is None else over.at
        margin = (end - start) * MARGIN + timedelta(minutes=1)
        end = min(end + margin, now())
        minutes = min(max(ceil((end - start + margin).total_seconds() / 60), 2), MOST_MINUTES)
        for watched, window in self._looks():
            known = [pool.name for topology in window.topologies for pool in topology.pools]
            pool = next((name for name in known if name in pools), None) or (known[0] if known and not pools else None)
            if pool is None:
                continue
            try:
                counted = await self._pasts.counts(end, watched, pool, minutes)
                return await self._with_clients(counted, end, watched, minutes)
            except RefusedError:
                continue
        return None

    async def _with_clients(self, window: Window, end: datetime, watched: Watched, minutes: int) -> Window:
        series = dict(window.series)
        for metric in ("success_ratio", "p99_ms"):
            try:
                points = await self._pasts.series(end, watched, "client", metric, minutes)
            except RefusedError:
                continue
            series["client", metric] = Series(np.array([t for t, _ in points]), np.array([v for _, v in points]))
        return replace(window, series=series, needs=watched.needs)


async def _told(made: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(made)
    except app.IncidentError as error:
        raise RefusedError(str(error), 404) from error
    except StoreError as error:
        raise RefusedError(str(error), 503) from error


def _links(incidents: Sequence[Incident]) -> Mapping[str, str]:
    return {each.id: f"/incidents/{quote(each.id, '')}" for each in incidents}


def _word(said: str, allowed: tuple[str, ...]) -> Any:
    if said not in allowed:
        raise RefusedError(f"{said[:40]!r} is none of {', '.join(allowed)}")
    return said


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise RefusedError(f"{said[:40]!r} is no date: write it as 2026-12-01") from None
