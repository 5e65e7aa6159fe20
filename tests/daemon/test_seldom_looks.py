"""A load balancer that is looked at every ten seconds: its alerts neither flap nor end in the turns between two looks."""

import asyncio
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

START = datetime(2026, 11, 22, 12, 0, 0, 400_000, tzinfo=UTC)
TEXT = "backend web\n    server app1 10.0.0.1:80 weight 1\n    server app2 10.0.0.2:80 weight 1\n"
SECONDS = 90
SERVERS, METRICS = ("web/app1", "web/app2"), ("weight", "loaded_weight", "up")


class Fake:
    """A HAProxy whose app1 runs with another weight than its file says, until it is mended."""

    def __init__(self, topology: Topology) -> None:
        self.topology, self.looks, self.weight, self.silent = topology, list[datetime](), 9.0, False

    async def scrape(self, now: datetime) -> Scrape:
        self.looks.append(now)
        if self.silent:
            return Scrape((), (CouldNot("10.0.0.5:9999", "connection refused"),))
        values = np.array([[self.weight, 1.0, 1.0], [1.0, 1.0, 1.0]])
        return Scrape((), answer_seconds=0.001, answer_bytes=100, blocks=(Block(now, SERVERS, METRICS, values, "lb1 servers"),))

    async def close(self) -> None:
        pass


def effects_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mended: int, silent: int) -> tuple[Fake, list[tuple[int, str, str]]]:
    """Second, kind and detector of each effect in the first 90 s, with turns each second; only drift and silence are asked for."""
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    fakes: list[Fake] = []

    def collector(topology: Topology, *_: object) -> tuple[Fake, tuple[CouldNot, ...]]:
        fakes.append(Fake(topology))
        return fakes[-1], ()

    monkeypatch.setattr(looks, "collector", collector)

    async def run() -> list[tuple[int, str, str]]:
        watcher = Watcher([str(path)], Needs(), reach=Reach(socket="tcp://10.0.0.5:9999", every_seconds=10))
        found = []
        for second in range(SECONDS):
            if fakes:
                fakes[0].weight = 9.0 if second < mended else 1.0
                fakes[0].silent = second >= silent
            tick = await watcher.tick(START + timedelta(seconds=second))
            found += [(second, e.kind, e.alert.verdict.detector) for e in tick.effects if e.kind != "pending"]
        await watcher.close()
        return found

    found = [each for each in asyncio.run(run()) if each[2] in ("drift", "source_gone")]
    return fakes[0], found


def test_an_alert_lives_from_look_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, effects = effects_of(tmp_path, monkeypatch, mended=55, silent=SECONDS)
    gaps = [(b - a).total_seconds() for a, b in zip(fake.looks, fake.looks[1:], strict=False)]
    assert all(7.5 <= gap <= 17.5 for gap in gaps) and 7 <= len(fake.looks) <= 10
    assert [(kind, detector) for _, kind, detector in effects] == [("firing", "drift"), ("resolved", "drift")]
    assert effects[0][0] <= 20 and 55 <= effects[1][0] <= 80


def test_silence_is_told_after_three_looks_that_brought_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, effects = effects_of(tmp_path, monkeypatch, mended=0, silent=30)
    assert {(kind, detector) for _, kind, detector in effects} == {("firing", "source_gone")}
    assert all(35 <= second <= 75 for second, _, _ in effects)
