"""Configuration files that agree with the recording: haproxy.cfg, nginx.conf, envoy.yaml, poise.toml."""

from __future__ import annotations

from case import Case

from model import HAPROXY, NGINX, Conf, Plan

LOG_FORMAT = (
    "'$remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent '\n"
    '                        \'rt=$request_time ua="$upstream_addr" us="$upstream_status" uct="$upstream_connect_time" '
    'urt="$upstream_response_time"\''
)


def span(seconds: float) -> str:
    """A time as HAProxy and nginx write it."""
    ms = round(seconds * 1000)
    return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"


def render(case: Case) -> tuple[str, str]:
    """Name and text of the product's file as it lies on disk at the end of the recording."""
    conf = case.final or case.plan.conf
    if case.plan.product == HAPROXY:
        return "haproxy.cfg", haproxy(case.plan, conf)
    if case.plan.product == NGINX:
        return "nginx.conf", nginx(case.plan, conf)
    return "envoy.yaml", envoy(case.plan, conf)


def haproxy(plan: Plan, conf: Conf) -> str:
    algorithm = {"random": "random(2)"}.get(conf.algorithm, conf.algorithm)
    servers = []
    for i, (name, address) in enumerate(zip(plan.servers, plan.addresses, strict=True)):
        line = f"    server {name} {address} weight {conf.weights[i]}"
        if conf.server_limit:
            line += f" maxconn {conf.server_limit}"
        if conf.check:
            line += f" check inter {span(conf.check_inter)} rise {conf.rise} fall {conf.fall}"
            line += f" port {conf.check_port}" if conf.check_port else ""
        servers.append(line + (" disabled" if i in conf.disabled else ""))
    lines = [
        "global",
        "    log /dev/log local0",
        "    stats socket /run/haproxy/admin.sock mode 660 level admin",
        f"    maxconn {max(4000, conf.frontend_limit + 100)}",
        "",
        "defaults",
        "    mode http",
        "    log global",
        "    option httplog",
        f"    timeout connect {span(conf.t_connect)}",
        "    timeout client 30s",
        f"    timeout server {span(conf.t_server)}",
        f"    timeout queue {span(conf.t_queue)}",
        "",
        f"frontend {plan.listener}",
        "    bind 127.0.0.1:8088",
        f"    maxconn {conf.frontend_limit}",
        f"    backlog {plan.backlog}",
        f"    default_backend {plan.pool}",
        "",
        f"backend {plan.pool}",
        f"    balance {algorithm}",
        *(["    option httpchk GET /healthz"] if conf.check else []),
        f"    retries {conf.retries}",
        "    option redispatch",
        *(["    retry-on conn-failure empty-response response-timeout 500 503"] if conf.retry_5xx else []),
        *servers,
    ]
    return "\n".join(lines) + "\n"


