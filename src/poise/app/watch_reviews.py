"""The scheduled reviews of all load balancers of a watch, as `--review` or each one's `[watch] review` asks for them now."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from poise.app.review_schedule import schedule
from poise.app.scheduled_review import ScheduledReview
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.detectors import acceptance_ended, review_worse
from poise.detectors.detector import Detector
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

OVER = "it is not reviewed any more"


class WatchReviews:
    """Reviews are kept in `store`; `asked` is what `--review` says, which goes before every poise.toml. `tell` gets the name of the load
    balancer and a line."""

    def __init__(self, store: Path, asked: str | None, tell: Callable[[str, str], None]) -> None:
        self._store, self._asked, self._tell = store, asked, tell
        self._reviews: dict[str, ScheduledReview] = {}
        self._over: set[str] = set()
        self._one = asyncio.Lock()

    def follow(self, watched: Watched) -> None:
        """It is declared so from now on: another schedule, none any more, or one for the first time."""
        when = schedule(self._asked or watched.needs.watch.review or "")
        review = self._reviews.get(watched.name)
        if when is None:
            self.end(watched.name)
        elif review is None or review.watched.configurations != watched.configurations:
            self._reviews[watched.name] = ScheduledReview(watched, self._store, when)
        else:
            review.watched, review.when = watched, when

    def end(self, name: str) -> None:
        """Nobody reviews it any more."""
        if self._reviews.pop(name, None) is not None:
            self._over.add(name)

    def detectors(self, watched: Watched) -> tuple[Detector, ...]:
        """What judges its last review at each look. Always there: reviews may be asked for while it is watched."""
        own = (review_worse.DETECTOR, acceptance_ended.DETECTOR)
        return tuple(replace(each, judge=partial(self._judged, watched.name, each.name)) for each in own)

    def due(self, name: str, tick: Tick) -> bool:
        """Whether to call `take` now."""
        return (review := self._reviews.get(name)) is not None and review.due(tick)

    async def take(self, name: str, tick: Tick) -> None:
        """Review it, after those that are under way: each takes a second of a processor."""
        review = self._reviews[name]
        async with self._one:
            for line in await asyncio.to_thread(review.take, tick):
                self._tell(name, line)

    def _judged(self, name: str, detector: str, window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
        if (review := self._reviews.get(name)) is not None:
            return next(each for each in review.detectors if each.name == detector).judge(window, now)
        # What the last one found must not fire for ever.
        ended = Verdict(detector, f"load-balancer {name}", "ok", "warning", False, OVER, OVER)
        return (ended,) if name in self._over else ()
