"""What stands between a watch and the store: a store that fails costs neither the watch nor, when it works again, what was seen."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from poise.incidents.log_event import LogEvent
from poise.store.incident_log import IncidentLog
from poise.store.store_error import StoreError

# A locked store makes each attempt wait; alerts must not wait with it.
TRY_AGAIN = timedelta(seconds=30)
MOST_WAITING = 1000


class Journal:
    """Appends to the store; what the store refuses waits in memory, at most MOST_WAITING events, for the next event after TRY_AGAIN."""

    def __init__(self, log: IncidentLog) -> None:
        self._log = log
        self._waiting: deque[tuple[str, LogEvent]] = deque()
        self._lost = 0
        self._failed: datetime | None = None
        self._problem: str | None = None
        self._told = False

    @property
    def stored(self) -> bool:
        """Is all that was appended on stable storage?"""
        return not self._waiting and not self._lost

    def append_all(self, incident_id: str, events: Sequence[LogEvent], /) -> None:
        """Store these after what still waits. Never raises StoreError: `stored` and `news` tell."""
        now = events[-1].recorded_at
        room = MOST_WAITING - len(self._waiting)
        self._waiting.extend((incident_id, e) for e in events[:room])
        self._lost += len(events[room:])
        if self._failed is not None and now < self._failed + TRY_AGAIN:
            return
        try:
            while self._waiting:
                first = self._waiting[0][0]
                batch = [event for owner, event in self._waiting if owner == first]
                self._log.append_all(first, batch)
                self._waiting = deque(item for item in self._waiting if item[0] != first)
        except StoreError as error:
            self._failed, self._problem = now, str(error)
        else:
            self._failed = None

    def events(self, incident_id: str, /) -> tuple[LogEvent, ...]:
        """What the store has of that incident, and what waits for it. Raises StoreError where the store cannot be read."""
        return (*self._log.events(incident_id), *(event for owner, event in self._waiting if owner == incident_id))

    def news(self) -> list[str]:
        """That the store failed, once; that it works again, once."""
        if self._failed is not None and not self._told:
            self._told = True
            return [f"could not: the incident is not stored: {self._problem}. Poise goes on watching and tries again with the next event"]
        if self._failed is None and self._told:
            lost, self._lost, self._told = self._lost, 0, False
            return ["the incident store works again: " + (f"{lost} events were lost" if lost else "what was not stored is stored now")]
        return []
