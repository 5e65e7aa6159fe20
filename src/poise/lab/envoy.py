"""The lab's Envoy: its bootstrap with endpoints in a file of their own, start, and new endpoints without loss."""

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from poise.balancers.http_fetch import fetch
from poise.lab.addresses import Addresses, Endpoint, text
from poise.lab.binaries import Envoy, find_envoy
from poise.lab.config import CA, TLS_NAME
from poise.lab.error import LabError
from poise.lab.plan import LabPlan
from poise.lab.processes import Process, Supervisor
from poise.lab.product import Product, Taking, nothing, replace_file
from poise.lab.settings import BalancerSettings

CONFIG, ENDPOINTS, ADMIN = "envoy.yaml", "endpoints.yaml", "admin.sock"
_BOUND_SECONDS = 20.0
# Clients that keep connections must use them once more to be told to leave.
_DRAIN_SECONDS = 5.0

_BOOTSTRAP = """\
# The web tier: clients -> {client} -> cluster {pool}, whose endpoints stand in {endpoints}.
node: {{id: lab, cluster: lab}}
admin:
  address:
    pipe: {{path: {directory}/{admin}, mode: 0600}}
layered_runtime:
  layers:
    - name: limits
      static_layer:
        # The first is the frontend's maxconn, the second HAProxy's global one.
        envoy.resource_limits.listener.http.connection_limit: {listener_maxconn}
        overload.global_downstream_max_connections: 2000
static_resources:
  listeners:
    - name: http
      address:
        socket_address: {{address: {host}, port_value: {port}}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: http
                stream_idle_timeout: 30s
                request_timeout: 30s
                route_config:
                  virtual_hosts:
                    - name: web
                      domains: ["*"]
                      routes:
                        - match: {{prefix: /}}
                          route:
                            cluster: {pool}
{hash_policy}                            timeout: {timeout}
                            retry_policy: {{{retry_policy}}}
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
    - name: {pool}
      type: EDS
      connect_timeout: 1.5s
      lb_policy: {algorithm}
      common_lb_config: {{healthy_panic_threshold: {{value: {panic}}}}}
      eds_cluster_config:
        eds_config:
          path_config_source: {{path: {directory}/{endpoints}}}
{checks}      circuit_breakers:
        thresholds:
          - {{max_connections: {connections}, max_pending_requests: {most}, max_requests: {most}, max_retries: 100, track_remaining: true}}
        per_host_thresholds:
          - {{max_connections: {limit}}}
{tls}"""
_CHECKS = """\
      health_checks:
        - timeout: {timeout}
          interval: {seconds}s
          no_traffic_interval: {seconds}s
          unhealthy_threshold: {fall}
          healthy_threshold: 2
          http_health_check: {{path: {path}}}
"""
_TLS = """\
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          sni: {name}
          common_tls_context:
            validation_context:
              trusted_ca: {{filename: {directory}/{ca}}}
              match_typed_subject_alt_names: [{{san_type: DNS, matcher: {{exact: {name}}}}}]
"""
_ALGORITHMS = {"round-robin": "ROUND_ROBIN", "least-connections": "LEAST_REQUEST", "random": "RANDOM", "source": "RING_HASH"}
_HASH_POLICY = "                            hash_policy: [{connection_properties: {source_ip: true}}]\n"
_ENDPOINTS = """\
resources:
  - "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
    cluster_name: {pool}
    endpoints:
      - lb_endpoints:
{endpoints}
"""
_ENDPOINT = (
    "          - {{endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}{check}}}, "
    "load_balancing_weight: {weight}{status}}}"
)


def texts(plan: LabPlan, addresses: Addresses, directory: Path, settings: BalancerSettings) -> Mapping[str, str]:
    """The bootstrap and the endpoints. Disabled servers drain: one that is left out keeps its traffic while its checks succeed."""
    room = plan.slots + plan.queue
    limit = settings.maxconn if settings.maxconn is not None else room
    host, port = addresses.client
    checks = _CHECKS.format(
        timeout=seconds(settings.check_timeout_ms), seconds=settings.check_seconds, fall=settings.check_fall, path=settings.check_path
    )
    attempts = (settings.retries if settings.retries is not None else 2) + 1
    retry_policy = f'retry_on: "connect-failure,refused-stream", num_retries: {attempts - 1}'
    timeout_ms = settings.server_timeout_ms
    if settings.retry_answers:
        # The route's timeout is over all attempts.
        retry_policy = f'retry_on: "5xx", num_retries: {attempts - 1}, per_try_timeout: {seconds(timeout_ms)}'
        timeout_ms *= attempts
    bootstrap = _BOOTSTRAP.format(
        client=text(addresses.client), host=host, port=port, pool=plan.pool, directory=directory, admin=ADMIN, endpoints=ENDPOINTS,
        limit=limit, connections=limit * plan.servers, most=room * plan.servers, listener_maxconn=settings.listener_maxconn,
        hash_policy=_HASH_POLICY if settings.algorithm == "source" else "", timeout=seconds(timeout_ms), retry_policy=retry_policy,
        algorithm=_ALGORITHMS[settings.algorithm], checks=checks if settings.checked else "", panic=settings.panic_percent,
        tls=_TLS.format(directory=directory, ca=CA, name=TLS_NAME) if plan.tls else "",
    )  # fmt: skip
    check = f", health_check_config: {{port_value: {settings.check_port}}}" if settings.check_port is not None else ""
    endpoints = "\n".join(
        _ENDPOINT.format(
            host=server.path[0],
            port=server.path[1],
            weight=settings.weights.get(server.name, 100),
            check=check,
            status=", health_status: DRAINING" if server.name in settings.disabled else "",
        )
        for server in addresses.servers
    )
    return {CONFIG: bootstrap, ENDPOINTS: _ENDPOINTS.format(pool=plan.pool, endpoints=endpoints)}


