"""Hands messages to receivers: pages first, a few at a time, and one at a time to a receiver that does not answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from poise.alerting.backoff import backoff
from poise.alerting.decision import Place
from poise.alerting.notification import Notification
from poise.notifiers.notifier import Notifier
from poise.notifiers.notify_error import NotifyError

AT_ONCE = 4


@dataclass(slots=True)
class Health:
    """How a receiver fares. After `failures` it is tried again at `retry`, with one message only: the others wait for that one."""

    failures: int = 0
    retry: datetime | None = None
    told: bool = False


@dataclass(slots=True)
class Job:
    """One message on its way; `tries` counts the attempts that failed."""

    place: Place
    notification: Notification
    tries: int = 0
    running: bool = False


Refresh = Callable[[Job], Awaitable[bool]]
Settle = Callable[[Job, str, str | None], Awaitable[None]]


class AlertSender:
    """`refresh` brings a message up to date before it is tried again (False: it is not to be sent); `settle` hears of each outcome:
    "delivered", "refused" or "failed", with the reason."""

    def __init__(self, notifiers: Mapping[str, Notifier], clock: Callable[[], datetime], refresh: Refresh, settle: Settle) -> None:
        self._notifiers, self._clock, self._refresh, self._settle = notifiers, clock, refresh, settle
        self.jobs: dict[Place, Job] = {}
        self.health: dict[str, Health] = {name: Health() for name in notifiers}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def use(self, notifiers: Mapping[str, Notifier]) -> None:
        """From now on these."""
        self._notifiers = notifiers
        self.health = {name: self.health.get(name) or Health() for name in notifiers}

    def put(self, place: Place, notification: Notification, tries: int = 0) -> None:
        """This is what the group says now; what it would have said before is dropped."""
        running = self.jobs.get(place)
        if running is not None and running.running:
            running.notification = notification
            return
        self.jobs[place] = Job(place, notification, tries)

    def drop(self, place: Place) -> None:
        """There is nothing left to say."""
        self.jobs.pop(place, None)

    def start(self, now: datetime) -> None:
        """Begin what is due."""
        if self._closed:
            return
        for name, health in self.health.items():
            if health.retry is not None and now < health.retry:
                continue
            mine = [job for job in self.jobs.values() if job.place[0] == name]
            free = (1 if health.failures else AT_ONCE) - sum(job.running for job in mine)
            waiting = sorted((job for job in mine if not job.running), key=lambda j: (not j.notification.pages, j.tries, j.notification.at))
            for job in waiting[: max(0, free)]:
                job.running = True
                task = asyncio.get_running_loop().create_task(self._try(job, health))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def idle(self, seconds: float | None = None) -> bool:
        """Wait until nothing is on its way, at most so long; False where something still is."""
        loop = asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        while self._tasks and (end is None or loop.time() < end):
            await asyncio.wait(tuple(self._tasks), timeout=None if end is None else end - loop.time(), return_when=asyncio.FIRST_COMPLETED)
        return not self._tasks

    async def close(self, seconds: float) -> None:
        """Let what is on its way arrive, then let go."""
        self._closed = True
        await self.idle(seconds)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _try(self, job: Job, health: Health) -> None:
        try:
            if job.tries and not await self._refresh(job):
                return
            await self._notifiers[job.place[0]].send(job.notification)
        except NotifyError as error:
            if error.permanent:
                self.jobs.pop(job.place, None)
                await self._settle(job, "refused", str(error))
                return
            await self._failed(job, health, str(error))
        except Exception as error:  # a defect of a notifier or of a library must not end the watch, nor lose the message
            await self._failed(job, health, f"{type(error).__name__} in the notifier; this is a defect of poise, please report it")
        else:
            health.failures, health.retry = 0, None
            self.jobs.pop(job.place, None)
            await self._settle(job, "delivered", None)
        finally:
            job.running = False
            if not health.failures:
                self.start(self._clock())

    async def _failed(self, job: Job, health: Health, why: str) -> None:
        job.tries += 1
        health.failures += 1
        health.retry = self._clock() + backoff(job.place[0], health.failures)
        await self._settle(job, "failed", why)
