"""Weights 256/1/1/1 at 80 requests/s in front of all three products at once: each is alerted on in words that say it.

How soon is measured by `make certify`; a test waits for the alert.
"""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from benchmarks.detection.__main__ import measure
from benchmarks.detection.cases import ALL, CASES, NEEDS
from benchmarks.detection.stack import Stack

from poise.lab.plan import LabPlan
from poise.model.could_not import CouldNot

CASE = CASES["weights-80"]


async def alerted(stack: Stack) -> dict[str, Any]:
    try:
        await stack.start()
        return await measure(stack, CASE, random.Random(stack.product.name), healthy=3.0)
    finally:
        await stack.stop()


@pytest.mark.live
def test_one_server_that_gets_nearly_everything_is_alerted_on_all_products(tmp_path: Path) -> None:
    stacks = []
    for number, product in enumerate(ALL):
        (tmp_path / product).mkdir()
        plan = LabPlan(seed=430 + number, slots=CASE.slots, service_ms=CASE.service_ms, rate=CASE.rate)
        stacks.append(Stack(tmp_path / product, product, plan, NEEDS))
    for stack in stacks:
        if isinstance(found := stack.product.find(), CouldNot):
            pytest.skip(f"{found.what}: {found.reason}")

    async def all_at_once() -> list[dict[str, Any]]:
        return await asyncio.gather(*(alerted(stack) for stack in stacks))

    for stack, told in zip(stacks, asyncio.run(all_at_once()), strict=True):
        assert told["alert"] is not None and told["page"], (stack.product.name, told)
        assert told["pages_before"] == []
