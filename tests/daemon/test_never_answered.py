"""A load balancer that never answered since the watch began: somebody is told, with the reason, and woken where it is down."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poise.daemon.watcher import Tick, Watcher
from poise.lab.binaries import find_haproxy, find_nginx
from poise.lab.ports import take_ports
from poise.model.alert import Alert
from poise.model.could_not import CouldNot
from poise.model.needs import Needs

START = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)

HAPROXY = """global
    stats socket {folder}/haproxy.sock
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend http
    bind 127.0.0.1:{port}
    default_backend web
backend web
    server app1 127.0.0.1:1
"""
NGINX = """pid {folder}/nginx.pid;
events {{}}
http {{
    access_log {folder}/access.log;
    upstream web {{ server 127.0.0.1:1; }}
    server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://web; }} }}
}}
"""
ENVOY = """admin: {{address: {{pipe: {{path: {folder}/admin.sock}}}}}}
static_resources:
  listeners:
    - name: http
      address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
  clusters:
    - name: web
      type: STATIC
      load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1,
        port_value: 1}}}}}}}}]}}]}}
"""
FILES = {"haproxy.cfg": HAPROXY, "nginx.conf": NGINX, "envoy.yaml": ENVOY}


@pytest.fixture
def port() -> Iterator[int]:
    """One that nobody listens at."""
    block = take_ports(733)
    yield block.first
    block.release()


async def ticks(watcher: Watcher, seconds: range) -> list[Tick]:
    """Turns at these seconds of the watch, whatever the clock on the wall says."""
    return [await watcher.tick(START + timedelta(seconds=second)) for second in seconds]


def fired(found: list[Tick]) -> list[tuple[float, Alert]]:
    effects = [(tick.at, effect) for tick in found for effect in tick.effects if effect.kind in ("firing", "worse")]
    return [((at - START).total_seconds(), effect.alert) for at, effect in effects]


def watched(tmp_path: Path, name: str, text: str) -> list[tuple[float, Alert]]:
    path = tmp_path / name
    path.write_text(text)

    async def story() -> list[tuple[float, Alert]]:
        watcher = Watcher([str(path)], Needs())
        try:
            return fired(await ticks(watcher, range(0, 45, 3)))
        finally:
            await watcher.close()

    return asyncio.run(story())


@pytest.mark.parametrize("name", FILES)
def test_one_that_is_down_from_the_beginning_wakes_somebody_once_it_had_time_to_start(tmp_path: Path, name: str, port: int) -> None:
    ((at, alert),) = watched(tmp_path, name, FILES[name].format(folder=tmp_path, port=port))
    assert alert.key == "source_gone load-balancer lb1" and 30 < at <= 42
    assert alert.verdict.page and alert.verdict.severity == "error" and alert.verdict.faults == ("load-balancer-down",)
    assert "no answer since the watch began" in alert.verdict.summary and "nobody listens at its ports" in alert.verdict.summary
    assert str(tmp_path) in alert.verdict.reason and re.search("is (HAProxy|Envoy) running|nginx does not run", alert.verdict.reason)


@pytest.mark.parametrize("name", FILES)
def test_one_whose_ports_answer_wakes_nobody(tmp_path: Path, name: str, port: int) -> None:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        found = watched(tmp_path, name, FILES[name].format(folder=tmp_path, port=port))
    assert not [alert for _, alert in found if alert.verdict.page]
    if name != "nginx.conf":  # its log, which is only quiet, can be read
        ((_, alert),) = found
        assert alert.verdict.severity == "warning" and "somebody listens at its ports" in alert.verdict.summary


def test_the_alert_of_the_watch_before_goes_on(tmp_path: Path, port: int) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(HAPROXY.format(folder=tmp_path, port=port))
    ((_, alert),) = watched(tmp_path, "haproxy.cfg", path.read_text())

    async def story() -> list[str]:
        watcher = Watcher([str(path)], Needs())
        watcher.adopt([alert], START)
        return [effect.kind for tick in await ticks(watcher, range(0, 90, 3)) for effect in tick.effects]

    assert asyncio.run(story()) == []


def test_a_file_that_cannot_be_read_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "haproxy.cfg"

    async def story() -> list[tuple[float, Alert]]:
        watcher = Watcher([str(path)], Needs())
        return fired(await ticks(watcher, range(0, 45, 3)))

    ((_, alert),) = asyncio.run(story())
    assert alert.verdict.severity == "warning" and not alert.verdict.page and str(path) in alert.verdict.reason


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take a right from itself")
def test_who_may_not_ask_is_told_so_and_wakes_nobody_while_the_ports_are_served(tmp_path: Path, port: int) -> None:
    path = tmp_path / "haproxy.cfg"
    tmp_path.chmod(0o755)
    path.write_text(HAPROXY.format(folder=tmp_path, port=port).replace("haproxy.sock", "haproxy.sock mode 600"))
    haproxy = find_haproxy()
    assert not isinstance(haproxy, CouldNot)
    running = subprocess.Popen([haproxy.path, "-db", "-f", str(path)], stderr=subprocess.DEVNULL, env={**os.environ, **haproxy.environment})

    async def story() -> list[list[tuple[float, Alert]]]:
        watcher = Watcher([str(path)], Needs())
        while not (tmp_path / "haproxy.sock").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        os.seteuid(65534)
        try:
            found = [fired(await ticks(watcher, range(0, 45, 3)))]
            running.terminate()
            await asyncio.to_thread(running.wait, 10)
            found.append(fired(await ticks(watcher, range(45, 90, 3))))
        finally:
            os.seteuid(0)
            await watcher.close()
        return found

    try:
        ((_, barred),), ((_, down),) = asyncio.run(story())
    finally:
        running.kill()
        running.wait()
    assert barred.verdict.severity == "info" and not barred.verdict.page and not barred.verdict.faults
    assert "permission denied" in barred.verdict.reason and "says nothing against its traffic" in barred.verdict.summary
    assert down.verdict.page and "nobody listens at its ports" in down.verdict.summary


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can make namespaces")
def test_an_idle_nginx_in_another_container_wakes_nobody(tmp_path: Path, port: int) -> None:
    """Its process has another number there, and its ports are those of another network."""
    nginx = find_nginx()
    assert not isinstance(nginx, CouldNot)
    text = NGINX.format(folder=tmp_path, port=port)
    (tmp_path / "own.conf").write_text(f"daemon off; error_log stderr; user root; {text}")
    pid = tmp_path / "nginx.pid"
    apart = ["unshare", "--pid", "--net", "--mount", "--fork", "--mount-proc", "--kill-child"]
    inside = f"ip link set lo up; echo 32100 > /proc/sys/kernel/ns_last_pid; {nginx.path} -c {tmp_path}/own.conf -p {tmp_path} & wait"
    running = subprocess.Popen([*apart, "sh", "-c", inside], stderr=subprocess.DEVNULL)
    try:
        while not pid.exists() or not pid.read_text().strip():
            assert running.poll() is None
            time.sleep(0.02)
        number = int(pid.read_text())
        assert number > 32000 and not Path(f"/proc/{number}").exists()
        found = watched(tmp_path, "nginx.conf", text)
    finally:
        running.kill()
        running.wait()
    assert not [alert for _, alert in found if alert.verdict.page], found
