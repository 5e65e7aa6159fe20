"""Writes hundred-pools.yaml: one gateway in front of a hundred services, of several kinds."""

from pathlib import Path

HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def route(number: int) -> str:
    """The route of a service; every fifth is hashed, every fourth retried."""
    extra = ""
    if number % 5 == 0:
        extra += ", hash_policy: [{header: {header_name: x-account}}, {connection_properties: {source_ip: true}}]"
    if number % 4 == 1:
        extra += ', retry_policy: {retry_on: "connect-failure,refused-stream", num_retries: 1}'
    timeout = (3, 5, 10)[number % 3]
    return f'              - {{match: {{prefix: "/svc{number:03}/"}}, route: {{cluster: svc{number:03}, timeout: {timeout}s{extra}}}}}\n'


def cluster(number: int) -> str:
    """The cluster of a service: by address or by name, and with HTTP/2 for every seventh."""
    name = f"svc{number:03}"
    policy = "MAGLEV" if number % 5 == 0 else ("ROUND_ROBIN", "LEAST_REQUEST")[number % 2]
    lines = [f"  - name: {name}", "    connect_timeout: 1s", f"    lb_policy: {policy}"]
    port = 8000 + number
    if number % 3 == 0:
        lines += ["    type: STRICT_DNS", "    dns_refresh_rate: 5s", "    respect_dns_ttl: true"]
        hosts = [f"{name}-{side}.svc.internal" for side in "ab"]
    else:
        lines += ["    type: STATIC"]
        hosts = [f"10.{number}.0.{host + 1}" for host in range(2 + number % 4)]
    lines += [
        "    circuit_breakers: {thresholds: [{max_connections: 600, max_requests: 600, max_pending_requests: 200}]}",
        "    health_checks:",
        "    - {timeout: 1s, interval: 5s, interval_jitter: 1s, unhealthy_threshold: 3, healthy_threshold: 2, "
        "http_health_check: {path: /healthz}}",
    ]
    if number % 7 == 0:
        lines += [
            "    typed_extension_protocol_options:",
            f'      {OPTIONS}: {{"@type": type.googleapis.com/{OPTIONS}, '
            "explicit_http_config: {http2_protocol_options: {max_concurrent_streams: 100}}}",
        ]
    lines += ["    load_assignment:", f"      cluster_name: {name}", "      endpoints:", "      - lb_endpoints:"]
    lines += [f"        - endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}}}" for host in hosts]
    return "\n".join(lines) + "\n"


HEAD = f"""# Written by generate_hundred_pools.py
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 9901}}}}}}
static_resources:
  listeners:
  - name: gateway
    address: {{socket_address: {{address: 0.0.0.0, port_value: 8080}}}}
    per_connection_buffer_limit_bytes: 32768
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {HCM}
          stat_prefix: gateway
          use_remote_address: true
          stream_idle_timeout: 300s
          request_timeout: 60s
          common_http_protocol_options: {{idle_timeout: 900s}}
          http2_protocol_options: {{max_concurrent_streams: 100}}
          route_config:
            name: gateway
            virtual_hosts:
            - name: gateway
              domains: ["*"]
              routes:
"""
MIDDLE = f"""          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": {ROUTER}}}
  clusters:
"""
NUMBERS = range(1, 101)
TEXT = HEAD + "".join(map(route, NUMBERS)) + MIDDLE + "".join(map(cluster, NUMBERS))
Path(__file__).with_name("hundred-pools.yaml").write_text(TEXT)
