"""`poise watch`: look at live load balancers, say what is wrong, keep the incidents."""

import asyncio
import signal
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import timedelta
from functools import partial

from poise.alerting.act import Act
from poise.app.alert_delivery import AlertDelivery
from poise.app.dashboard_page import DashboardPage, dashboard_page
from poise.app.first_look import blind, from_files, helps_for
from poise.app.history_keeper import HistoryKeeper
from poise.app.incident import store_path
from poise.app.live import now
from poise.app.metrics_page import metrics_page
from poise.app.service_manager import ServiceManager
from poise.app.watch_alerting import alerting, closer, receivers_of
from poise.app.watch_options import Screen, WatchOptions
from poise.app.watch_reviews import WatchReviews
from poise.app.watch_start import MOST_SHOWN, read_watched
from poise.app.watching import Store, Watching
from poise.daemon.fleet import Fleet
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick, Watcher
from poise.incidents.durations import words
from poise.incidents.log_event import alert_words
from poise.model.could_not import CouldNot
from poise.report.watch_opening import opening
from poise.store.history.sample_history import history_path

# A locked store must not hold up the alerts for long.
BUSY = timedelta(seconds=2)


class Watch:
    """One run of the command. `watched` are the load balancers if they were read already, `shown` those whose opening was."""

    def __init__(
        self, options: WatchOptions, screen: Screen, watched: Sequence[Watched] | None = None, shown: Collection[str] = ()
    ) -> None:
        self._options, self._screen, self._watched, self._shown = options, screen, watched, set(shown)
        self._began = now()
        self._watching: dict[str, Watching] = {}
        self._told_file: set[str] = set()
        self._reviews = WatchReviews(store_path(options.store), options.review, self._tell)
        self._store = Store(store_path(options.store), BUSY, screen.tell)
        self._history = HistoryKeeper(history_path(store_path(options.store)), options.scope, screen.tell)
        self._tasks: set[asyncio.Task[None]] = set()
        self._several = False
        self._service = ServiceManager()
        self._alerts = AlertDelivery((), None, screen.tell, now)
        self._expose: Callable[[Tick], None] = lambda tick: None
        self._dashboard: DashboardPage | None = None

    @property
    def answered(self) -> bool:
        """Whether a load balancer ever did."""
        return any(each.seen.answered for each in self._watching.values())

    async def run(self) -> None:
        """Until the end, SIGTERM or Ctrl-C."""
        watched = self._watched
        if watched is None:
            watched, problems = await asyncio.to_thread(read_watched, self._options)
            self._tell_problems(problems)
        if not watched:
            return
        self._several = len(watched) > 1
        self._fleet = Fleet(watched, now, opened=self._opened, more=self._reviews.detectors, broken=self._broke)
        for each in watched:
            self._begin(each)
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        loop.add_signal_handler(signal.SIGHUP, self._reread)
        if task is not None:
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        path, scope = store_path(self._options.store), self._options.scope
        try:
            async with (
                metrics_page(self._options.metrics, path.parent, self._screen.tell) as self._expose,
                dashboard_page(
                    self._options.dashboard, path, self._options.terminal, self._history.flush, self._screen.tell
                ) as self._dashboard,
                alerting(receivers_of(watched, self._screen.tell), path, scope, self._screen.tell, now, self._in_hand) as self._alerts,
            ):
                await self._alerts.adopt([each.name for each in watched])
                self._service.ready()
                seconds = self._options.seconds
                # Counted from where the looks begin: a store that is made for the first time takes a second.
                await self._fleet.run(self._take, None if seconds is None else now() + timedelta(seconds=seconds))
                for watching in self._watching.values():
                    await watching.finish()
        finally:
            self._service.stopping()
            for name, watching in self._watching.items():
                watching.close()
                for line in self._last_words(name, watching):
                    self._screen.tell(line)
            self._store.close()
            # Last, for it waits: a second signal cuts it short, and costs nothing else.
            await self._history.close()

    def _broke(self, name: str, error: BaseException) -> None:
        reason = f"{type(error).__name__}: {error}; this is a defect of poise, please report it. Its watch begins anew, the others go on"
        self._screen.tell(f"could not: load-balancer {name}: {reason}")

    def _begin(self, watched: Watched) -> None:
        record = self._options.record
        if record is not None and self._several:
            record = record / watched.name
        self._watching[watched.name] = Watching(watched, record, self._store, partial(self._tell, watched.name))
        self._reviews.follow(watched)

    def _tell(self, name: str, line: str) -> None:
        self._screen.tell(f"{name}: {line}" if self._several else line)

    def _tell_problems(self, problems: Sequence[CouldNot]) -> None:
        for problem in problems:
            where = f":{problem.line}" if problem.line is not None else ""
            self._screen.tell(f"could not: {problem.what}{where}: {problem.reason}")

    def _opened(self, watcher: Watcher) -> None:
        """The configuration of one was read, and nothing was looked at yet."""
        adopted = self._alerts.alerts_of(watcher.load_balancer)
        watcher.adopt(adopted, now())
        self._introduce(watcher)
        watching = self._watching.get(watcher.load_balancer)
        if watching is not None and not watching.seen.turns and len(self._watching) <= MOST_SHOWN:
            for alert in adopted:
                self._tell(watcher.load_balancer, f"{alert_words(alert)} [firing since an earlier watch]")

    def _introduce(self, watcher: Watcher) -> None:
        if watcher.load_balancer in self._shown:
            self._shown.discard(watcher.load_balancer)
            return
        configuration = watcher.configuration
        lines = opening(watcher.load_balancer, configuration.paths, configuration.topology, watcher.needs, watcher.reach)
        self._screen.block(lines if len(self._watching) <= MOST_SHOWN else lines[:2])

    async def _take(self, tick: Tick) -> None:
        name = tick.load_balancer
        watching = self._watching.get(name)
        if watching is None:
            return
        self._expose(tick)
        self._service.alive(now(), f"watches {len(self._watching)} load balancer{'s' if self._several else ''}")
        first = watching.seen.turns == 0
        # Before anything that waits for the incident's disk and the diagnosis: somebody may have to be woken.
        await self._alerts.take(name, tick, now(), closer(watching.watched))
        self._history.take(watching.watched, tick)
        await watching.take(tick, now())
        if first:
            product = next((topology.product for topology in tick.window.topologies), "haproxy")
            for line in helps_for(tick.could_not, " ".join(watching.watched.configurations), product):
                self._tell(name, line)
        self._screen.show(tick, name if self._several else "", len(self._watching) > MOST_SHOWN)
        if self._dashboard is not None:
            self._dashboard.show(watching.watched, tick)
        words_of_cadence = self._fleet.slower(name)
        if words_of_cadence is not None:
            self._tell(name, words_of_cadence)
        if self._reviews.due(name, tick):
            self._keep(self._reviews.take(name, tick))
        if name in self._told_file and watching.seen.measured:
            self._told_file.discard(name)
            self._tell(name, "its servers are measured now")
        if blind(watching.seen.turns, watching.seen.measured) and name not in self._told_file and len(self._watching) <= MOST_SHOWN:
            self._told_file.add(name)
            self._keep(self._say_file(watching, tick))

    async def _in_hand(self, name: str, act: Act) -> None:
        if (watching := self._watching.get(name)) is not None:
            await watching.acknowledged(act, now())

    async def _say_file(self, watching: Watching, tick: Tick) -> None:
        """It does not answer: what its file alone says, found while the others are watched."""
        topology = next(iter(tick.window.topologies), None)
        name = watching.watched.name
        if topology is None:
            self._tell(name, "poise goes on trying to read it, and says when there are figures")
            return
        lines = await asyncio.to_thread(from_files, watching.watched, topology)
        self._screen.block([f"{name}: {lines[0]}", *lines[1:]] if self._several else lines)
        self._tell(name, "poise goes on trying, and says when there are figures")

    def _keep(self, what: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(what)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A defect beside the looks does not end the watch, and is told."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._screen.tell(f"could not: {type(error).__name__}: {error}; this is a defect of poise, please report it. The watch goes on")

    def _reread(self) -> None:
        self._keep(self._take_up())

    async def _take_up(self) -> None:
        watched, problems = await asyncio.to_thread(read_watched, self._options)
        self._tell_problems(problems)
        if not watched:
            self._screen.tell("SIGHUP: nothing to watch is left, so the watch goes on as before")
            return
        await self._alerts.receive(receivers_of(watched, self._screen.tell))
        names = {each.name for each in watched}
        for name in self._watching.keys() - names:
            self._watching.pop(name).close()
            self._reviews.end(name)
        self._several = self._several or len(watched) > 1
        for each in watched:
            if each.name not in self._watching:
                self._begin(each)
            else:
                await self._watching[each.name].follow(each, now())
                self._reviews.follow(each)
        self._fleet.take_up(watched)
        if self._dashboard is not None:
            self._dashboard.keep(names)
        # Now that none of them has a turn in which another alert could fire.
        await self._alerts.end_others(names)
        self._screen.tell("SIGHUP: configurations, needs and inventory are read again")

    def _last_words(self, name: str, watching: Watching) -> list[str]:
        """What was seen, when the watch ends."""
        seen = watching.seen
        about = f"{name} " if self._several else ""
        lasted = words(now() - self._began)
        if not seen.turns:
            return [f"{name}: it ended before the first look" if self._several else "ended before the first look"]
        if not seen.answered:
            return [f"watched {about}for {lasted}: it never answered"]
        answers = f"{seen.answered} answer{'' if seen.answered == 1 else 's'}{'' if seen.measured else ', its servers were never measured'}"
        lines = [f"watched {about}for {lasted}: {answers}, {len(seen.alerts) or 'no'} alert{'' if len(seen.alerts) == 1 else 's'}"]
        lines += [f"  {'still firing' if key in seen.firing else 'over'}: {said}" for key, said in seen.alerts.items()]
        return lines + [f"  incident {each}: `poise incident show {each}`" for each in seen.incidents]
