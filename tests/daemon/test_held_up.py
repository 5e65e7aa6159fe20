"""Poise that was held up has old figures of all load balancers, and none of them is silent for that."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from poise.daemon import looks
from poise.daemon.watcher import Watcher
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.reach import Reach
from poise.model.sample import Block
from poise.model.scrape import Scrape
from poise.model.topology import Topology

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES, METRICS = ("web/app1",), ("weight", "up")


class Slow:
    """Answers once, and then no more; where it `tells`, what a collector says of that."""

    def __init__(self, topology: Topology, tells: bool) -> None:
        self.topology, self.asked, self.tells = topology, 0, tells

    async def scrape(self, now: datetime) -> Scrape:
        self.asked += 1
        if self.asked > 1 and self.tells:
            return Scrape((), could_not=(CouldNot("lb1.sock", "no answer within 2 s", cause="hangs"),))
        if self.asked > 1:
            await asyncio.Event().wait()
        return Scrape((), blocks=(Block(now, NAMES, METRICS, np.ones((1, 2)), "lb1 servers"),))

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("seconds", "tells", "silent"),
    [
        # A turn after half a minute without any, and the look that it begins takes long.
        ((0, 40, 41, 46, 47, 60), False, ()),
        # Asked at 1 s it does not answer: figures are old at 10 s, and the alert waits for five more.
        (tuple(range(41)), True, range(16, 21)),
        # A look that never ends, whoever is to blame for it.
        (tuple(range(41)), False, range(31, 41)),
    ],
)
def test_who_was_not_asked_is_not_silent(
    seconds: Sequence[int], tells: bool, silent: Collection[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lb1.cfg").write_text("backend web\n    server app1 10.0.0.1:80\n")

    async def story() -> list[int]:
        balancer: list[Slow] = []

        def collector(topology: Topology, *_: object) -> tuple[Slow, tuple[CouldNot, ...]]:
            balancer.append(Slow(topology, tells))
            return balancer[0], ()

        monkeypatch.setattr(looks, "collector", collector)
        monkeypatch.setattr("poise.daemon.watcher.ROUND_SECONDS", 0.01)
        watcher = Watcher([str(tmp_path / "lb1.cfg")], Needs(), reach=Reach(socket="tcp://10.0.0.5:9999"))
        try:
            told = [
                (second, effect.alert.key)
                for second in seconds
                for effect in (await watcher.tick(START + timedelta(seconds=second))).effects
                if effect.fired
            ]
        finally:
            await watcher.close()
        assert {key for _, key in told} <= {"source_gone load-balancer lb1"}
        return [second for second, _ in told]

    told = asyncio.run(story())
    assert len(told) == bool(silent) and all(second in silent for second in told)
