"""`poise incident` as a user runs it, each time a process of its own on a store of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = [sys.executable, "-c", "from poise.cli.incident import command; command(prog_name='poise incident')"]


def poise(store: Path | None, *arguments: str, code: int = 0) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("POISE_STORE", "XDG_STATE_HOME")}
    if store is not None:
        environment["POISE_STORE"] = str(store)
    done = subprocess.run([*RUN, *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def test_the_day_by_hand(tmp_path: Path) -> None:
    """Open, note, correct, rule out, confirm, close; then every form of it."""
    store = tmp_path / "i.db"
    day = "2023-11-10T"
    name = poise(store, "open", "Uneven pool web", "--at", f"{day}13:50Z", "--who", "on call").strip()
    assert re.fullmatch(r"20231110-135000-[0-9a-f]{4}", name)
    poise(store, "time", "last", "detected", f"{day}14:45+01:00", "--known", "observed")
    poise(store, "time", name, "impact_started", f"{day}13:43Z")
    poise(store, "time", name[:10], "cause_found", f"{day}17:45Z")
    poise(store, "note", "last", "Database team engaged", "--kind", "team", "--at", f"{day}15:00Z")
    poise(store, "hypothesis", "last", "The database is slow", "--layer", "database", "--at", f"{day}14:15Z")
    poise(store, "hypothesis", "last", "1", "--state", "ruled_out", "--at", f"{day}16:30Z")
    poise(store, "hypothesis", "last", "Weights", "--layer", "load-balancer", "--state", "confirmed", "--at", f"{day}17:45Z")
    poise(store, "time", "last", "resolved", f"{day}18:30Z")
    poise(store, "close", "last")
    document = json.loads(poise(store, "export", "last"))
    assert document["status"] == "closed"
    assert document["times"]["detected"].items() >= {"at": "2023-11-10T13:45:00Z", "source": "observed"}.items()
    assert [(h["state"], h["minutes"]) for h in document["hypotheses"]] == [("ruled_out", 135), ("confirmed", 0)]
    shown = poise(store, "show", "last")
    assert "2 h 15 min, 47.4 % of the time from detection to the end, went to wrong hypotheses" in shown
    assert "Detected corrected: was 2023-11-10 13:50:00 UTC (stated), is 2023-11-10 13:45:00 UTC (observed)" in shown
    assert name in poise(store, "list")
    assert json.loads(poise(store, "list", "--format", "json"))["incidents"] == [document]
    assert poise(store, "postmortem", name).startswith("# Postmortem: Uneven pool web\n")
    page = tmp_path / "page.html"
    poise(store, "export", name, "--format", "html", "--output", str(page))
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert poise(store, "export", name, "--format", "svg").startswith("<svg ")
    assert len(poise(store, "show", name, "--history").splitlines()) > 10


def test_what_could_not_be_done_is_told_with_exit_code_2(tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    assert "open an incident first" in poise(store, "list", code=2)
    assert not store.exists()
    poise(store, "open", "one")
    assert "`poise incident list` shows all" in poise(store, "show", "nope", code=2)
    assert "--layer" in poise(store, "hypothesis", "last", "new", code=2)
    assert "could not read the recording" in poise(store, "postmortem", "last", "--recording", str(tmp_path / "none"), code=2)
    (tmp_path / "text").write_text("no database at all, " * 100)
    assert "no incident store" in poise(tmp_path / "text", "list", code=2)
    assert "no instant" in poise(store, "note", "last", "x", "--at", "2023-11-10T13:45", code=2)


@pytest.mark.parametrize("command", ["list", "show", "open", "note", "time", "hypothesis", "close", "export", "postmortem"])
def test_each_help_has_an_example(command: str) -> None:
    assert f"Example: poise incident {command}" in poise(None, command, "--help")


def test_the_store_is_where_the_state_belongs(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    environment.pop("POISE_STORE", None)
    subprocess.run([*RUN, "open", "x"], env=environment, check=True, capture_output=True, timeout=60)
    assert (tmp_path / "poise" / "incidents.db").exists()
    environment["XDG_STATE_HOME"] = "relative"
    environment["HOME"] = str(tmp_path / "home")
    subprocess.run([*RUN, "open", "x"], env=environment, check=True, capture_output=True, timeout=60, cwd=tmp_path)
    assert (tmp_path / "home" / ".local" / "state" / "poise" / "incidents.db").exists()


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = "import sys, poise.cli.incident; print({'sqlalchemy', 'alembic', 'jinja2', 'numpy', 'scipy', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout == "set()\n"
