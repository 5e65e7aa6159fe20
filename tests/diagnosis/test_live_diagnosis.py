"""Real faults on the real stack: the right layer first within ten seconds, the others ruled out by their own figures."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from poise.app.live import looking, now
from poise.app.needs import read_needs
from poise.diagnosis.engine import diagnose
from poise.lab.faults import FAULTS, inject
from poise.lab.plan import LabPlan
from poise.lab.stack import Lab
from poise.model.diagnosis import Diagnosis

WITHIN = timedelta(seconds=10)


async def kill_haproxy(lab: Lab, fault: str) -> None:
    del fault
    next(p for p in lab.processes if p.name == "haproxy").popen.terminate()


async def until_told(fault: str, seed: int, begin: Callable[[Lab, str], Awaitable[None]] = inject, story: str | None = None) -> Diagnosis:
    """Begin the fault after a healthy time and look each second until the diagnosis names it, ten seconds at most."""
    # Unix sockets bound the length of the folder's name.
    with tempfile.TemporaryDirectory(prefix="poise-", dir="/tmp") as folder:
        lab = Lab(Path(folder) / "lab", replace(LabPlan.from_seed(seed, story or fault), lead_seconds=8.0))
        await lab.start()
        try:
            needs, problems = read_needs(str(lab.needs_path))
            assert problems == ()
            async with looking([str(lab.config_path)], needs) as eyes:
                for _ in range(8):
                    await eyes.look()
                began = now()
                injected = asyncio.ensure_future(begin(lab, fault))
                while True:
                    tick = await eyes.look()
                    diagnosis = diagnose(tick.window)
                    if (diagnosis.best.fault == fault and diagnosis.verdict != "undetermined") or now() - began >= WITHIN:
                        await injected
                        return diagnosis
        finally:
            await lab.stop()


@pytest.mark.live
@pytest.mark.parametrize("fault", ["uneven-weights", "server-slow", "database-locked"])
def test_a_real_fault_is_named_within_ten_seconds(fault: str) -> None:
    diagnosis = asyncio.run(until_told(fault, seed=5))
    assert (diagnosis.best.fault, diagnosis.best.layer) == (fault, FAULTS[fault].layer)
    assert diagnosis.best.component in FAULTS[fault].components(LabPlan.from_seed(5, fault))
    if fault == "uneven-weights":
        against = {h.fault: sum(e.bits for e in h.evidence) for h in diagnosis.hypotheses}
        assert max(against["database-slow"], against["database-locked"], against["network-delay"], against["network-loss"]) < 0


@pytest.mark.live
def test_a_haproxy_that_was_killed_is_named_within_ten_seconds() -> None:
    diagnosis = asyncio.run(until_told("load-balancer-down", 5, kill_haproxy, story="none"))
    assert (diagnosis.verdict, diagnosis.best.fault, diagnosis.best.component) == ("fault", "load-balancer-down", "load-balancer lb1")
    assert "connection refused" in " ".join(e.source for e in diagnosis.best.evidence)
