"""What a process is said to have taken is its own: not what the measuring one holds, nor what the one before it took."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks import __main__ as suite
from benchmarks.measure import Command, Figures, floor, in_turn, run
from benchmarks.peers import Peer

MIB = 1024 * 1024


def python(program: str) -> Command:
    return Command("python", [sys.executable, "-I", "-S", "-c", program], {"GIVEN": "7"}, (7,))


def test_memory_is_that_of_the_command_alone() -> None:
    held = bytearray(200 * MIB)
    assert 1 < floor() < 30
    assert 100 <= run(python(f"bytearray({100 * MIB})"))[2] < 130
    assert len(held) == 200 * MIB


def test_times_are_those_of_the_command() -> None:
    wall, cpu, _, _ = run(python("import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"))
    assert wall >= 0.2 <= cpu
    begun = time.monotonic()
    wall, _, _, _ = run(python("import time; time.sleep(0.2)"))
    assert 0.2 <= wall <= time.monotonic() - begun


def test_how_it_ended_is_told_and_what_it_prints_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    loud, killed = python("import posix; print('loud'); posix._exit(int(posix.environ[b'GIVEN']))"), python("import posix; posix.abort()")
    figures = in_turn([loud, killed], 2)
    assert [each.codes for each in figures] == [{7}, {-6}]
    assert tuple(capfd.readouterr()) == ("", "")


def test_every_checker_may_keep_what_it_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A shell that says otherwise would make the others compile their modules in each run, and poise look fast.
    seen: list[Command] = []

    def take(commands: Sequence[Command], _: int) -> list[Figures]:
        seen.extend(commands)
        return [Figures(1.0, 1.0, 1.0, frozenset((0,)))] * len(commands)

    monkeypatch.setattr(suite, "in_turn", take)
    peer = Peer("other", "nginx", lambda file: ["/bin/true", file], lambda code, text: 0, {"OWN": "1"})
    suite.beside("nginx", "a file", suite.written(tmp_path, "nginx", "a", "events {}\n"), [peer], 1)
    assert [command.environment.get("PYTHONDONTWRITEBYTECODE") for command in seen] == ["", ""]
    assert seen[1].environment["OWN"] == "1"
