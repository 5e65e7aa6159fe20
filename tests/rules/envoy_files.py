"""Envoy configurations for tests, written short."""

CHECKED = "health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}]"
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"


def host(number: int | str, more: str = "") -> str:
    """An endpoint at 10.0.0.`number`:8080, or at a name."""
    address = f"10.0.0.{number}" if isinstance(number, int) else number
    return f"{{endpoint: {{address: {{socket_address: {{address: {address}, port_value: 8080}}}}}}{', ' + more if more else ''}}}"


def group(*hosts: str, more: str = "") -> str:
    """Endpoints of one locality and priority."""
    return f"{{{more + ', ' if more else ''}lb_endpoints: [{', '.join(hosts)}]}}"


def cluster(*groups: str, settings: str = "", name: str = "web", check: str = CHECKED, policy: str = "") -> str:
    """One cluster as an item of `clusters`; `settings` are lines of it, `policy` a line of its load assignment."""
    lines = [f"name: {name}", "connect_timeout: 1s", *settings.splitlines(), check]
    assignment = f"load_assignment: {{cluster_name: {name}, {policy + ', ' if policy else ''}endpoints: [{', '.join(groups)}]}}"
    return "  - " + "\n    ".join(line for line in (*lines, assignment) if line) + "\n"


def aggregate(*names: str) -> str:
    """The cluster `all`, which asks these one after the other."""
    kind = '"@type": type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig'
    own = f"{{name: envoy.clusters.aggregate, typed_config: {{{kind}, clusters: [{', '.join(names)}]}}}}"
    return f"  - {{name: all, connect_timeout: 1s, lb_policy: CLUSTER_PROVIDED, cluster_type: {own}}}\n"


def http_listener(*routes: str, port: int = 80, manager: str = "") -> str:
    """An HTTP listener as an item of `listeners`, its routes in one virtual host for all domains."""
    return f"""\
  - address: {{socket_address: {{address: 0.0.0.0, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": {MANAGER}
          stat_prefix: web
          http_filters: [{{name: router, typed_config: {{"@type": {ROUTER}}}}}]
          {manager}
          route_config: {{virtual_hosts: [{{name: web, domains: ["*"], routes: [{", ".join(routes)}]}}]}}
"""


def route(action: str = "cluster: web", match: str = "prefix: /") -> str:
    """One route."""
    return f"{{match: {{{match}}}, route: {{{action}}}}}"


def bootstrap(*clusters: str, listeners: tuple[str, ...] = (), head: str = "") -> str:
    """The whole file."""
    middle = "  listeners:\n" + "".join(listeners) if listeners else ""
    return f"{head}static_resources:\n{middle}  clusters:\n{''.join(clusters)}"
