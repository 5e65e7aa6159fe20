"""The lab's nginx: its file with a log that tells of every attempt, start, reload by HUP, restart."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from poise.balancers.nginx.processes import Running, running
from poise.lab.addresses import Addresses, Endpoint, text
from poise.lab.binaries import Nginx, find_nginx
from poise.lab.config import CA, TLS_NAME
from poise.lab.error import LabError
from poise.lab.plan import LabPlan
from poise.lab.processes import Process, Supervisor
from poise.lab.product import Product, Taking, nothing
from poise.lab.settings import UNLIMITED, BalancerSettings, span

CONFIG, LOG, PID, STATUS = "nginx.conf", "access.log", "nginx.pid", "status.conf"
_BOUND_SECONDS = 20.0

_NGINX = """\
# The web tier: clients -> {client} -> upstream {pool}.
{user}worker_processes 1;
pid {directory}/{pid};
error_log stderr warn;
daemon off;

events {{
    worker_connections {connections};
}}

http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;

    log_format attempts '$remote_addr [$time_iso8601] "$request" $status $request_time "$server_name" "$proxy_host" "$upstream_addr" '
                        '"$upstream_status" "$upstream_response_time" "$upstream_connect_time" "$upstream_header_time"';
    access_log {directory}/{log} attempts;

{upstream}
    server {{
        listen {client} backlog=1500;
        server_name http;
        keepalive_timeout 30s;
        proxy_connect_timeout 1500ms;
        proxy_read_timeout {server_timeout};
        proxy_next_upstream {next_upstream};
        proxy_next_upstream_tries {tries};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
{tls}        location / {{
            proxy_pass {scheme}://{target};
        }}
    }}

    include {directory}/{status}*;
}}
"""
_UPSTREAM = """\
    upstream {pool} {{
        zone {pool} 128k;
{algorithm}{servers}
    }}
"""
# A name in a variable is looked up while nginx runs; that of a `server` only when it starts (open-source nginx before 1.27.3).
_NAMED = """\
    resolver {name_server} valid={seconds}s ipv6=off;
    split_clients $request_id $chosen {{
{shares}
    }}
"""
_NAME = "apps.internal"
_STATUS = """\
server {{
    listen unix:{directory}/status.sock;
    server_name status;
    access_log off;
    location = /status {{
        stub_status;
    }}
}}
"""


_TLS = """\
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate {directory}/{ca};
        proxy_ssl_name {name};
        proxy_ssl_server_name on;
