"""In a namespace of its own the lab makes true packet faults. Each story runs in a process of its own, which the namespace ends with."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.live, pytest.mark.root]

_STORY = """
import asyncio, json, sys, time
from dataclasses import replace
from pathlib import Path
from poise.lab import namespace
from poise.lab.faults import clear, inject
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

async def connect_ms(address):
    began = time.perf_counter()
    _, writer = await asyncio.open_connection(*address)
    writer.close()
    return (time.perf_counter() - began) * 1000

async def main(place):
    plan = LabPlan(servers=3, slots=2, service_ms=40.0, rate=40.0, weights=(256, 1, 1), delay_ms=200.0, loss_ratio=0.2)
    lab = Lab(Path(sys.argv[1]), plan, namespace=replace(place, tun=None) if sys.argv[2] == "without-tun" else place)
    figures = {}
    await lab.start()
    try:
        server = lab.addresses.servers[0]
        for fault in ("network-delay", "network-loss"):
            await inject(lab, fault)
            figures[fault] = {
                "mode": lab.mode,
                "path": max(await asyncio.gather(*(connect_ms(server.path) for _ in range(40)))),
                "direct": min([await connect_ms(server.direct) for _ in range(5)]),
            }
            await clear(lab, fault)
    finally:
        await lab.stop()
    print(json.dumps(figures))

place = namespace.enter()
assert isinstance(place, namespace.Namespace), place
asyncio.run(main(place))
"""


def _figures(directory, means):
    done = subprocess.run([sys.executable, "-c", _STORY, str(directory), means], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_tun_device_delays_the_handshake_and_loses_syns(tmp_path):
    figures = _figures(tmp_path, "with-tun")
    assert (figures["network-delay"]["mode"], figures["network-loss"]["mode"]) == ("tun", "tun")
    assert 200 <= figures["network-delay"]["path"] < 900
    assert figures["network-delay"]["direct"] < 100
    # 40 handshakes of 2 packets, each lost with 0.2: the chance that none is sent again after Linux' 1 s is 0.64**40 = 2e-8.
    assert figures["network-loss"]["path"] > 1000


def test_without_a_tun_device_the_firewall_loses_syns_and_the_relay_delays(tmp_path):
    figures = _figures(tmp_path, "without-tun")
    assert (figures["network-delay"]["mode"], figures["network-loss"]["mode"]) == ("relay", "firewall")
    assert figures["network-loss"]["path"] > 1000
    assert figures["network-loss"]["direct"] < 100
