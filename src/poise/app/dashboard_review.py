"""The files of what is watched, as `poise audit` and `poise predict` read them, beside the reviews that the watch keeps."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from poise.app import reviews
from poise.app.acceptances import Declared
from poise.app.audit import AuditOptions, audit
from poise.app.live import now
from poise.app.needs import read_needs
from poise.app.predict import predict
from poise.daemon.watched import Watched
from poise.model.sample import Window
from poise.reading.read import Sources
from poise.report import findings_json, forecast_json
from poise.report.reviews_json import reviews_document
from poise.store.store_error import StoreError

# Of more the page would be nothing that anybody reads: theirs are `poise reviews list`.
MOST = 20


@dataclass(frozen=True, slots=True)
class _Read:
    """What was made of one load balancer's files, and of which: they are read again when the watch has read others."""

    of: tuple[object, ...]
    audit: Mapping[str, Any]
    predict: Mapping[str, Any]


class Reviewed:
    """Reads what it read before only where it changed."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._reading = asyncio.Lock()
        self._read: dict[str, _Read] = {}

    async def review(self, every: Sequence[tuple[Watched, Window]]) -> Mapping[str, Any]:
        """See Desk."""
        async with self._reading:
            return await asyncio.to_thread(self._review, every[:MOST], every[MOST:], now().date())

    def _review(self, every: Sequence[tuple[Watched, Window]], more: Sequence[tuple[Watched, Window]], today: date) -> Mapping[str, Any]:
        self._read = {watched.name: self._of(watched, window, today) for watched, window in every}
        found = {key: _joined([getattr(each, key) for each in self._read.values()]) for key in ("audit", "predict")}
        left = [{"file": watched.name, "line": None, "reason": "not read here: `poise audit` does"} for watched, _ in more]
        for each in found.values():
            each["could_not"] = [*each.get("could_not", ()), *left]
        return {**found, "reviews": self._kept([watched.name for watched, _ in every])}

    def _of(self, watched: Watched, window: Window, today: date) -> _Read:
        of = (*window.topologies, watched.needs, today)
        known = self._read.get(watched.name)
        if known is not None and len(known.of) == len(of) and all(a is b or a == today == b for a, b in zip(of, known.of, strict=True)):
            return known
        sources = Sources(paths=watched.configurations, together=True)
        path = watched.needs_path
        declared = Declared(watched.needs) if path is None else Declared(*read_needs(path), str(path))
        audited = audit(sources, AuditOptions(needs=declared), today)
        return _Read(of, findings_json.to_json(audited), forecast_json.as_dict(predict(sources, declared)))

    def _kept(self, names: Sequence[str]) -> list[Any]:
        try:
            newest = [kept for name in names for kept in reviews.newest(self._store, 1, name)]
        except (StoreError, reviews.ReviewsError):
            return []
        found: list[Any] = reviews_document(newest)["reviews"]
        return found


def _joined(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """As if all had been read at once."""
    made: dict[str, Any] = {"version": 1}
    for document in documents:
        for key, value in document.items():
            if isinstance(value, list):
                made[key] = [*made.get(key, ()), *value]
    return made
