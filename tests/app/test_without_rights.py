"""What an account is told that may not ask: what, why, what helps, and what is not known until then."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

# Python itself may stand where nobody may read: what a look imports is imported before.
import poise.app.audit
import poise.balancers.envoy.scrape
import poise.balancers.nginx.scrape  # noqa: F401
from poise.app.first_look import from_files, helps_for
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick, Watcher
from poise.model.needs import Needs

NOBODY = 65534
POOL = "balance roundrobin\n server a 127.0.0.1:1 check\n server b 127.0.0.1:2 check\n"
HAPROXY = (
    "global\n stats socket {place}\ndefaults\n mode http\nfrontend http\n bind 127.0.0.1:1\n default_backend web\nbackend web\n " + POOL
)
NGINX = """events {{}}
http {{
  log_format p '$remote_addr "$request" $status "$upstream_addr" "$upstream_status"'; access_log {place} p;
  upstream web {{ server 127.0.0.1:1; server 127.0.0.1:2; }}
  server {{ listen 127.0.0.1:1; location / {{ proxy_pass http://web; }} }}
}}
"""
ENVOY = """admin: {{address: {{pipe: {{path: {place}, mode: 384}}}}}}
static_resources:
  clusters:
    - {{name: web, type: STATIC, load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [
        {{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 1}}}}}}}},
        {{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 2}}}}}}}}]}}]}}}}
"""
# Named in what helps, and in what it costs.
CASES = {
    "haproxy.cfg": (HAPROXY, "`mode 660 group haproxy`", "shares, health and limits are not known"),
    "nginx.conf": (NGINX, "setfacl -m u:nobody:r", "shares are not known"),
    "envoy.yaml": (ENVOY, "`mode: 432`", "the shares, health and limits of its servers are not known"),
}


@pytest.fixture
def place() -> Iterator[Path]:
    """Where nobody may enter, and may not open what is there. pytest's own folders are closed to others."""
    folder = Path(f"/tmp/poise-rights-{os.getpid()}")
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    yield folder
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take a right from itself")
@pytest.mark.parametrize("name", CASES)
def test_who_may_not_read_is_told_what_why_what_helps_and_what_it_costs(place: Path, name: str) -> None:
    text, helps, costs = CASES[name]
    config, closed = place / name, place / "closed"
    config.write_text(text.format(place=closed))
    config.chmod(0o644)
    listening = socket.socket(socket.AF_UNIX)
    with listening:
        if name == "nginx.conf":
            closed.write_text("")
        else:
            listening.bind(str(closed))
            listening.listen()
        closed.chmod(0o600)

        async def first() -> Tick:
            watcher = Watcher([str(config)], Needs())
            try:
                return await watcher.tick(datetime(2026, 11, 27, tzinfo=UTC))
            finally:
                await watcher.close()

        asyncio.run(asyncio.to_thread(str))  # imports the threads
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        try:
            tick = asyncio.run(first())
            [topology] = tick.window.topologies
            advice = helps_for(tick.could_not, str(config), topology.product)
            file = from_files(Watched("lb1", (str(config),)), topology)
        finally:
            os.seteuid(0)
            os.setegid(0)
            with suppress(OSError):
                os.setgroups(groups)
    [problem] = [each for each in tick.could_not if each.what == str(closed)]
    assert "permission denied" in problem.reason or "may not read it" in problem.reason
    assert costs in problem.reason
    assert any(helps in line for line in (*advice, problem.reason)), advice
    assert any(line.startswith("or, once: sudo poise watch") for line in advice)
    # And what the file alone tells.
    assert file[0] == "from the file alone:" and any("without" in line and "gets 100%" in line for line in file)
