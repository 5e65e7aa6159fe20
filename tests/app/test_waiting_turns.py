"""What waits for an incident's disk: no figures, and no turn that tells nothing beside one that waits."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from poise.app.watching import Store, Watching
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.sample import Block, Event, Stack, Window

START = datetime(2026, 11, 27, tzinfo=UTC)


def turn(second: int, *events: Event) -> Tick:
    at = START + timedelta(seconds=second)
    block = Block(at, ("web/a",), ("requests_total",), np.ones((1, 1)), "lb1 servers")
    return Tick(at, Window(Stack(), at), blocks=(block,), events=events)


def test_turns_that_wait_hold_no_figures_and_those_without_news_are_not_kept(tmp_path: Path) -> None:
    async def story() -> list[Tick]:
        store = Store(tmp_path / "incidents.db", timedelta(seconds=1), lambda _: None)
        watching = Watching(Watched("lb1", (str(tmp_path / "lb.cfg"),)), None, store, lambda _: None)
        async with store.lock:  # somebody's diagnosis takes its time
            for second in range(100):
                await watching.take(turn(second), START)
            await watching.take(turn(100, Event(START, "change", "edited", "pool web")), START)
            waiting = list(watching._waiting._queue)  # type: ignore[attr-defined]
        await watching.finish()
        watching.close()
        store.close()
        return waiting

    waiting = asyncio.run(story())
    assert len(waiting) == 2 and [bool(tick.events) for tick in waiting] == [False, True]
    assert not any(tick.blocks for tick in waiting)


def test_where_no_incident_is_open_only_news_waits(tmp_path: Path) -> None:
    async def story() -> list[Tick]:
        store = Store(tmp_path / "incidents.db", timedelta(seconds=1), lambda _: None)
        watching = Watching(Watched("lb1", (str(tmp_path / "lb.cfg"),)), None, store, lambda _: None)
        await watching.take(turn(0), START)
        await watching.finish()  # the store was opened, and has no incident of it
        news = turn(11, Event(START, "change", "edited", "pool web"))
        news.window.looked["a detector's table"] = np.ones(1000)
        async with store.lock:
            for second in range(1, 11):
                await watching.take(turn(second), START)
            await watching.take(news, START)
            waiting = list(watching._waiting._queue)  # type: ignore[attr-defined]
        await watching.finish()
        watching.close()
        store.close()
        return waiting

    waiting = asyncio.run(story())
    assert [bool(tick.events) for tick in waiting] == [True]
    assert not waiting[0].window.looked
