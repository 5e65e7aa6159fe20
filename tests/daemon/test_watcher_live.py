"""The whole watch on the real stack: what is wrong is told within seconds, what was seen is written down."""

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poise.app.needs import read_needs
from poise.daemon.recorder import Recorder
from poise.daemon.watcher import Tick, Watcher
from poise.lab import faults
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab


class Turns:
    """Ticks once a second, as the loop does."""

    def __init__(self, watcher: Watcher, recorder: Recorder) -> None:
        self.watcher, self.recorder, self.took = watcher, recorder, list[float]()
        self.next = 0.0

    async def turn(self) -> Tick:
        clock = asyncio.get_running_loop().time
        self.next = max(self.next + 1, clock())
        await asyncio.sleep(self.next - clock())
        began = clock()
        tick = await self.watcher.tick(datetime.now(UTC))
        self.took.append(clock() - began)
        self.recorder.record(tick)
        return tick


@pytest.mark.live
def test_uneven_weights_page_within_five_looks_and_are_recorded(tmp_path: Path) -> None:
    async def story() -> None:
        lab = Lab(tmp_path / "lab", LabPlan(seed=31, fault="uneven-weights"))
        await lab.start()
        watcher = None
        try:
            watcher = Watcher([str(lab.config_path)], read_needs(lab.needs_path)[0])
            turns = Turns(watcher, recorder := Recorder(tmp_path / "recording", lab.config_path, lab.needs_path))
            healthy = [await turns.turn() for _ in range(8)]
            assert not [e for t in healthy for e in t.effects if e.fired and e.alert.verdict.page]
            seen = {(s.component, s.metric) for t in healthy for s in (*t.samples, *(s for b in t.blocks for s in b.samples()))}
            expected = {
                "client": "p99_ms",
                "http": "accept_queue",
                "web": "queue",
                "web/app1": "weight",
                "app1": "in_flight",
                "main": "statement_ms",
                "lb→app1": "direct_ping_ms",
                "app→main": "ping_ms",
                "host": "cpu_ratio",
                "lb1": "pid",
            }
            assert set(expected.items()) <= seen, set(expected.items()) - seen
            await faults.inject(lab, "uneven-weights")
            after = [await turns.turn() for _ in range(5)]
            fired = [e.alert for t in after for e in t.effects if e.fired and e.alert.verdict.detector == "uneven_share"]
            assert fired and fired[0].verdict.page and fired[0].verdict.component == "pool web"
            told = [e.text for t in after for e in t.events if e.kind == "change" and "was edited" in e.text]
            assert told and "74% of pool web's traffic moves" in told[0]
            recorder.close()
            assert sorted(turns.took)[len(turns.took) // 2] < 1.0
        finally:
            if watcher is not None:
                await watcher.close()
            await lab.stop()

    asyncio.run(story())
    read_back(tmp_path / "recording")


def read_back(folder: Path) -> None:
    heading = json.loads((folder / "recording.json").read_text())
    assert heading["version"] == 1 and heading["configs"] == ["haproxy.cfg"] and heading["needs"] == "poise.toml"
    kinds = {c["name"]: c["kind"] for c in heading["components"]}
    assert kinds["web/app1"] == "server" and kinds["app→main"] == "hop"
    assert ["web/app1", "app1"] in heading["edges"] and ["app1", "main"] in heading["edges"]
    with (folder / "samples.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {r["component"] for r in rows} <= kinds.keys()
    assert all(heading["from"] <= r["time"] <= heading["to"] for r in rows if r["component"] == "lb1")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert {"change", "alert"} <= {e["kind"] for e in events}
    assert "weight 100" in (folder / "before-haproxy.cfg").read_text() and "weight 256" in (folder / "haproxy.cfg").read_text()
