"""The files of a lab: what the load balancer is configured to do, and what the application needs of it."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path

from poise.lab.addresses import Addresses, Endpoint, text
from poise.lab.plan import LabPlan
from poise.lab.settings import BalancerSettings, span

CONFIG = "haproxy.cfg"
# The authority that signs the certificates of servers that speak TLS, and the one name in these.
CA, TLS_NAME = "ca.pem", "app.lab.internal"

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
    retries {retries}
{retry_on}    timeout connect 1500ms
    timeout client 30s
    timeout server {server_timeout}
    timeout queue 2s
    timeout check {check_timeout}
    timeout http-request 5s
    timeout http-keep-alive 30s

{resolvers}frontend http
    bind {client}
    maxconn {listener_maxconn}
    default_backend {pool}

backend {pool}
    balance {algorithm}
{checks}{servers}
"""
_CHECKS = """\
    option httpchk GET {path}
    http-check expect status 200
    default-server check inter {seconds}s fall {fall} rise 2{port}
"""
_RESOLVERS = """\
resolvers lab
    nameserver one {name_server}
    hold valid 1s
    timeout resolve 1s
    timeout retry 1s

"""
# The one name that this machine's own resolver knows too, so that poise can ask for the same.
_NAME = "localhost"
_ALGORITHMS = {"round-robin": "roundrobin", "least-connections": "leastconn", "random": "random", "source": "source"}
_RETRY_ANSWERS = "    retry-on conn-failure empty-response response-timeout 500 503\n"


def haproxy_text(plan: LabPlan, addresses: Addresses, directory: Path, settings: BalancerSettings) -> str:
    """haproxy.cfg."""
    limit = settings.maxconn if settings.maxconn is not None else plan.slots + plan.queue
    # All have one name; without allow-dup-ip HAProxy gives an address to one server of a backend only.
    resolved = " resolvers lab resolve-prefer ipv4 resolve-opts allow-dup-ip init-addr none" if plan.names_resolved else ""

    def place(server: Endpoint) -> str:
        return f"{_NAME}:{server.path[1]}" if plan.names_resolved else text(server.path)

    # The servers' certificates name one host, as certificates of a fleet behind a load balancer do.
    tls = f" ssl verify required ca-file {directory}/{CA} verifyhost {TLS_NAME} sni str({TLS_NAME})" if plan.tls else ""
    servers = "\n".join(
        f"    server {server.name} {place(server)} weight {settings.weights.get(server.name, 100)} maxconn {limit}{tls}{resolved}"
        + (" disabled" if server.name in settings.disabled else "")
        for server in addresses.servers
    )
    port = f" port {settings.check_port}" if settings.check_port is not None else ""
    checks = _CHECKS.format(path=settings.check_path, seconds=settings.check_seconds, fall=settings.check_fall, port=port)
    return _HAPROXY.format(
        client=text(addresses.client), pool=plan.pool, directory=directory, servers=servers,
        retries=3 if settings.retries is None else settings.retries,
        retry_on=_RETRY_ANSWERS if settings.retry_answers else "", server_timeout=span(settings.server_timeout_ms),
        check_timeout=span(settings.check_timeout_ms), listener_maxconn=settings.listener_maxconn,
        algorithm=_ALGORITHMS[settings.algorithm], checks=checks if settings.checked else "",
        resolvers=_RESOLVERS.format(name_server=text(addresses.name_server)) if plan.names_resolved else "",
    )  # fmt: skip


def texts(plan: LabPlan, addresses: Addresses, directory: Path, settings: BalancerSettings) -> Mapping[str, str]:
    """HAProxy's files."""
    return {CONFIG: haproxy_text(plan, addresses, directory, settings)}


# What poise.toml says of the pool where the plan does not choose.
DECLARED = ("split", "survive", "peak", "concurrency", "service_time", "cost", "objectives")


def needs_text(plan: LabPlan, addresses: Addresses, dsn: str, server_name: Callable[[Endpoint], str] = attrgetter("name")) -> str:
    """poise.toml: the application's needs and where to look. `server_name` is what the load balancer calls a server."""
    applications = ", ".join(f'"{name}"' for name in plan.names)
    pool = {
        "split": 'split = "even"',
        "survive": "survive = 1",
        "peak": f"peak_requests_per_second = {plan.peak:.1f}",
        "concurrency": f"concurrency_per_server = {plan.slots}",
        "service_time": f"service_time_ms = {plan.service_ms:g}",
        "cost": "cost_per_minute = 120.0",
        "objectives": "objectives = {availability = 0.999, latency_p99_ms = 500}",
        "behind_nat": "clients_behind_nat = true",
    }
    declared = plan.declared if plan.declared is not None else DECLARED
    probed = addresses.client if plan.probed_inside else addresses.dialled
    lines = [
        "# What the application needs of its load balancer, and where poise can look beside the load balancer itself.",
        f'[pool."{plan.pool}"]',
        *(pool[name] for name in declared),
        "",
        "[watch]",
        f'client = "http://{text(probed)}/"',
        *(['samples = ["load.csv"]'] if plan.sampled else []),
        'changes = ["changes.jsonl"]',
    ]
    for server in addresses.servers:
        lines += [
            "",
            f'[watch.server."{plan.pool}/{server_name(server)}"]',
            f'metrics = "http://{text(server.metrics)}/metrics"',
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
