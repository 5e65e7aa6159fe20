"""A real Envoy whose admin interface is a socket, in front of servers inside the test process: what its collector is tested against."""

import asyncio
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from poise.balancers.envoy.scrape import Scrape, Scraper
from poise.balancers.http_fetch import fetch
from poise.lab.binaries import Envoy, find_envoy
from poise.lab.ports import take_ports
from poise.model.sample import Block
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies

KINDS = ("ok", "fails", "slow", "refuses", "second")
BOOTSTRAP = """\
node: {{id: test, cluster: test}}
admin: {{address: {{pipe: {{path: {folder}/admin.sock}}}}}}
layered_runtime:
  layers: [{{name: file, static_layer: {{envoy.resource_limits.listener.http.connection_limit: 50}}}}]
static_resources:
  listeners:
    - name: http
      address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: web
                http_filters:
                  - {{name: r, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}
                route_config:
                  virtual_hosts:
                    - name: web
                      domains: ["*"]
                      routes:
                        - {{match: {{prefix: /web}}, route: {{cluster: web, timeout: 0.5s}}}}
                        - {{match: {{prefix: /tried}}, route: {{cluster: "tried:again", retry_policy: {{retry_on: 5xx, num_retries: 2}}}}}}
                        - {{match: {{prefix: /found}}, route: {{cluster: found}}}}
    - name: passed-on
      address: {{socket_address: {{address: 127.0.0.1, port_value: {tcp}}}}}
      filter_chains:
        - filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: tcp
                cluster: connections
  clusters:
    - name: connections
      connect_timeout: 1s
      load_assignment:
        cluster_name: connections
        endpoints: [{{lb_endpoints: [{{endpoint: {{address: {ok}}}}}, {{endpoint: {{address: {refuses}}}}}]}}]
    - name: web
      type: STATIC
      connect_timeout: 1s
      load_assignment:
        cluster_name: web
        endpoints:
          - lb_endpoints:
              - {{endpoint: {{address: {ok}}}, load_balancing_weight: 3}}
              - {{endpoint: {{address: {fails}}}}}
              - {{endpoint: {{address: {refuses}}}}}
              - {{endpoint: {{address: {slow}}}}}
    - name: "tried:again"
      type: STATIC
      connect_timeout: 1s
      load_assignment:
        cluster_name: tried
        endpoints: [{{lb_endpoints: [{{endpoint: {{address: {fails}}}}}]}}]
    - name: twice
      type: STATIC
      connect_timeout: 1s
      load_assignment:
        cluster_name: twice
        endpoints:
          - lb_endpoints:
              - {{endpoint: {{address: {ok}}}}}
              - {{endpoint: {{address: {ok}}}, load_balancing_weight: 2}}
              - {{endpoint: {{address: {{socket_address: {{address: "::1", port_value: 80}}}}}}}}
              - {{endpoint: {{address: {{pipe: {{path: {folder}/none.sock}}}}}}}}
    - name: named
      type: STRICT_DNS
      connect_timeout: 1s
      dns_lookup_family: V4_ONLY
      load_assignment:
        cluster_name: named
        endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: localhost, port_value: 80}}}}}}}}]}}]
    - name: found
      type: EDS
      connect_timeout: 1s
      outlier_detection: {{consecutive_5xx: 3, interval: 3600s, base_ejection_time: 3600s, max_ejection_percent: 100}}
      eds_cluster_config: {{eds_config: {{path_config_source: {{path: {folder}/endpoints.yaml}}}}}}
      circuit_breakers:
        thresholds: [{{max_connections: 7, max_pending_requests: 5, max_requests: 9, max_retries: 1, track_remaining: true}}]
"""


class Watched:
    """One running Envoy."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: Counter[str] = Counter()
        self.ports: dict[str, int] = {}
        self._block = take_ports(start=331)
        self.config = folder / "envoy.yaml"
        self._listening: list[asyncio.Server] = []
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        for number, kind in enumerate(KINDS):
            self.ports[kind] = self._block.first + 1 + number
            if kind != "refuses":
                serve = await asyncio.start_server(lambda r, w, kind=kind: self._serve(kind, r, w), "127.0.0.1", self.ports[kind])
                self._listening.append(serve)
        addresses = {kind: f"{{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}" for kind, port in self.ports.items()}
        self.config.write_text(BOOTSTRAP.format(folder=self.folder, port=self._block.first, tcp=self._block.first + 20, **addresses))
        self.endpoints([("ok", "load_balancing_weight: 5"), ("second", "")])
        found = find_envoy()
        assert isinstance(found, Envoy), found
        log = self.folder / "envoy.log"
        command = [found.path, "-c", self.config, "--concurrency", "1", "--disable-hot-restart", "-l", "error", "--log-path", log]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - a moment, in a test
        async with asyncio.timeout(20):
            while not await self._lives():
                assert self._process.poll() is None, log.read_text()
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        for server in self._listening:
            server.close()
        self._block.release()

    def endpoints(self, members: Sequence[tuple[str, str]], second: Sequence[tuple[str, str]] = ()) -> None:
        """Has other endpoints stand in the file of the pool `found`, by kind and further settings; `second` at the second priority."""
        groups = ""
        for priority, group in enumerate((members, second)):
            if group:
                groups += f"      - priority: {priority}\n        lb_endpoints:\n"
                for kind, settings in group:
                    address = f"{{socket_address: {{address: 127.0.0.1, port_value: {self.ports[kind]}}}}}"
                    groups += f"          - {{endpoint: {{address: {address}}}{', ' + settings if settings else ''}}}\n"
        self.replace(
            'resources:\n  - "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment\n'
            f"    cluster_name: found\n    endpoints:\n{groups}"
        )

    def replace(self, text: str) -> None:
        """Has this stand in the file of endpoints."""
        new = self.folder / "endpoints.new"
        new.write_text(text)
        new.rename(self.folder / "endpoints.yaml")

    def topology(self) -> Topology:
        """What the files say now."""
        return topologies([(str(self.config), self.config.read_text())])[0]

    async def ask(self, path: str, times: int, port: int = 0) -> None:
        for _ in range(times):
            await fetch(f"127.0.0.1:{self._block.first + port}", path)

    async def until(self, scraper: Scraper, component: str, metric: str, value: float) -> Scrape:
        """Looks until that is so."""
        async with asyncio.timeout(20):
            while (await look(scraper)).get(component, {}).get(metric) != value:  # noqa: ASYNC110 - Envoy's own state
                await asyncio.sleep(0.05)
        return await scraper.scrape(datetime.now(UTC))

    async def _lives(self) -> bool:
        try:
            return (await fetch(f"{self.folder}/admin.sock", "/ready")).status == 200
        except (OSError, ValueError):
            return False

    async def _serve(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.counts[kind] += 1
                if kind == "slow":
                    await asyncio.sleep(30)
                status = "503 No" if kind == "fails" else "200 OK"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def look(scraper: Scraper) -> dict[str, dict[str, float]]:
    """One look, by component and metric."""
    return by_component(await scraper.scrape(datetime.now(UTC)))


def by_component(scrape: Scrape) -> dict[str, dict[str, float]]:
    """The figures of a look by component and metric."""
    found: dict[str, dict[str, float]] = {}
    for sample in [*scrape.samples, *(each for block in scrape.blocks for each in Block.samples(block))]:
        found.setdefault(sample.component, {})[sample.metric] = sample.value
    return found
