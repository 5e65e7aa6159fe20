"""`poise diagnose`: from a live stack or a recording."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from poise.app.diagnose_recording import read_recording
from poise.app.live import base_of, look_for
from poise.app.needs import read_needs
from poise.diagnosis.engine import diagnose
from poise.model.diagnosis import Diagnosis


def live(configurations: Sequence[str], needs_path: str | None, seconds: float) -> Diagnosis:
    """Look at the stack for that long, then judge."""
    needs, problems = read_needs(needs_path, beside=configurations[0])
    tick = asyncio.run(look_for(configurations, needs, seconds, base_of(needs_path, configurations[0])))
    diagnosis = diagnose(tick.window)
    return replace(diagnosis, could_not=tuple(dict.fromkeys((*problems, *tick.could_not, *diagnosis.could_not))))


def recorded(folder: Path) -> Diagnosis:
    """Judge what a recording holds, as of its end."""
    return diagnose(read_recording(folder))
