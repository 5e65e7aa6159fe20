"""Names and texts of others on the terminal: they cannot move the cursor, set a title, or pass for markup."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from rich.console import Console

from poise.app.story import Scene
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.cli import demo, explain
from poise.cli.demo_view import DemoView
from poise.cli.main import run
from poise.cli.watch_lines import WatchLines
from poise.daemon.stack_of import stack_of
from poise.daemon.watcher import Tick
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.sample import Window

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07\x1b[31m<script>alert(1)</script>\u202e\x9b2J"
UNSAFE = ("\x1b", "\x07", "\u202e", "\x9b")


def window() -> Window:
    """HAProxy refuses such a server name; what another program writes into a recording or says on a socket may hold it."""
    topology = lower([parse("backend web\n    server a 127.0.0.1:1\n    server b 127.0.0.1:2\n", "h.cfg")])
    (pool,) = topology.pools
    named = replace(pool, name="[bold]web", servers=tuple(replace(s, name=f"{HOSTILE}{s.name}") for s in pool.servers))
    topology = replace(topology, pools=(named,))
    return Window(stack_of((topology,), Needs()), NOW, topologies=(topology,))


@pytest.mark.parametrize("terminal", [True, False])
def test_the_demo_shows_hostile_names_and_changes_as_text(terminal: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, color_system=None, width=200, height=60)
    with DemoView(console) as view:
        view.show(Scene(NOW, "change", f"change: {HOSTILE}\nsecond line", None, window()))
    said = out.getvalue()
    # The only escapes are the terminal's own for drawing anew: moving, erasing, the cursor.
    assert "\x1b]" not in said and "\x1b[31m" not in said and not any(sign in said for sign in UNSAFE[1:])
    assert "<script>alert(1)</script>" in said and "\\x1b]0;owned" in said
    if not terminal:
        assert "\x1b" not in said and "\\nsecond line" in said


def test_the_watch_shows_hostile_names_and_changes_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    lines = WatchLines()
    for _ in range(3):
        lines.show(Tick(NOW, window()))
    lines.tell(f"change: {HOSTILE}\nsecond line")
    said = capsys.readouterr().out
    assert "<script>" in said and not any(sign in said for sign in UNSAFE) and "\\nsecond line" in said


def test_what_a_command_could_not_do_is_told_as_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert run(["explain", HOSTILE]) == 2
    assert run(["incident", "show", HOSTILE, "--store", str(tmp_path / f"{HOSTILE.replace('/', '')}.db")]) == 2
    assert isinstance(demo.command, click.Command) and isinstance(explain.command, click.Command)

    class Played:
        could_not = (CouldNot(HOSTILE, HOSTILE),)
        result = None

    monkeypatch.setattr("poise.app.play_demo.play", lambda *_, **__: Played())
    assert run(["demo"]) == 2
    said = capsys.readouterr().err
    assert said.count("<script>") >= 3 and not any(sign in said for sign in UNSAFE)
