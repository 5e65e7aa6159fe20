"""When the turns of one load balancer are taken. The clock is an argument, and nothing answers: only the times count."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from poise.daemon.watcher import Tick, Watcher
from poise.detectors.detector import Detector, Policy
from poise.model.alert import Verdict
from poise.model.needs import Needs
from poise.model.sample import Window

CONFIGURATION = """global
    stats socket {folder}/nobody.sock
backend web
    server app1 127.0.0.1:1
"""


def turns(folder: Path, first: datetime, count: int, late: timedelta, *detectors: Detector) -> list[tuple[datetime, Tick, bool]]:
    """So many turns, each begun `late` after it was due: when, what came, and whether the load balancer was looked at."""
    (folder / "haproxy.cfg").write_text(CONFIGURATION.format(folder=folder))

    async def take() -> list[tuple[datetime, Tick, bool]]:
        watcher = Watcher([str(folder / "haproxy.cfg")], Needs(), detectors=detectors)
        taken, now = [], first
        try:
            for _ in range(count):
                before = watcher.looks.due
                tick = await watcher.tick(now)
                taken.append((now, tick, watcher.looks.due != before))
                now = watcher.next_turn(now) + late
        finally:
            await watcher.close()
        return taken

    return asyncio.run(take())


@pytest.mark.parametrize("milliseconds", [5, 270, 400, 600, 900])
def test_it_is_looked_at_each_second_wherever_in_a_second_the_watch_began(tmp_path: Path, milliseconds: int) -> None:
    # Turns that drift against the looks' own grid made every second look fall out for three quarters of the time.
    first = datetime(2026, 11, 22, 12, 0, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    taken = turns(tmp_path, first, 12, timedelta(milliseconds=4))
    looks = [now for now, _, looked in taken if looked]
    gaps = [(b - a).total_seconds() for a, b in pairwise(looks)]
    assert len(looks) == 12
    assert gaps == pytest.approx([1.0] * len(gaps), abs=0.01)


def test_what_looks_wrong_once_is_looked_at_again_at_once_where_it_is_as_sure_as_two_looks(tmp_path: Path) -> None:
    answers = iter(["unsure", "sure", "ok", "ok", "sure", "sure", "sure"])

    def judge(window: Window, now: datetime) -> Iterable[Verdict]:
        state = next(answers)
        figures = {"sure": float(state == "sure")}
        yield Verdict("twice", "pool web", "ok" if state == "ok" else "bad", "error", True, "", "", (), figures)

    twice = Detector("twice", judge, Policy(timedelta(0), timedelta(seconds=5), 3, 3))
    first = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    taken = turns(tmp_path, first, 7, timedelta(0), twice)
    assert [(now - first).total_seconds() for now, _, _ in taken] == [0, 1, 1.15, 2.15, 3.15, 3.3, 3.45]
    assert all(looked for _, _, looked in taken)
    assert [[e.kind for e in tick.effects] for _, tick, _ in taken] == [[], [], [], [], [], [], ["firing"]]
    # What stands beside the load balancer was asked a moment ago, and is not asked again for its sake.
    asked = [any(sample.component == "host" for sample in tick.samples) for _, tick, _ in taken]
    assert not (asked[2] or asked[5] or asked[6])
