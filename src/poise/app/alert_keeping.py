"""Keeps what alerting decides in the store, and what it could not write until it can."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from poise.store.alert_store import AlertStore, Changes
from poise.store.store_error import StoreError

TRY_AGAIN = timedelta(seconds=5)
# Old rows go while the watch runs: one that runs for years starts once.
PRUNE_EVERY = timedelta(hours=6)
# Of messages that came and went while the disk was full; each is a kilobyte.
MOST_UNSAVED = 5_000


class AlertKeeping:
    """`store` None keeps nothing. Whatever fails is told once, and again when it is over."""

    def __init__(self, store: AlertStore | None, tell: Callable[[str], None]) -> None:
        self._store, self._tell = store, tell
        self._unsaved = Changes()
        self._writing = asyncio.Lock()
        self._failed: datetime | None = None
        self._since: datetime | None = None
        self._dropped = 0
        self._pruned: datetime | None = None

    def resting(self, now: datetime) -> bool:
        """Whether the store failed a moment ago and is let alone."""
        return self._failed is not None and now < self._failed + TRY_AGAIN

    async def save(self, changes: Changes, now: datetime, last: bool = False) -> None:
        """Keep these. Where the store fails they wait for the next time: nobody goes untold because a disk is full."""
        if self._store is None:
            return
        self._unsaved.add(changes)
        self._bound()
        if not self._unsaved or (self.resting(now) and not last):
            return
        async with self._writing:
            waiting, self._unsaved = self._unsaved, Changes()
            if not waiting:
                return
            try:
                await asyncio.to_thread(self._store.save, waiting)
            except StoreError as error:
                self._again(waiting)
                self.failed(error, now)
            except asyncio.CancelledError:
                # Written or not: written twice it is the same.
                self._again(waiting)
                raise
            else:
                self._written()

    async def prune(self, now: datetime) -> None:
        """Forget what was settled long ago, now and then. It is tried again where it fails: nothing is lost by it."""
        first = self._pruned is None
        if self._store is None or self.resting(now) or (self._pruned is not None and now < self._pruned + PRUNE_EVERY):
            return
        self._pruned = now
        if first:  # the load of the start did it
            return
        try:
            await asyncio.to_thread(self._store.prune, now)
        except StoreError as error:
            self.failed(error, now)

    def failed(self, error: StoreError, now: datetime) -> None:
        """The store could not be read or written."""
        if self._failed is None:
            self._since = now
            self._tell(
                f"could not: the alerts are not stored: {error}. Messages are sent all the same; after a restart some may come twice"
            )
        self._failed = now

    def _again(self, waiting: Changes) -> None:
        waiting.add(self._unsaved)
        self._unsaved = waiting

    def _written(self) -> None:
        if self._failed is not None:
            lost = f"; {self._dropped} messages of that time are missing in `poise alert list`" if self._dropped else ""
            self._tell(f"the alerts are stored again{lost}")
            self._failed = self._since = None
            self._dropped = 0

    def _bound(self) -> None:
        """The oldest messages that began after the store failed, and are through, are given up: they are history, and no row in the store
        says otherwise."""
        over = len(self._unsaved.deliveries) - MOST_UNSAVED
        if over <= 0 or self._since is None:
            return
        through = [d for d in self._unsaved.deliveries.values() if d.state != "waiting" and d.decided >= self._since]
        # A tenth at once: not each message looks through all.
        for each in through[: over + MOST_UNSAVED // 10]:
            del self._unsaved.deliveries[each.id]
            if not self._dropped:
                self._tell(
                    f"could not: more than {MOST_UNSAVED} messages wait for the store: of those that are through, the oldest will be "
                    "missing in `poise alert list`. What was sent was sent; free the disk, or name another store with --store"
                )
            self._dropped += 1
