"""One lab for all tests of this folder that need a healthy or a repairable stack."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_stage import SMALL, Stage

from poise.lab.stack import Lab


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="lab-") as directory, asyncio.Runner() as runner:
        lab = Lab(Path(directory), SMALL)
        runner.run(lab.start())
        try:
            yield Stage(lab, runner)
        finally:
            runner.run(lab.stop())
