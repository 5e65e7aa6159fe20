"""Writes envoy.yaml: one listener, a hundred services by host name, pools of two to nine hosts."""

import pathlib

HEAD = """\
# Written by generate.py from the service list; do not edit.
admin:
  address:
    socket_address: {address: 127.0.0.1, port_value: 9901}
static_resources:
  listeners:
  - name: services
    address:
      socket_address: {address: 0.0.0.0, port_value: 8080}
    per_connection_buffer_limit_bytes: 32768
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: services
          use_remote_address: true
          normalize_path: true
          request_timeout: 120s
          request_headers_timeout: 10s
          stream_idle_timeout: 120s
          common_http_protocol_options: {idle_timeout: 900s}
          http2_protocol_options: {max_concurrent_streams: 100}
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            name: services
            virtual_hosts:
"""
VHOST = """\
            - name: {name}
              domains: ["{name}.svc.example", "{name}.svc.example:8080"]
              routes:
              - match: {{prefix: /}}
                route: {{cluster: {name}, timeout: {timeout}s{hash}}}
"""
CLUSTER = """\
  - name: {name}
    type: STATIC
    connect_timeout: 1s
    lb_policy: {policy}
    health_checks:
    - timeout: 1s
      interval: 5s
      interval_jitter: 1s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {{path: /healthz}}
    outlier_detection: {{consecutive_5xx: 10, base_ejection_time: 30s, max_ejection_percent: {eject}}}
    circuit_breakers:
      thresholds:
      - max_connections: 1024
        max_pending_requests: 512
        max_requests: 2048
        retry_budget: {{budget_percent: {{value: 20}}, min_retry_concurrency: 3}}
    load_assignment:
      cluster_name: {name}
      endpoints:
      - lb_endpoints:
"""
HOST = "        - endpoint: {{address: {{socket_address: {{address: 10.{a}.{b}.{c}, port_value: {port}}}}}}}\n"
DOMAINS = ["orders", "users", "stock", "billing", "search", "media", "chat", "ads", "geo", "docs"]
PARTS = ["api", "web", "admin", "events", "export", "sync", "cache", "report", "hooks", "batch"]


def main() -> None:
    vhosts, clusters = [], []
    for i, (domain, part) in enumerate((d, p) for d in DOMAINS for p in PARTS):
        name = f"{domain}-{part}"
        count = 2 + i % 8
        hashed = part == "cache"
        vhosts.append(
            VHOST.format(
                name=name,
                timeout=60 if part == "export" else 10,
                hash=', hash_policy: [{header: {header_name: ":path"}}]' if hashed else "",
            )
        )
        policy = "MAGLEV" if hashed else ("LEAST_REQUEST" if i % 3 else "ROUND_ROBIN")
        clusters.append(CLUSTER.format(name=name, policy=policy, eject=50 if count < 4 else 25))
        for host in range(count):
            clusters.append(HOST.format(a=40 + i // 50, b=i % 50, c=host + 1, port=8000 + i % 7))
    text = HEAD + "".join(vhosts) + "  clusters:\n" + "".join(clusters)
    pathlib.Path(__file__).with_name("envoy.yaml").write_text(text)


if __name__ == "__main__":
    main()
