"""`poise watch` with nothing else given, on all three products at once: what is watched is told at once, SIGHUP reads everything again,
the end sums up, and each load balancer has a recording of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_server

import pytest

from poise.lab.binaries import find_envoy, find_haproxy, find_nginx
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

BOUND_SECONDS = 60.0
HAPROXY = """global
    stats socket {folder}/admin.sock mode 600 level user
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
listen web
    bind 127.0.0.1:{port}
    balance roundrobin
    server app1 127.0.0.1:1 weight 3
    server app2 127.0.0.1:1 weight 1
"""
NGINX = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream web {{ server 127.0.0.1:1 weight=3; server 127.0.0.1:2; }}
    server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://web; }} }}
}}
"""
ENVOY = """admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}
static_resources:
  clusters:
  - name: web
    type: STATIC
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - {{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 1}}}}}}, load_balancing_weight: 3}}
        - {{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 2}}}}}}}}
"""


@contextmanager
def started(*commands: tuple[Sequence[str], dict[str, str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command, environment in commands:
            running.append(
                subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


class Watching:
    """`poise watch` and what it has said so far."""

    def __init__(self, folder: Path, *words: str, before: Sequence[str] = ()) -> None:
        self.said = folder / "said"
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "poise.cli", "watch", *words, "--store", str(folder / "store.db")], stdout=out, stderr=out
            )

    def until(self, *words: str) -> str:
        end = time.monotonic() + BOUND_SECONDS
        while not all(word in (text := self.said.read_text()) for word in words):
            assert time.monotonic() < end, f"{words} were never said: {text}"
            time.sleep(0.05)
        return text

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(BOUND_SECONDS)


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.timeout(240)
def test_three_products_are_watched_at_once(tmp_path: Path) -> None:
    haproxy, nginx, envoy = find_haproxy(), find_nginx(), find_envoy()
    assert not isinstance(haproxy, CouldNot), haproxy
    assert not isinstance(nginx, CouldNot), nginx
    assert not isinstance(envoy, CouldNot), envoy
    ports = take_ports(411)
    files = []
    for number, (name, text) in enumerate((("haproxy.cfg", HAPROXY), ("nginx.conf", NGINX), ("envoy.yaml", ENVOY))):
        (tmp_path / name).write_text(text.format(folder=tmp_path, port=ports.first + number))
        files.append(str(tmp_path / name))
    commands = (
        ([str(haproxy.path), "-db", "-f", files[0]], dict(haproxy.environment)),
        ([str(nginx.path), "-c", files[1], "-e", str(tmp_path / "nginx.err")], {}),
        ([str(envoy.path), "-c", files[2], "--concurrency", "1", "--base-id", str(ports.first), "-l", "off"], {}),
    )
    try:
        with started(*commands):
            watch = Watching(tmp_path, *files, "--record", str(tmp_path / "recording"))
            try:
                told = watch.until("lb1: HAProxy", "lb2: nginx", "lb3: Envoy", "lb1: pool web", "lb3: pool web")
                for name in ("app1", "127.0.0.1:1"):
                    assert f"{name:<16} {0.75:6.1%} expected" in told
                assert f"looks at socket {tmp_path}/admin.sock" in told and f"looks at admin interface 127.0.0.1:{ports.first + 2}" in told
                (tmp_path / "poise.toml").write_text('[pool.web]\nsplit = "odd"\n')
                watch.process.send_signal(signal.SIGHUP)
                watch.until("poise.toml:2: `pool.web.split` must be", "SIGHUP: configurations, needs and inventory are read again")
                assert watch.end() == 130
                assert "watched lb1 for" in (last := watch.until("watched lb3 for")) and "Traceback" not in last
            finally:
                watch.process.kill()
                watch.process.wait()
    finally:
        ports.release()
    for name, file in (("lb1", "haproxy.cfg"), ("lb2", "nginx.conf"), ("lb3", "envoy.yaml")):
        heading = json.loads((tmp_path / "recording" / name / "recording.json").read_text())
        assert (
            heading["configs"] == [file]
            and {"name": name, "kind": "load-balancer", "address": str(tmp_path / file)} in heading["components"]
        )


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.timeout(240)
def test_without_permission_the_file_alone_speaks(tmp_path: Path) -> None:
    """In a user namespace this process's root has no rights over what another user owns: so is a watch without the group."""
    haproxy = find_haproxy()
    assert not isinstance(haproxy, CouldNot), haproxy
    apart: list[str] = []
    if os.geteuid() == 0:
        apart = ["unshare", "--user", "--map-user=1000"]
        if subprocess.run([*apart, "true"], check=False, capture_output=True).returncode != 0:
            pytest.skip("needs user namespaces")
    ports = take_ports(417)
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(folder=tmp_path, port=ports.first))
    socket = tmp_path / "admin.sock"
    try:
        with started(([str(haproxy.path), "-db", "-f", str(tmp_path / "haproxy.cfg")], dict(haproxy.environment))):
            end = time.monotonic() + BOUND_SECONDS
            while not socket.exists():
                assert time.monotonic() < end
                time.sleep(0.05)
            if os.geteuid() == 0:
                os.chown(socket, 12345, 12345)
            else:
                socket.chmod(0)
            watch = Watching(tmp_path, str(tmp_path / "haproxy.cfg"), before=apart)
            try:
                told = watch.until("poise goes on trying")
                assert f"could not: {socket}: permission denied" in told
                assert f"helps with {socket}: its mode is" in told and "stats socket" in told
                assert "from the file alone:" in told and "  error " in told and "without app1, app2 gets 100%" in told
                assert "Traceback" not in told
                if os.geteuid() == 0:
                    os.chown(socket, 0, 0)
                else:
                    socket.chmod(0o600)
                watch.until("its servers are measured now")
                assert watch.end() == 130
            finally:
                watch.process.kill()
                watch.process.wait()
    finally:
        ports.release()


@pytest.mark.timeout(120)
def test_each_that_cannot_be_seen_is_named_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "lb.cfg").write_text("defaults\n    mode http\nlisten web\n    bind 127.0.0.1:8080\n    server a 127.0.0.1:9001\n")
    fleet = tmp_path / "fleet.toml"
    fleet.write_text('[load_balancer.lb1]\nconfig = "missing.cfg"\n[load_balancer.lb2]\nconfig = "lb.cfg"\n')
    watch = Watching(tmp_path, "--inventory", str(fleet))
    try:
        told = watch.until("lb1: poise goes on trying to read it, and says when there are figures", "lb2: poise goes on trying, and says")
        assert "\nlb2: from the file alone:" in told
        assert watch.end() == 130
        assert "watched lb1 for " in (told := watch.said.read_text()) and told.count(": it never answered") == 2
    finally:
        watch.process.kill()
        watch.process.wait()


@pytest.mark.timeout(120)
def test_a_log_that_nobody_writes_is_not_told_as_a_quiet_watch(tmp_path: Path) -> None:
    """Somebody serves its port: where nobody did, it would be told as down."""
    ports = take_ports(423)
    (tmp_path / "access.log").write_text("")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\n    access_log {tmp_path}/access.log;\n"
        "    upstream web { server 127.0.0.1:9001; }\n"
        f"    server {{ listen 127.0.0.1:{ports.first}; location / {{ proxy_pass http://web; }} }}\n}}\n"
    )
    serving = create_server(("127.0.0.1", ports.first))
    watch = Watching(tmp_path, str(tmp_path / "nginx.conf"))
    try:
        watch.until("poise goes on trying")
        watch.end()
        assert re.search(r"watched for .*: \d+ answers?, its servers were never measured, no alerts\n", watch.said.read_text())
    finally:
        watch.process.kill()
        watch.process.wait()
        serving.close()
        ports.release()
