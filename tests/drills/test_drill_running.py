"""Whether the drill that was started last still runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poise.app import drill
from poise.app.drill_place import DIRECTOR, home, remember


def test_a_drill_runs_as_long_as_its_director_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_STORE", str(tmp_path / "incidents.db"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert home().is_relative_to(tmp_path)
    assert drill.running() is None
    place = tmp_path / "one"
    (place / DIRECTOR).mkdir(parents=True)
    remember(place)
    assert drill.running() is None
    # Another program that got the number of a director that died is not taken for it.
    (place / DIRECTOR / "director.pid").write_text(str(os.getpid()))
    assert drill.running() is None
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()", str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    (place / DIRECTOR / "director.pid").write_text(str(process.pid))
    assert drill.running() == place
    process.communicate(b"\n")
    assert drill.running() is None
