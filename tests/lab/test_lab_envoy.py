"""The stack with Envoy in front: the same files' meaning, the same faults, seen by Envoy's own collector."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lab_stage import SMALL, left_in

from poise.app.needs import read_needs
from poise.balancers.envoy.scrape import Scraper
from poise.daemon.watcher import Watcher
from poise.lab.addresses import Addresses
from poise.lab.binaries import Envoy, find_envoy
from poise.lab.envoy import CONFIG, ENDPOINTS, texts
from poise.lab.plan import LabPlan
from poise.lab.settings import BalancerSettings
from poise.lab.stack import Lab
from poise.reading.read_envoy import topologies

PLAN = LabPlan(servers=3, weights=(1, 256, 1))
ADDRESSES = Addresses.of(PLAN, 20_000)

pytestmark = pytest.mark.live


def test_envoy_accepts_the_files_and_poise_reads_them_whole(tmp_path: Path) -> None:
    found = find_envoy()
    assert isinstance(found, Envoy)
    for name, text in texts(PLAN, ADDRESSES, tmp_path, BalancerSettings({"app2": 256, "app1": 1}, 1)).items():
        (tmp_path / name).write_text(text)
    checked = subprocess.run(
        [found.path, "--mode", "validate", "-c", tmp_path / CONFIG, "-l", "warning"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, "deprecated" in checked.stderr) == (0, False), checked.stderr
    topology = topologies([(str(tmp_path / CONFIG), (tmp_path / CONFIG).read_text())])[0]
    assert (topology.could_not, topology.not_judged) == ((), ())
    assert {server.name: server.weight for server in topology.pools[0].servers} == {
        "127.0.0.1:20021": 1,
        "127.0.0.1:20022": 256,
        "127.0.0.1:20023": 100,
    }


def test_weights_are_taken_at_a_reload_and_the_watch_sees_both(tmp_path: Path) -> None:
    async def weights(lab: Lab) -> dict[str, float]:
        topology = topologies([(str(lab.config_path), lab.config_path.read_text())])[0]
        servers = (await Scraper(topology).scrape(datetime.now(UTC))).blocks[0]
        assert (servers.column("file_weight") is not None) and len(servers.components) == 3
        return dict(zip(servers.components, servers.values[:, servers.metrics.index("weight")].tolist(), strict=True))

    async def until(watcher: Watcher, detector: str) -> str:
        """What that detector says of the pool once it is bad."""
        async with asyncio.timeout(40):
            while True:
                found = [v for v in (await watcher.tick(datetime.now(UTC))).verdicts if v.detector == detector and v.state == "bad"]
                if found:
                    return f"{found[0].component}: {found[0].summary}"
                await asyncio.sleep(0.5)

    async def story(lab: Lab) -> None:
        try:
            await lab.start()
            names = [f"web/127.0.0.1:{server.path[1]}" for server in lab.addresses.servers]
            assert await weights(lab) == dict.fromkeys(names, 100)
            watcher = Watcher([str(lab.config_path)], read_needs(str(lab.needs_path))[0])
            lab.write_config(weights=dict(zip(lab.plan.names, (1, 256, 1), strict=True)))
            assert await weights(lab) == dict.fromkeys(names, 100)
            assert (await until(watcher, "drift")).startswith("pool web: 3 differences between file and running state, the first: ")
            await lab.reload()
            assert await weights(lab) == dict(zip(names, (1, 256, 1), strict=True))
            assert (await until(watcher, "uneven_share")).startswith(f"pool web: {names[1].removeprefix('web/')} gets ")
            await watcher.close()
            (lab.directory / ENDPOINTS).write_text("resources: [{")
            with pytest.raises(Exception, match=r"endpoints\.yaml"):
                await lab.reload()
            lab.write_config()
            await lab.restart_balancer()
            assert await weights(lab) == dict.fromkeys(names, 100)
        finally:
            await lab.stop()

    asyncio.run(story(Lab(tmp_path / "lab", replace(SMALL, rate=40.0), product="envoy")))
    assert left_in(tmp_path) == []
