"""`poise watch` as a service: what systemd hears of it, what journald gets, and the unit itself."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.app.service_manager import ServiceManager
from poise.cli.journal import journal_line

PACKAGING = Path(__file__).parents[2] / "packaging"
CONFIG = """
global
    stats socket /nowhere/haproxy.sock level operator
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
listen web
    bind 127.0.0.1:1
    server app1 127.0.0.1:2 check
"""


def heard(link: socket.socket, word: str) -> list[str]:
    """What systemd is told up to that word."""
    link.settimeout(60)
    said: list[str] = []
    while not said or word not in said[-1]:
        said.append(link.recv(4096).decode())
    return said


def test_a_watch_tells_systemd_and_leaves_the_time_to_journald(tmp_path: Path) -> None:
    config = tmp_path / "haproxy.cfg"
    config.write_text(CONFIG)
    out = tmp_path / "journal"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, out.open("wb") as stream:
        systemd.bind(str(tmp_path / "notify"))
        about = os.fstat(stream.fileno())
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}",
            "POISE_STORE": str(tmp_path / "poise.db"),
        }
        command = [sys.executable, "-m", "poise.cli", "watch", str(config)]
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=subprocess.PIPE)
        try:
            assert heard(systemd, "READY=1") == ["READY=1"]
            heard(systemd, "WATCHDOG=1")
            process.send_signal(signal.SIGHUP)
            heard(systemd, "WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
            assert heard(systemd, "STOPPING=1")[-1] == "STOPPING=1"
            # Nothing of it ever answered.
            assert process.wait(60) == 2
        finally:
            process.kill()
    lines = out.read_text().splitlines()
    assert any("SIGHUP" in line for line in lines)
    assert all(line[:3] in ("<3>", "<4>", "<5>", "<6>") for line in lines), lines
    assert not any(" UTC  " in line for line in lines)
    assert any(line.startswith("<4>could not: ") and "/nowhere/haproxy.sock" in line for line in lines), lines


@pytest.mark.parametrize("place", ["{}/notify", "@poise-test-{}"])
def test_a_turn_is_told_once_in_five_seconds(tmp_path: Path, place: str) -> None:
    address = place.format(tmp_path)
    now = datetime(2026, 11, 27, tzinfo=UTC)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if address.startswith("@") else address)
        service = ServiceManager(address)
        for second in range(6):
            service.alive(now + timedelta(seconds=second), "watches 1 load balancer")
        service.stopping()
        assert heard(systemd, "STOPPING") == ["WATCHDOG=1\nSTATUS=watches 1 load balancer"] * 2 + ["STOPPING=1"]


def test_without_systemd_nothing_is_told_and_nothing_fails(tmp_path: Path) -> None:
    ServiceManager("").ready()
    ServiceManager(str(tmp_path / "gone")).ready()


def test_a_line_for_journald_has_the_priority_of_what_it_says() -> None:
    assert journal_line("uneven [firing]") == "<3>uneven [firing]"
    assert journal_line("could not: x: y") == "<4>could not: x: y"
    assert journal_line("pool web: 80 requests/s") == "<6>pool web: 80 requests/s"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.root  # systemd-analyze sets up a manager of its own
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Verified with a program that is there; the exposure level is systemd's own figure, 0 to 10."""
    unit = tmp_path / "poise.service"
    unit.write_text((PACKAGING / "poise.service").read_text().replace("/opt/poise/bin/poise", "/bin/true"))
    shutil.copytree(PACKAGING / "poise.service.d", tmp_path / "poise.service.d")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    exposure = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)]
    done = subprocess.run(exposure, capture_output=True, text=True, timeout=60, check=False)
    if "unrecognized option" not in done.stderr:
        assert done.returncode == 0, done.stdout[-300:]