def nginx(plan: Plan, conf: Conf) -> str:
    algorithm = {"leastconn": ["least_conn;"], "source": ["ip_hash;"], "random": ["random two least_conn;"]}.get(conf.algorithm, [])
    workers = 2 * conf.frontend_limit - plan.idle_sessions + 4
    servers = []
    for i, address in enumerate(plan.addresses):
        line = f"server {address} weight={conf.weights[i]} max_fails={conf.max_fails} fail_timeout={span(conf.fail_timeout)}"
        line += f" max_conns={conf.server_limit}" if conf.server_limit else ""
        servers.append(line + (" down;" if i in conf.disabled else ";"))
    keepalive = plan.reuse > 0
    http = ["proxy_http_version 1.1;", 'proxy_set_header Connection "";'] if keepalive else []
    again = "error timeout http_500 http_503" if conf.retry_5xx else "error timeout"
    tries = [f"proxy_next_upstream_tries {conf.retries + 1};"] if conf.retry_5xx else []
    inner = [*algorithm, *servers, *([f"keepalive {plan.slots * plan.n};"] if keepalive else [])]
    place = [
        *http,
        f"proxy_pass http://{plan.pool};",
        f"proxy_connect_timeout {span(conf.t_connect)};",
        f"proxy_read_timeout {span(conf.t_server)};",
        f"proxy_next_upstream {again};",
        *tries,
    ]
    lines = [
        "worker_processes 1;",
        "error_log /var/log/nginx/error.log warn;",
        "pid /run/nginx.pid;",
        "",
        "events {",
        f"    worker_connections {workers};",
        "}",
        "",
        "http {",
        f"    log_format timed {LOG_FORMAT};",
        "    access_log /var/log/nginx/access.log timed;",
        "",
        f"    upstream {plan.pool} {{",
        *(f"        {line}" for line in inner),
        "    }",
        "",
        "    server {",
        f"        listen 127.0.0.1:8088 backlog={plan.backlog};",
        f"        server_name {plan.listener.replace('_', '-')}.example.net;",
        "        location / {",
        *(f"            {line}" for line in place),
        "        }",
        "        location = /nginx_status {",
        "            stub_status;",
        "        }",
        "    }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def envoy(plan: Plan, conf: Conf) -> str:
    policy = {"leastconn": "LEAST_REQUEST", "source": "RING_HASH", "random": "RANDOM"}.get(conf.algorithm, "ROUND_ROBIN")
    hashing = (
        "\n                  hash_policy:\n                  - connection_properties: {source_ip: true}"
        if conf.algorithm == "source"
        else ""
    )
    retry_on = "5xx,connect-failure" if conf.retry_5xx else "connect-failure,refused-stream"
    network = [
        "      - name: envoy.filters.network.connection_limit",
        "        typed_config:",
        "          '@type': type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
        f"          stat_prefix: {plan.listener}",
        f"          max_connections: {conf.frontend_limit}",
    ]
    each = f", per_try_timeout: {conf.t_server}s" if conf.retry_5xx else ""
    whole = round(conf.t_server * (conf.retries + 1), 3) if conf.retry_5xx else conf.t_server
    limited = "\n".join(network) + "\n" if conf.frontend_limit < 2000 else ""
    checks = f"""    common_lb_config:
      healthy_panic_threshold: {{value: 0}}
    health_checks:
    - timeout: {conf.check_inter}s
      interval: {conf.check_inter}s
      unhealthy_threshold: {conf.fall}
      healthy_threshold: {conf.rise}
      http_health_check: {{path: /healthz}}
"""
    ends = []
    for i, address in enumerate(plan.addresses):
        host, port = address.rsplit(":", 1)
        check = f"\n            health_check_config: {{port_value: {conf.check_port}}}" if conf.check_port else ""
        ends.append(
            f"        - endpoint:\n            address: {{socket_address: {{address: {host}, port_value: {port}}}}}{check}\n"
            f"          load_balancing_weight: {conf.weights[i]}\n" + ("          health_status: DRAINING\n" if i in conf.disabled else "")
        )
    return f"""admin:
  address: {{socket_address: {{address: 127.0.0.1, port_value: 9901}}}}
static_resources:
  listeners:
  - name: {plan.listener}
    address: {{socket_address: {{address: 127.0.0.1, port_value: 8088}}}}
    tcp_backlog_size: {plan.backlog}
    filter_chains:
    - filters:
{limited}      - name: envoy.filters.network.http_connection_manager
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: {plan.listener}
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: /dev/stdout
          route_config:
            virtual_hosts:
            - name: all
              domains: ['*']
              routes:
              - match: {{prefix: /}}
                route:
                  cluster: {plan.pool}
                  timeout: {whole}s{hashing}
                  retry_policy: {{retry_on: '{retry_on}', num_retries: {conf.retries}{each}}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: {plan.pool}
    type: STATIC
    connect_timeout: {conf.t_connect}s
    lb_policy: {policy}
    circuit_breakers:
      thresholds:
      - max_connections: {conf.cluster_limit}
        max_pending_requests: {conf.pending_limit}
        max_requests: {conf.cluster_limit}
        max_retries: 64
{checks if conf.check else ""}    load_assignment:
      cluster_name: {plan.pool}
      endpoints:
      - lb_endpoints:
{"".join(ends)}"""


def needs(case: Case) -> str:
    """poise.toml: any part of what could be declared, sometimes nearly nothing."""
    plan, draw = case.plan, case.random
    key = plan.pool if all(c.isalnum() or c in "-_" for c in plan.pool) else f'"{plan.pool}"'
    peak = case.peak or plan.rate * draw.uniform(1.25, 1.5)
    full = [
        'split = "even"',
        f"peak_requests_per_second = {round(peak)}",
        f"concurrency_per_server = {plan.slots}",
        f"service_time_ms = {round(plan.service * 1000)}",
        "sticky = false",
        f"objectives = {{availability = 0.995, latency_p99_ms = {round(plan.service * 6000)}}}",
    ]
    must = {1} if case.peak else set()
    kept = [line for i, line in enumerate(full) if i in must or draw.random() < 0.75]
    return "\n".join([f"[pool.{key}]", *kept]) + "\n"
