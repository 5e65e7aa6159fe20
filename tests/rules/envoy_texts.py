"""Builds Envoy configurations for tests: a cluster `web` of three servers, and a listener that routes to it."""

from textwrap import indent

H2 = """\
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http2_protocol_options: {}}
"""
ADS = """\
node: {id: one, cluster: one}
dynamic_resources:
  ads_config: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: control}}]}
"""
CONTROL = f"""\
- name: control
  load_assignment:
    cluster_name: control
    endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 10.0.9.9, port_value: 18000}}}}}}}}]}}]
{indent(H2, "  ")}"""
TYPES = "type.googleapis.com/envoy.extensions.filters"


def ends(host: str, more: str = "", port: int = 8080) -> str:
    """One endpoint, with more lines of its own."""
    return f"- endpoint:\n    address: {{socket_address: {{address: {host}, port_value: {port}}}}}\n{indent(more, '    ')}\n"


THREE = "".join(ends(f"10.0.0.{i}") for i in (1, 2, 3))


def cluster(lines: str, servers: str = THREE, listener: str = "", top: str = "", ads: bool = False) -> str:
    """A bootstrap of one cluster `web` with these lines of its own."""
    body = lines.rstrip("\n") + "\n"
    if servers:
        body += f"load_assignment:\n  cluster_name: web\n  endpoints:\n  - lb_endpoints:\n{indent(servers, '    ')}"
    listeners = f"  listeners:\n{indent(listener, '  ')}" if listener else ""
    clusters = f"- name: web\n{indent(body, '  ')}" + (CONTROL if ads else "")
    return f"{ADS if ads else ''}{top}static_resources:\n{listeners}  clusters:\n{indent(clusters, '  ')}"


def manager(route: str, address: str = "0.0.0.0", match: str = "{prefix: /}", hcm: str = "", filters: str = "", virtual: str = "") -> str:  # noqa: S104 - a text: nothing is bound
    """A listener that routes HTTP by one route action; `hcm` are lines of its connection manager, `virtual` of its virtual host."""
    return f"""\
- name: http
  address: {{socket_address: {{address: {address}, port_value: 8080}}}}
  filter_chains:
  - filters:
    - name: http
      typed_config:
        "@type": {TYPES}.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: http
{indent(hcm, "        ")}
        route_config:
          virtual_hosts:
          - name: web
            domains: ["*"]
{indent(virtual, "            ")}
            routes:
            - match: {match}
              route:
{indent(route, "                ")}
        http_filters:
{indent(filters, "        ")}
        - name: router
          typed_config: {{"@type": {TYPES}.http.router.v3.Router}}
"""


def tcp(lines: str = "", address: str = "0.0.0.0") -> str:  # noqa: S104 - a text: nothing is bound
    """A listener that passes connections on to `web`."""
    return f"""\
- name: tcp
  address: {{socket_address: {{address: {address}, port_value: 8080}}}}
  filter_chains:
  - filters:
    - name: tcp
      typed_config:
        "@type": {TYPES}.network.tcp_proxy.v3.TcpProxy
        stat_prefix: tcp
        cluster: web
{indent(lines, "        ")}
"""


def http(route: str, lines: str = "", servers: str = THREE, top: str = "", **listener: str) -> str:
    """A bootstrap of one listener and one cluster `web`."""
    return cluster(lines, servers, manager(route, **listener), top)
