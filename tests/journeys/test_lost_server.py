"""What poise says of the loss of a server, beside what the running lab does then."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.headroom import busy_ratio, forecast, service_time

from poise.lab.plan import LabPlan
from poise.lab.stack import Lab
from poise.model.what_if import Questions

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]
RATE, SECONDS = 90.0, 8.0


def test_the_others_get_as_busy_as_predicted() -> None:
    """Within 10 %, with the service time that the lab's servers show under next to no load."""

    async def story(lab: Lab) -> list[tuple[str, float, float]]:
        await lab.start()
        try:
            measured = await service_time(lab, 100)
            made = forecast(lab, measured, Questions(lose=(("app1",),)), RATE)
            return [
                (case.case, case.max_utilisation, await busy_ratio(lab, case.requests_per_second, case.lost, SECONDS))
                for case in made.what_if
            ]
        finally:
            await lab.stop()

    with tempfile.TemporaryDirectory(prefix="lost-") as name:
        found = asyncio.run(story(Lab(Path(name), replace(LabPlan(seed=3, service_ms=100.0), rate=0.0))))
    assert [case for case, _, _ in found] == ["as it is", "without app1"]
    for case, predicted, measured in found:
        assert measured == pytest.approx(predicted, rel=0.1), case
