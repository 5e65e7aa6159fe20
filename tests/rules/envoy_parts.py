"""Parts of Envoy configurations that several twins are made of."""

from envoy_files import bootstrap, cluster, group, host, http_listener, route

from poise.model.needs import PoolNeeds

FOUR = tuple(host(n) for n in range(1, 5))
PANIC = "common_lb_config: {healthy_panic_threshold: {value: 50}}"
BY_LOCALITY = "common_lb_config: {healthy_panic_threshold: {value: 50}, locality_weighted_lb_config: {}}"
COOKIE = "hash_policy: [{cookie: {name: session, ttl: 3600s}}]"
HEADER = "hash_policy: [{header: {header_name: x-user}}]"
NO_NEEDS = PoolNeeds()
STICKY = PoolNeeds(sticky=True)
PEAK = PoolNeeds(peak_requests_per_second=1000, service_time_ms=50, concurrency_per_server=40)


def weighing(weight: int) -> str:
    return f"load_balancing_weight: {weight}"


def zone(name: str, weight: int | None = None) -> str:
    return f"locality: {{zone: {name}}}" + (f", load_balancing_weight: {weight}" if weight else "")


def version(name: str) -> str:
    return f"metadata: {{filter_metadata: {{envoy.lb: {{version: {name}}}}}}}"


def routed(*clusters: str, to: str = "cluster: web", more: tuple[str, ...] = ()) -> str:
    return bootstrap(*clusters, listeners=(http_listener(*more, route(to)),))


SECOND = group(host(3), host(4), more="priority: 1")
PAIR = cluster(group(host(1), host(2)))
CANARY = cluster(group(host(8), host(9)), name="canary")
SUBSETS = "lb_subset_config: {subset_selectors: [{keys: [version]}]}"
VERSIONS = group(*(host(n, version("v1" if n < 3 else "v2")) for n in range(1, 5)))
MATCH = "cluster: web, metadata_match: {filter_metadata: {envoy.lb: {version: v1}}}"
LOCAL = "  - {name: me, connect_timeout: 1s, load_assignment: {cluster_name: me}}\n"
LOCAL_HEAD = "node: {id: me, cluster: me, locality: {zone: za}}\ncluster_manager: {local_cluster_name: me}\n"
TWO_ZONES = (group(host(1), host(2), host(3), more=zone("za")), group(host(4), host(5), host(6), more=zone("zb")))

SERVICES = "grpc_services: [{envoy_grpc: {cluster_name: canary}}]"
ADS = f"node: {{id: me, cluster: me}}\ndynamic_resources: {{ads_config: {{api_type: GRPC, {SERVICES}}}}}\n"
LATER = "  - {name: web, connect_timeout: 1s, type: EDS, eds_cluster_config: {eds_config: {ads: {}, resource_api_version: V3}}}\n"
AUTHZ = (
    '{name: authz, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz, '
    "grpc_service: {envoy_grpc: {cluster_name: canary}}}}"
)
AUTHORISED = http_listener(route()).replace("[{name: router", f"[{AUTHZ}, {{name: router")
BY_HEADER = http_listener(route("cluster_header: x-pool"), port=81)
UNKNOWN = http_listener(route("cluster: other")).replace("route_config: {", "route_config: {validate_clusters: false, ")
HEADERS = "prefix: /, headers: [{name: x, present_match: true}]"


def split(first: int, second: int) -> str:
    return f"weighted_clusters: {{clusters: [{{name: web, weight: {first}}}, {{name: canary, weight: {second}}}]}}"