"""
_ALGORITHMS = {"round-robin": "", "least-connections": "least_conn;", "random": "random;", "source": "ip_hash;"}
# Each request holds a client's connection and one to a server; the listening sockets and the master's channel take some too.
_OWN_CONNECTIONS = 4


def texts(plan: LabPlan, addresses: Addresses, directory: Path, settings: BalancerSettings) -> Mapping[str, str]:
    """nginx.conf. Without `maxconn` there is no limit: nginx has no queue of its own, and would refuse what is beyond. It has no active
    checks either."""
    limit = f" max_conns={settings.maxconn}" if settings.maxconn is not None else ""
    bans = "" if settings.bans else " max_fails=0"
    servers = "\n".join(
        f"        server {text(server.path)} weight={settings.weights.get(server.name, 100)}{limit}{bans}"
        + (" down;" if server.name in settings.disabled else ";")
        for server in addresses.servers
    )
    algorithm = _ALGORITHMS[settings.algorithm]
    upstream = _UPSTREAM.format(pool=plan.pool, algorithm=f"        {algorithm}\n" if algorithm else "", servers=servers)
    # Workers of another user could not enter the lab's directory.
    user = "user root;\n" if os.geteuid() == 0 else ""
    limited = settings.listener_maxconn != UNLIMITED
    return {
        CONFIG: _NGINX.format(
            client=text(addresses.client), pool=plan.pool, directory=directory, user=user, pid=PID, log=LOG, status=STATUS,
            connections=2 * settings.listener_maxconn + _OWN_CONNECTIONS if limited else 2048,
            server_timeout=span(settings.server_timeout_ms),
            next_upstream="error timeout http_500 http_503" if settings.retry_answers else "error timeout",
            tries=settings.retries + 1 if settings.retries is not None else 3,
            upstream=_named(addresses, settings) if plan.names_resolved else upstream,
            target="$chosen" if plan.names_resolved else plan.pool,
            tls=_TLS.format(directory=directory, ca=CA, name=TLS_NAME) if plan.tls else "", scheme="https" if plan.tls else "http",
        )
    }  # fmt: skip


def _named(addresses: Addresses, settings: BalancerSettings) -> str:
    """Servers found by a name while it runs, each of them by lot as often as the others."""
    ports = [server.path[1] for server in addresses.servers]
    share = int(10_000 / len(ports)) / 100
    lines = [f"        {share}% {_NAME}:{port};" for port in ports[:-1]] + [f"        * {_NAME}:{ports[-1]};"]
    return _NAMED.format(name_server=text(addresses.name_server), seconds=settings.resolve_seconds, shares="\n".join(lines))


class LiveNginx:
    """One master with one worker, run from nginx.conf."""

    def __init__(self, found: Nginx, supervisor: Supervisor, directory: Path) -> None:
        self._found, self._supervisor, self._directory = found, supervisor, directory
        self._command = [str(found.path), "-p", f"{directory}/", "-e", "stderr", "-c", str(directory / CONFIG)]
        self._process: Process | None = None

    async def start(self) -> None:
        """Starts the master and waits for its worker. LabError with nginx's own words otherwise."""
        if self._has_status():
            (self._directory / STATUS).write_text(_STATUS.format(directory=self._directory))
        await self.check()
        for left in (PID, "status.sock"):
            (self._directory / left).unlink(missing_ok=True)
        self._process = self._supervisor.spawn("nginx", self._command, signal.SIGTERM)
        await self._until_other_workers_than(frozenset())

    async def check(self) -> None:
        """`nginx -t`; LabError if the file is not valid."""
        process = self._supervisor.spawn("nginx-check", [*self._command, "-t"])
        code = await process.ended(_BOUND_SECONDS)
        await self._supervisor.end(process)
        if code != 0:
            raise LabError(f"nginx {self._found.version} refuses {self._directory / CONFIG}: {process.last_words(5)}")

    async def reload(self, taking: Taking = nothing) -> None:
        """HUP: new workers take over with the file as it is now, the old ones finish what they have."""
        await self.check()
        before = self._running()
        if before is None or self._process is None:
            raise LabError(f"nginx is not running: {self._words()}")
        taking()
        self._process.popen.send_signal(signal.SIGHUP)
        await self._until_other_workers_than(before.workers)

    async def restart(self) -> None:
        """Ends it and starts it from its file. Loses requests."""
        await self.end()
        await self.start()

    async def end(self) -> None:
        """Ends it."""
        if self._process is not None:
            await self._supervisor.end(self._process)

    def _has_status(self) -> bool:
        """Not every build has the module: the wheel's has not."""
        told = subprocess.run([self._found.path, "-V"], capture_output=True, text=True, timeout=10, check=False)
        return "http_stub_status_module" in told.stderr + told.stdout

    def _running(self) -> Running | None:
        found = running(str(self._directory / PID))
        return found if isinstance(found, Running) else None

    async def _until_other_workers_than(self, before: frozenset[int]) -> None:
        deadline = asyncio.get_running_loop().time() + _BOUND_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if (now := self._running()) is not None and now.workers.isdisjoint(before):
                return
            if self._process is None or not self._process.running:
                break
            await asyncio.sleep(0.02)
        raise LabError(f"no new nginx worker began within {_BOUND_SECONDS:g} s: {self._words()}")

    def _words(self) -> str:
        return self._process.last_words() if self._process is not None else "it was never started"


def server_name(server: Endpoint) -> str:
    """The address as written."""
    return text(server.path)


NGINX = Product("nginx", CONFIG, texts, find_nginx, LiveNginx, server_name)