def seconds(milliseconds: int) -> str:
    """As Envoy reads it (protobuf's JSON of a Duration)."""
    return f"{milliseconds / 1000:g}s"


def write(path: Path, content: str) -> None:
    """Into the file itself, as an editor that keeps it does: Envoy takes a file that was moved there, and no other (its documentation of
    path_config_source), so that this waits for a `reload`."""
    path.write_text(content)


async def ask(socket_path: Path, target: str, timeout_seconds: float = 2.0) -> str:
    """One question to the admin interface. OSError if nobody listens."""
    async with asyncio.timeout(timeout_seconds):
        return (await fetch(str(socket_path), target)).body.decode(errors="replace")


async def told(socket_path: Path, target: str, timeout_seconds: float = 2.0) -> None:
    """One command to the admin interface, which takes commands by POST only."""
    async with asyncio.timeout(timeout_seconds):
        reader, writer = await asyncio.open_unix_connection(socket_path)
        try:
            writer.write(f"POST {target} HTTP/1.1\r\nHost: lab\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await reader.read()
        finally:
            writer.close()


class LiveEnvoy:
    """One Envoy with one worker, run from envoy.yaml."""

    def __init__(self, found: Envoy, supervisor: Supervisor, directory: Path) -> None:
        self._found, self._supervisor = found, supervisor
        self._config, self._endpoints, self._admin = directory / CONFIG, directory / ENDPOINTS, directory / ADMIN
        self._process: Process | None = None
        self._started_with = ""

    async def start(self) -> None:
        """Starts it and waits until it is live. LabError with Envoy's own words otherwise."""
        self._started_with = self._config.read_text()
        self._admin.unlink(missing_ok=True)
        command = [str(self._found.path), "-c", str(self._config), "--concurrency", "1", "--disable-hot-restart", "-l", "warning"]
        # Clients that keep connections leave a process that drains with their next answer, not some time in ten minutes.
        command += ["--drain-time-s", "2", "--drain-strategy", "immediate"]
        self._process = self._supervisor.spawn("envoy", command, signal.SIGTERM)
        await self._until(self._live, "is not live")

    async def check(self) -> None:
        """`envoy --mode validate`; LabError if the bootstrap is not valid."""
        command = [str(self._found.path), "--mode", "validate", "-c", str(self._config), "-l", "error"]
        process = self._supervisor.spawn("envoy-check", command)
        code = await process.ended(_BOUND_SECONDS)
        await self._supervisor.end(process)
        if code != 0:
            raise LabError(f"Envoy {self._found.version} refuses {self._config}: {process.last_words(5)}")

    async def reload(self, taking: Taking = nothing) -> None:
        """Has Envoy take the endpoints by moving the file into its place, and for a changed bootstrap a new process take over."""
        if self._config.read_text() != self._started_with:
            await self.check()
            await self._replace(taking)
            return
        before = await self._counts()
        taking()
        replace_file(self._endpoints, self._endpoints.read_text())
        after = before

        async def taken() -> bool:
            nonlocal after
            after = await self._counts()
            return after != before

        await self._until(taken, "did not take its endpoints")
        if after[1] != before[1]:
            raise LabError(f"Envoy {self._found.version} refuses {self._endpoints}: {self._words()}")

    async def _replace(self, taking: Taking) -> None:
        """A second process serves beside the first, as both may listen (SO_REUSEPORT, Envoy's default), which then drains and ends."""
        old, before = self._process, self._admin.with_suffix(".old")
        self._admin.replace(before)
        await self.start()
        taking()
        if old is None:
            return
        await told(before, "/drain_listeners")
        deadline = asyncio.get_running_loop().time() + _DRAIN_SECONDS
        while old.running and asyncio.get_running_loop().time() < deadline:
            if re.search(r"^http\.http\.downstream_cx_active: 0$", await ask(before, "/stats?filter=downstream_cx_active"), re.M):
                break
            await asyncio.sleep(0.1)
        await self._supervisor.end(old)

    async def restart(self) -> None:
        """Ends it and starts it from its files. Loses requests."""
        await self.end()
        await self.start()

    async def end(self) -> None:
        """Ends it."""
        if self._process is not None:
            await self._supervisor.end(self._process)

    async def _live(self) -> bool:
        return "LIVE" in await ask(self._admin, "/ready")

    async def _counts(self) -> tuple[str, str]:
        """How often endpoints were taken; and could not be read, or were refused."""
        answer = await ask(self._admin, "/stats?filter=^cluster.*update_(success%7Cfailure%7Crejected)$")
        found = dict(re.findall(r"update_(success|failure|rejected): (\d+)", answer))
        return found.get("success", ""), found.get("failure", "") + found.get("rejected", "")

    async def _until(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline = asyncio.get_running_loop().time() + _BOUND_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                if await true():
                    return
            except (OSError, TimeoutError, ValueError):
                pass
            if self._process is None or not self._process.running:
                break
            await asyncio.sleep(0.02)
        raise LabError(f"Envoy {self._found.version} {what} ({self._admin}) within {_BOUND_SECONDS:g} s: {self._words()}")

    def _words(self) -> str:
        return self._process.last_words() if self._process is not None else "it was never started"


def server_name(server: Endpoint) -> str:
    """The address as written."""
    return text(server.path)


ENVOY = Product("envoy", CONFIG, texts, find_envoy, LiveEnvoy, server_name, write)
