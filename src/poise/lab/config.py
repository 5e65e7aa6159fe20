"""The files of a lab: what the load balancer is configured to do, and what the application needs of it."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path

from poise.lab.addresses import Addresses, Endpoint, text
from poise.lab.plan import LabPlan

POOL, CONFIG = "web", "haproxy.cfg"

_HAPROXY = """\
# The web tier: clients -> {client} -> pool {pool}.
global
    maxconn 2000
    pidfile {directory}/haproxy.pid
    stats socket {directory}/admin.sock mode 600 level admin expose-fd listeners
    stats timeout 30s
    hard-stop-after 30s
    log stdout format raw local0

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option redispatch
    # A reload must not cost the clients that reuse idle connections: they are closed with an answer, not in their face.
    option idle-close-on-response
    retries 3
    timeout connect 1500ms
    timeout client 30s
    timeout server 3s
    timeout queue 2s
    timeout check 2s
    timeout http-request 5s
    timeout http-keep-alive 30s

frontend http
    bind {client}
    maxconn 1500
    default_backend {pool}

backend {pool}
    balance roundrobin
    option httpchk GET /healthz
    http-check expect status 200
    default-server check inter 2s fall 3 rise 2
{servers}
"""


def haproxy_text(
    plan: LabPlan, addresses: Addresses, directory: Path, weights: Mapping[str, int] | None = None, maxconn: int | None = None
) -> str:
    """haproxy.cfg. `weights` by server name (100 each otherwise); `maxconn` per server (room for all slots and the queue otherwise)."""
    limit = maxconn if maxconn is not None else plan.slots + plan.queue
    servers = "\n".join(
        f"    server {server.name} {text(server.path)} weight {(weights or {}).get(server.name, 100)} maxconn {limit}"
        for server in addresses.servers
    )
    return _HAPROXY.format(client=text(addresses.client), pool=POOL, directory=directory, servers=servers)


def texts(
    plan: LabPlan, addresses: Addresses, directory: Path, weights: Mapping[str, int] | None, maxconn: int | None
) -> Mapping[str, str]:
    """HAProxy's files."""
    return {CONFIG: haproxy_text(plan, addresses, directory, weights, maxconn)}


def needs_text(plan: LabPlan, addresses: Addresses, dsn: str, server_name: Callable[[Endpoint], str] = attrgetter("name")) -> str:
    """poise.toml: the application's needs and where to look. `server_name` is what the load balancer calls a server."""
    applications = ", ".join(f'"{name}"' for name in plan.names)
    lines = [
        "# What the application needs of its load balancer, and where poise can look beside the load balancer itself.",
        f"[pool.{POOL}]",
        'split = "even"',
        "survive = 1",
        f"peak_requests_per_second = {plan.peak:.1f}",
        f"concurrency_per_server = {plan.slots}",
        f"service_time_ms = {plan.service_ms:g}",
        "cost_per_minute = 120.0",
        "objectives = {availability = 0.999, latency_p99_ms = 500}",
        "",
        "[watch]",
        f'client = "http://{text(addresses.client)}/"',
        'samples = ["load.csv"]',
        'changes = ["changes.jsonl"]',
    ]
    for server in addresses.servers:
        lines += [
            "",
            f'[watch.server."{POOL}/{server_name(server)}"]',
            f'metrics = "http://{text(server.direct)}/metrics"',
            f'direct = "{text(server.direct)}"',
            f'application = "{server.name}"',
        ]
    lines += [
        "",
        f"[watch.database.{addresses.database.name}]",
        f'dsn = "{dsn}"',
        f'path = "{text(addresses.database.path)}"',
        f'direct = "{text(addresses.database.direct)}"',
        f"used_by = [{applications}]",
    ]
    return "\n".join(lines) + "\n"
