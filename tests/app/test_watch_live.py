"""`poise watch` on the real stack, killed in the middle of an incident: the next one ends it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from poise.app.incident import every
from poise.lab import faults
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab

BOUND_SECONDS = 60.0


def start(config: Path, store: Path, said: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "poise.cli", "watch", str(config), "--store", str(store)]
    with said.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True)


async def until_said(said: Path, word: str) -> str:
    loop = asyncio.get_running_loop()
    end = loop.time() + BOUND_SECONDS
    while word not in (text := await asyncio.to_thread(said.read_text)):
        assert loop.time() < end, f"{word!r} was never said: {text}"
        await asyncio.sleep(0.1)
    return text


@pytest.mark.live
@pytest.mark.timeout(180)
def test_a_killed_watch_is_taken_up_by_the_next(tmp_path: Path) -> None:
    store = tmp_path / "incidents.db"

    async def story() -> None:
        lab = Lab(tmp_path / "lab", LabPlan(seed=31, fault="uneven-weights"))
        running: list[subprocess.Popen[bytes]] = []
        await lab.start()
        try:
            running.append(start(lab.config_path, store, tmp_path / "first"))
            await until_said(tmp_path / "first", "clients: ")
            await faults.inject(lab, "uneven-weights")
            first = await until_said(tmp_path / "first", "cause: ")
            assert first.index("change: ") < first.index("[firing]") < first.index("cause: ")
            running[0].kill()
            running[0].wait()
            running.append(start(lab.config_path, store, tmp_path / "second"))
            await until_said(tmp_path / "second", "[firing since an earlier watch]")
            await until_said(tmp_path / "second", "was left open")
            # It goes on with the alerts of the first: what it needs is a look of its own at the uneven shares, which two looks give.
            await until_said(tmp_path / "second", "requests/s")
            await faults.clear(lab, "uneven-weights")
            second = await until_said(tmp_path / "second", "postmortem: ")
            assert "Traceback" not in first + second
            running[1].send_signal(signal.SIGINT)
            assert running[1].wait(20) in (0, 130)
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
            await lab.stop()

    asyncio.run(story())
    (incident,) = every(store)
    assert incident.status == "resolved" and "acknowledged" not in incident.times and "cause_found" in incident.times
    texts = [e.text for e in incident.timeline]
    assert any("started again" in text for text in texts) and any("was edited" in text for text in texts)
    assert [h.layer for h in incident.hypotheses if h.state == "confirmed"] in ([], ["load-balancer"])
