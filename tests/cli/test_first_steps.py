"""What somebody meets who types poise for the first time: slips, and terminals that lack our signs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = (
    "defaults\n mode http\n timeout connect 1s\n timeout client 9s\n timeout server 9s\n"
    "listen web\n bind :80\n server a 10.0.0.1:80 check weight 3\n server b 10.0.0.2:80 check\n server c 10.0.0.3:80 backup\n"
)


def poise(*words: str, given: str = "", encoding: str = "utf-8") -> "subprocess.CompletedProcess[bytes]":
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C"}
    run = [sys.executable, "-m", "poise.cli", *words]
    return subprocess.run(run, input=given.encode(), capture_output=True, env=environment, check=False)


@pytest.mark.parametrize(("typed", "meant"), [("prdict", " Did you mean 'predict'?"), ("adit", " Did you mean 'audit'?"), ("zzz", "")])
def test_a_slip_in_a_command_is_answered_with_the_near_one(typed: str, meant: str) -> None:
    made = poise(typed, "x")
    assert made.returncode == 64
    assert made.stderr.decode().rstrip().endswith(f"Error: No such command '{typed}'.{meant}")


def test_standard_input_is_not_both_the_configuration_and_the_keys() -> None:
    made = poise("predict", "-", "--keys", "-", given=CONFIG)
    assert (made.returncode, made.stdout) == (64, b"")
    assert b"standard input cannot be the configuration and the keys" in made.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_signs_that_the_encoding_lacks_have_a_likeness(encoding: str, tmp_path: Path) -> None:
    old, new = tmp_path / "old.cfg", tmp_path / "new.cfg"
    old.write_text(CONFIG)
    new.write_text(CONFIG.replace("weight 3", "weight 1"))
    said = poise("diff", str(old), str(new), encoding=encoding).stdout.decode(encoding)
    assert "75.0 % -> 50.0 % (weight of a 3 -> 1)" in said
    assert "##########" in said
    assert "?" not in said
    assert "→" in poise("diff", str(old), str(new)).stdout.decode()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_fills_up_within_the_answer_is_told(unbuffered: str, tmp_path: Path) -> None:
    (tmp_path / "lb.cfg").write_text(CONFIG + "".join(f" server s{number} 10.0.1.{number}:80 check\n" for number in range(100)))
    # A file may grow to 4 KiB here, and the rest of a write is refused, as by a full disk: Python ignores SIGXFSZ.
    run = f"ulimit -f 4; exec {sys.executable} -m poise.cli predict --format json {tmp_path}/lb.cfg > {tmp_path}/out"
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}
    made = subprocess.run(["bash", "-c", run], capture_output=True, env=environment, check=False)
    assert made.returncode == 2
    assert b"standard output: File too large. Nothing more was done." in made.stderr
    assert (tmp_path / "out").stat().st_size == 4096
