"""Many load balancers in one process: one that hangs delays no other, two of a pair are compared, SIGHUP's list is taken up."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.daemon import looks
from poise.daemon.fleet import Fleet
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.model.could_not import CouldNot
from poise.model.reach import Reach
from poise.model.sample import Block
from poise.model.scrape import Scrape
from poise.model.topology import Topology

BOUND_SECONDS = 30.0
REMOTE = Reach(socket="tcp://10.0.0.5:9999")


class Fake:
    """Answers at once; the one called `hangs` never does, and ends when it is closed."""

    def __init__(self, topology: Topology, name: str) -> None:
        self.topology, self.name = topology, name

    async def scrape(self, now: datetime) -> Scrape:
        if self.name == "hangs":
            await asyncio.sleep(3600)
        values = np.array([[9.0 if self.name == "edge2" else 1.0, 1.0]])
        return Scrape((), blocks=(Block(now, ("web/app1",), ("weight", "up"), values, f"{self.name} servers"),))

    async def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    def collector(topology: Topology, name: str, *_: object) -> tuple[Fake, tuple[CouldNot, ...]]:
        return Fake(topology, name), ()

    monkeypatch.setattr(looks, "collector", collector)


def watched(folder: Path, *names: str, pair: str | None = None) -> list[Watched]:
    for name in names:
        (folder / f"{name}.cfg").write_text("backend web\n    server app1 10.0.0.1:80\n")
    return [Watched(name, (str(folder / f"{name}.cfg"),), reach=REMOTE, pair=pair) for name in names]


class Clock:
    """The loop's own time, from a known instant on."""

    def __init__(self) -> None:
        self.start = asyncio.get_running_loop().time()

    def __call__(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, tzinfo=UTC) + timedelta(seconds=(asyncio.get_running_loop().time() - self.start))


async def until(fleet: Fleet, ticks: list[Tick], met: Callable[[Tick], bool]) -> None:
    async def handle(tick: Tick) -> None:
        ticks.append(tick)
        if met(tick):
            done.set()

    done = asyncio.Event()
    running = asyncio.ensure_future(fleet.run(handle))
    try:
        await asyncio.wait_for(done.wait(), BOUND_SECONDS)
    finally:
        running.cancel()
        await asyncio.wait([running])


def test_one_that_hangs_delays_no_other(tmp_path: Path) -> None:
    async def story() -> None:
        fleet, ticks, counts = Fleet(watched(tmp_path, "hangs", "a", "b"), Clock()), list[Tick](), Counter[str]()

        def met(tick: Tick) -> bool:
            counts[tick.load_balancer] += 1
            return counts["a"] >= 5 and counts["b"] >= 5

        await until(fleet, ticks, met)
        told = [problem.reason for tick in ticks if tick.load_balancer == "hangs" for problem in tick.could_not]
        assert any("no answer for" in reason for reason in told)

    asyncio.run(story())


def test_a_defect_in_what_is_done_with_one_ends_neither_it_nor_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.daemon.fleet.AFTER_DEFECT", timedelta(0))

    async def story() -> None:
        told: list[str] = []
        fleet = Fleet(watched(tmp_path, "a", "b"), Clock(), broken=lambda name, error: told.append(f"{name}: {error}"))
        ticks, counts = list[Tick](), Counter[str]()

        def met(tick: Tick) -> bool:
            counts[tick.load_balancer] += 1
            if tick.load_balancer == "a" and counts["a"] == 2:
                raise ValueError("a full disk")
            return counts["a"] >= 4 and counts["b"] >= 4

        await until(fleet, ticks, met)
        assert told == ["a: a full disk"]

    asyncio.run(story())


def test_a_pair_is_compared_and_its_list_taken_up(tmp_path: Path) -> None:
    async def story() -> None:
        pair = watched(tmp_path, "edge1", "edge2", pair="edge")
        fleet, ticks, counts = Fleet(pair, Clock()), list[Tick](), Counter[str]()

        def met(tick: Tick) -> bool:
            counts[tick.load_balancer] += 1
            if counts["edge2"] == 2:
                fleet.take_up([*pair, *watched(tmp_path, "new")])
            return counts["new"] >= 1 and any(v.detector == "pair_drift" and v.state == "bad" for t in ticks for v in t.verdicts)

        await until(fleet, ticks, met)
        found = {v.summary for t in ticks for v in t.verdicts if v.detector == "pair_drift" and v.state == "bad"}
        assert found == {"edge1 and edge2 disagree: app1 runs with weight 1 on edge1 and 9 on edge2"}
        assert {t.load_balancer for t in ticks for v in t.verdicts if v.detector == "pair_drift"} == {"edge1"}

    asyncio.run(story())
