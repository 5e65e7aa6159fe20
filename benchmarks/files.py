"""The configurations that are measured: of real-life shape, in any size, and accepted by the real binaries."""

from collections.abc import Callable

HAPROXY_HEAD = """global
    maxconn 20000
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
    option redispatch
frontend in
    bind 127.0.0.1:20000
    default_backend pool0
"""


def haproxy(pools: int, servers: int = 10) -> str:
    """That many pools of that many servers each; 657 bytes a pool of ten."""
    blocks = []
    for pool in range(pools):
        lines = [f"backend pool{pool}", "    balance roundrobin", "    option httpchk GET /healthz"]
        lines += [f"    server s{n} 10.{pool // 250}.{pool % 250}.{n + 1}:8080 check weight 10 maxconn 100" for n in range(servers)]
        blocks.append("\n".join(lines))
    return HAPROXY_HEAD + "\n".join(blocks) + "\n"


def nginx(sites: int) -> str:
    """That many sites: each an upstream, a line of the map and a server block with four locations; about 1.5 kB a site."""
    upstreams = "".join(
        f"""    upstream site{n} {{
        zone site{n} 64k;
        least_conn;
        server 10.{n >> 8 & 255}.{n & 255}.1:8080 weight=5 max_fails=3 fail_timeout=10s;
        server 10.{n >> 8 & 255}.{n & 255}.2:8080 weight=5 max_fails=3 fail_timeout=10s;
        server 10.{n >> 8 & 255}.{n & 255}.3:8080 weight=5 max_fails=3 fail_timeout=10s;
        keepalive 32;
    }}
"""
        for n in range(sites)
    )
    servers = "".join(
        f"""    server {{
        listen 127.0.0.1:{20000 + n % 40}{" default_server" if n < 40 else ""};
        server_name site{n}.example.com www.site{n}.example.com;
        access_log /var/log/nginx/site{n}.log;
        # Everything of the application goes to its upstream.
        location / {{
            proxy_pass http://site{n};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            proxy_set_header X-Real-IP $remote_addr;
            proxy_connect_timeout 2s;
            proxy_read_timeout 30s;
        }}
        location /api/ {{
            proxy_pass http://site{n};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Connection "";
            proxy_next_upstream error timeout;
            proxy_next_upstream_tries 2;
        }}
        location = /health {{ return 200 "ok"; }}
        location ~* \\.(css|js|png)$ {{
            root /srv/site{n};
            expires 7d;
        }}
    }}
"""
        for n in range(sites)
    )
    lines = "".join(f"        site{n}.example.com site{n};\n" for n in range(sites))
    return f"""worker_processes auto;
events {{ worker_connections 4096; }}
http {{
    server_names_hash_max_size {max(512, 8 * sites)};
    map_hash_max_size {max(2048, 8 * sites)};
    map $host $site {{
        default none;
{lines}    }}
{upstreams}{servers}}}
"""


def envoy(clusters: int) -> str:
    """A bootstrap of that many clusters of four endpoints, and a route to each; about 1.2 kB a cluster."""
    routes = "".join(
        f"              - match: {{prefix: /service{n}/}}\n                route: {{cluster: service{n}, timeout: 5s}}\n"
        for n in range(clusters)
    )
    pools = "".join(
        f"""  - name: service{n}
    type: STATIC
    connect_timeout: 1s
    lb_policy: ROUND_ROBIN
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {{path: /healthz}}
    load_assignment:
      cluster_name: service{n}
      endpoints:
      - lb_endpoints:
"""
        + "".join(
            f"        - endpoint: {{address: {{socket_address: {{address: 10.{n >> 8 & 255}.{n & 255}.{host}, port_value: 8080}}}}}}\n"
            for host in range(1, 5)
        )
        for n in range(clusters)
    )
    return f"""admin:
  address: {{socket_address: {{address: 127.0.0.1, port_value: 19901}}}}
static_resources:
  listeners:
  - name: in
    address: {{socket_address: {{address: 127.0.0.1, port_value: 20000}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
{routes}  clusters:
{pools}"""


MADE: dict[str, Callable[[int], str]] = {"haproxy": haproxy, "nginx": nginx, "envoy": envoy}
ENDINGS = {"haproxy": "cfg", "nginx": "conf", "envoy": "yaml"}


def sized(product: str, size: int) -> str:
    """A configuration of about `size` bytes."""
    make = MADE[product]
    each = (len(make(1100)) - len(make(100))) / 1000
    return make(max(1, round((size - len(make(0))) / each)))
