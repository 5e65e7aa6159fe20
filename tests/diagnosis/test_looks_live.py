"""Every command that a diagnosis prints is run as printed against a real stack: HAProxy, nginx, Envoy, and PostgreSQL behind them."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from poise.app.live import looking
from poise.app.needs import read_needs
from poise.diagnosis.looks import OF_ALL, OF_PRODUCT, look
from poise.diagnosis.places import places_of, unknown
from poise.lab.binaries import find_nginx
from poise.lab.plan import LabPlan
from poise.lab.product import ProductName
from poise.lab.stack import Lab

pytestmark = [pytest.mark.live, pytest.mark.long]
# Words of a socat that this machine may lack: standard input to a socket, and back.
SOCAT = """#!{python}
import socket, sys
place = sys.argv[2]
kind, where = (socket.AF_INET, place[4:]) if place.startswith("TCP:") else (socket.AF_UNIX, place)
s = socket.socket(kind)
s.connect((where.rpartition(":")[0], int(where.rpartition(":")[2])) if kind == socket.AF_INET else where)
s.sendall(sys.stdin.buffer.read())
s.shutdown(socket.SHUT_WR)
while part := s.recv(65536):
    sys.stdout.buffer.write(part)
"""
# A machine without systemd answers those only in part, ten seconds of a log are not waited for, and nothing is blocked in a healthy stack.
MAY_BE_EMPTY = frozenset({"blockers", "retrans clients", "retrans servers", "retrans database"})
NEEDED = {"waits": "psql", "blockers": "psql", "limit": "psql", "accept": "ss", "connections": "ss", "links": "ip"}


@pytest.mark.parametrize("product", get_args(ProductName))
def test_all_looks_answer(product: ProductName, tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    if shutil.which("socat") is None:
        (bin_folder / "socat").write_text(SOCAT.format(python=sys.executable))
        (bin_folder / "socat").chmod(0o755)
    found = find_nginx()
    path = os.pathsep.join([str(bin_folder), str(Path(getattr(found, "path", "/usr/sbin/nginx")).parent), os.environ["PATH"]])

    async def story() -> dict[str, tuple[str, subprocess.CompletedProcess[str]]]:
        with tempfile.TemporaryDirectory(prefix="poise-", dir="/tmp") as folder:
            plan = replace(LabPlan.from_seed(5, "none"), servers=2, rate=40.0)
            lab = Lab(Path(folder) / "lab", plan, product=product)
            await lab.start()
            try:
                needs, problems = read_needs(str(lab.needs_path))
                assert problems == ()
                async with looking([str(lab.config_path)], needs) as eyes:
                    for _ in range(3):
                        window = (await eyes.look()).window
                pool = next(c.name for c in window.stack.of_kind("pool"))
                at = places_of(window, pool)
                told = {}
                for name in (*OF_ALL, *OF_PRODUCT[product]):
                    command = look(name, at).command
                    assert not unknown(command), command
                    run = lambda c=command: subprocess.run(  # noqa: E731
                        ["bash", "-c", c], capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "PATH": path}
                    )
                    told[name] = command, await asyncio.to_thread(run)
                return told
            finally:
                await lab.stop()

    for name, (command, done) in asyncio.run(story()).items():
        if (program := NEEDED.get(name)) is not None and shutil.which(program) is None:
            continue
        assert "syntax error" not in done.stderr and "not found" not in done.stderr.replace("systemctl: command not found", ""), (
            command,
            done,
        )
        if name not in MAY_BE_EMPTY:
            assert (done.stdout + (done.stderr if name == "alive" else "")).strip(), (command, done)
        if name in ("waits", "limit", "blockers", "metrics", "healthz", "accept", "client"):
            assert done.returncode == 0, (command, done)
