"""Envoy configurations that look like a defect of distribution and are none: each rule must stay silent on its twins."""

from pathlib import Path

import pytest
from envoy_files import bootstrap, cluster, group, host, http_listener, route
from rule_examples import refusals

from poise.app.read import read_configuration
from poise.model.finding import Finding
from poise.model.needs import Needs, PoolNeeds
from poise.rules import RULES
from poise.rules.engine import check

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


TWINS: dict[str, list[tuple[str, PoolNeeds]]] = {
    "uneven-weights": [
        # A machine twice the size.
        (bootstrap(cluster(group(host(1, weighing(2)), host(2), host(3)))), NO_NEEDS),
        # What differs stands at another priority.
        (
            bootstrap(cluster(group(host(1, weighing(100)), host(2, weighing(100))), SECOND)),
            PoolNeeds(),
        ),
        # RANDOM ignores them: another rule's business.
        (bootstrap(cluster(group(host(1, weighing(9)), host(2)), settings="lb_policy: RANDOM")), NO_NEEDS),
    ],
    "weights-ignored": [
        (bootstrap(cluster(group(*(host(n, weighing(5)) for n in (1, 2))), settings="lb_policy: RANDOM")), NO_NEEDS),
        (bootstrap(cluster(group(host(1, weighing(2)), host(2)), settings="lb_policy: LEAST_REQUEST")), NO_NEEDS),
    ],
    "max-share-exceeded": [
        (bootstrap(cluster(group(host(1), host(2), more=zone("za", 50)), group(host(3), more=zone("zb", 50)))), PoolNeeds(max_share=0.34)),
    ],
    "loss-overloads": [
        (
            bootstrap(cluster(group(*FOUR))),
            PoolNeeds(survive=1, peak_requests_per_second=1200, concurrency_per_server=32, service_time_ms=40),
        ),
        # Either zone carries the peak; nobody asks what is survived; one zone's host is all that the needs count.
        (
            bootstrap(cluster(group(*FOUR[:2], more=zone("za")), group(*FOUR[2:], more=zone("zb")))),
            PoolNeeds(survive=1, peak_requests_per_second=700, concurrency_per_server=20, service_time_ms=50),
        ),
        (
            bootstrap(cluster(group(*FOUR[:3], more=zone("za")), group(FOUR[3], more=zone("zb")))),
            PoolNeeds(peak_requests_per_second=900, concurrency_per_server=20, service_time_ms=50),
        ),
        (
            bootstrap(cluster(*(group(host(n), more=zone(f"z{n}")) for n in range(1, 5)))),
            PoolNeeds(survive=1, peak_requests_per_second=900, concurrency_per_server=20, service_time_ms=50),
        ),
    ],
    "duplicate-address": [
        (bootstrap(cluster(group(host(1), "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8081}}}}"))), NO_NEEDS),
    ],
    "single-server": [
        # A program on the same host, an external API, a collector that no route names.
        (routed(cluster(group(host("127.0.0.1")))), NO_NEEDS),
        (routed(cluster(group(host("api.example.com")), settings="type: LOGICAL_DNS", check="")), NO_NEEDS),
        (bootstrap(cluster(group(host(1)), check="")), NO_NEEDS),
    ],
    "most-servers-backup": [
        # A pair; one region with two behind another with four.
        (bootstrap(cluster(group(host(1)), group(host(2), more="priority: 1"))), NO_NEEDS),
        (bootstrap(cluster(group(host(5), host(6)), group(*FOUR, more="priority: 1"))), NO_NEEDS),
    ],
    "most-servers-disabled": [
        (bootstrap(cluster(group(host(1), host(2), host(3, "health_status: DRAINING")))), NO_NEEDS),
        (bootstrap(cluster(group(host(1, "health_status: HEALTHY"), host(2, "health_status: DEGRADED")))), NO_NEEDS),
    ],
    "source-behind-nat": [
        (
            routed(
                cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"),
                to="cluster: web, hash_policy: [{connection_properties: {source_ip: true}}]",
            ),
            PoolNeeds(),
        ),
        (
            routed(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), to=f"cluster: web, {COOKIE}"),
            PoolNeeds(clients_behind_nat=True),
        ),
    ],
    "zero-weight": [
        (
            routed(cluster(group(host(1), host(2))), CANARY, to=split(100, 0), more=(route("cluster: canary", "prefix: /next"),)),
            PoolNeeds(),
        ),
    ],
    "hash-without-policy": [
        # The routes are elsewhere; one host; a policy on the route.
        (bootstrap(cluster(group(host(1), host(2)), settings="lb_policy: RING_HASH")), NO_NEEDS),
        (routed(cluster(group(host(1)), settings="lb_policy: RING_HASH")), NO_NEEDS),
        (routed(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), to=f"cluster: web, {HEADER}"), NO_NEEDS),
    ],
    "hash-policy-ignored": [
        # The other cluster of the same route hashes.
        (
            routed(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), CANARY, to=f"{split(90, 10)}, {COOKIE}"),
            PoolNeeds(),
        ),
        (routed(cluster(group(host(1)))), NO_NEEDS),
    ],
    "hash-without-fallback": [
        (routed(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), to=f"cluster: web, {HEADER}"), NO_NEEDS),
        (routed(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), to=f"cluster: web, {COOKIE}"), STICKY),
    ],
    "small-hash-table": [
        (bootstrap(cluster(group(*FOUR), settings="lb_policy: RING_HASH")), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 400}")), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 499}")), NO_NEEDS),
        # Written for an algorithm that is not in use.
        (bootstrap(cluster(group(*FOUR), settings="ring_hash_lb_config: {minimum_ring_size: 4}")), NO_NEEDS),
    ],
    "ring-rescaled": [
        (bootstrap(cluster(group(*FOUR), settings="lb_policy: RING_HASH")), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="lb_policy: MAGLEV")), STICKY),
    ],
    "locality-weights-ignored": [
        # The weights ask for what the hosts do anyway; localities of two priorities do not share.
        (bootstrap(cluster(group(host(1), more=zone("za", 1)), group(host(2), host(3), more=zone("zb", 2)))), NO_NEEDS),
        (bootstrap(cluster(group(host(1), more=zone("za", 9)), group(host(2), more=zone("zb", 1) + ", priority: 1"))), NO_NEEDS),
        (bootstrap(cluster(group(host(1), more=zone("za")), group(host(2), host(3), more=zone("zb")))), NO_NEEDS),
    ],
    "locality-without-weight": [
        (bootstrap(cluster(group(host(1), more=zone("za")), group(host(2), more=zone("zb")), settings=BY_LOCALITY)), NO_NEEDS),
        (
            bootstrap(cluster(group(host(1), more=zone("za", 5)), group(host(2), more=zone("zb") + ", priority: 1"), settings=BY_LOCALITY)),
            PoolNeeds(),
        ),
        # A locality that is empty for now.
        (bootstrap(cluster(group(host(1), more=zone("za", 5)), group(more=zone("zb")), settings=BY_LOCALITY)), NO_NEEDS),
    ],
    "uneven-localities": [
        (
            bootstrap(cluster(group(host(1), more=zone("za", 30)), group(host(2), host(3), more=zone("zb", 70)), settings=BY_LOCALITY)),
            PoolNeeds(),
        ),
        # Without the setting weights do nothing: another rule's business.
        (bootstrap(cluster(group(host(1), more=zone("za", 50)), group(*FOUR[1:], more=zone("zb", 50)))), NO_NEEDS),
    ],
    "zone-aware-off": [
        (
            bootstrap(
                cluster(*TWO_ZONES, settings="common_lb_config: {zone_aware_lb_config: {min_cluster_size: 6}}"), LOCAL, head=LOCAL_HEAD
            ),
            PoolNeeds(),
        ),
        (bootstrap(cluster(*TWO_ZONES, settings="common_lb_config: {zone_aware_lb_config: {routing_enabled: {value: 0}}}")), NO_NEEDS),
        (bootstrap(cluster(*TWO_ZONES, settings="common_lb_config: {zone_aware_lb_config: {fail_traffic_on_panic: true}}")), NO_NEEDS),
    ],
    "panic-disabled": [
        # Nothing can make a host unhealthy; one host; a threshold that is low.
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 0}}", check="")), NO_NEEDS),
        (bootstrap(cluster(group(host(1)), settings="common_lb_config: {healthy_panic_threshold: {value: 0}}")), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 10}}")), NO_NEEDS),
    ],
    "panic-too-early": [
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 50}}")), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 100}}", check="")), NO_NEEDS),
        (
            bootstrap(
                cluster(
                    group(host(1), host(2)),
                    SECOND,
                    settings="common_lb_config: {healthy_panic_threshold: {value: 100}}",
                )
            ),
            PoolNeeds(),
        ),
    ],
    "panic-by-default": [
        (bootstrap(cluster(group(host(1), host(2)))), PoolNeeds(survive=1)),
        (bootstrap(cluster(group(*FOUR), settings=PANIC)), NO_NEEDS),
        (
            bootstrap(
                cluster(group(*FOUR)),
                head="layered_runtime: {layers: [{name: s, static_layer: {upstream.healthy_panic_threshold: 20}}]}\n",
            ),
            PoolNeeds(),
        ),
    ],
    "failover-too-late": [
        (bootstrap(cluster(group(*FOUR), policy="policy: {overprovisioning_factor: 1000}")), NO_NEEDS),
        (
            bootstrap(cluster(group(host(1), host(2)), SECOND, policy="policy: {overprovisioning_factor: 100}")),
            PoolNeeds(),
        ),
    ],
    "priority-gap": [
        (bootstrap(cluster(SECOND, group(host(1), host(2)))), NO_NEEDS),
    ],
    "one-address-at-a-time": [
        (routed(cluster(group(host("api.example.com")), settings="type: LOGICAL_DNS", check="")), NO_NEEDS),
        (routed(cluster(group(host("web.shop.svc.cluster.local")), settings="type: LOGICAL_DNS\nlb_policy: ROUND_ROBIN")), NO_NEEDS),
        (routed(cluster(group(host("web-headless.shop.svc.cluster.local")), settings="type: STRICT_DNS")), PoolNeeds(survive=1)),
    ],
    "slow-dns-refresh": [
        (bootstrap(cluster(group(host("app.internal")), settings="type: STRICT_DNS\ndns_refresh_rate: 30s")), NO_NEEDS),
        (bootstrap(cluster(group(host(1), host(2)), settings="type: STRICT_DNS\ndns_refresh_rate: 3600s")), NO_NEEDS),
    ],
    "subset-without-fallback": [
        (routed(cluster(VERSIONS, settings=f"{SUBSETS[:-1]}, fallback_policy: ANY_ENDPOINT}}\n{PANIC}"), to=MATCH), NO_NEEDS),
        # A key with a dash, and two keys that a selector lists in another order.
        (
            routed(
                cluster(
                    group(*(host(n, "metadata: {filter_metadata: {envoy.lb: {x-stage: a, version: v1}}}") for n in (1, 2))),
                    settings="lb_subset_config: {fallback_policy: ANY_ENDPOINT, subset_selectors: [{keys: [x-stage, version]}]}",
                ),
                to="cluster: web, metadata_match: {filter_metadata: {envoy.lb: {version: v1, x-stage: a}}}",
            ),
            NO_NEEDS,
        ),
        # One route without a wish of its own gets what the default says.
        (
            routed(
                cluster(
                    VERSIONS,
                    settings="lb_subset_config: {fallback_policy: DEFAULT_SUBSET, default_subset: {version: v2}, "
                    "subset_selectors: [{keys: [version]}]}",
                ),
                more=(route(MATCH, "prefix: /next"),),
            ),
            NO_NEEDS,
        ),
        (routed(cluster(VERSIONS, settings=f"{SUBSETS[:-1]}, fallback_policy: ANY_ENDPOINT}}\n{PANIC}")), NO_NEEDS),
        # The routes stand elsewhere.
        (bootstrap(cluster(VERSIONS, settings=f"{SUBSETS}\n{PANIC}")), NO_NEEDS),
    ],
    "weighted-clusters-sum": [
        (routed(cluster(group(host(1), host(2))), CANARY, to=split(3, 1)), NO_NEEDS),
        (routed(cluster(group(host(1), host(2))), CANARY, to=split(99, 1)), NO_NEEDS),
        (routed(cluster(group(host(1), host(2))), CANARY, to=split(50, 25)), NO_NEEDS),
        (routed(cluster(group(host(1), host(2))), CANARY, to=split(950, 50)), NO_NEEDS),
    ],
    "mirror-doubles-load": [
        (routed(cluster(group(host(1), host(2))), CANARY, to="cluster: web, request_mirror_policies: [{cluster: canary}]"), NO_NEEDS),
    ],
    "overload-dropped": [
        (bootstrap(cluster(group(*FOUR[:2]), policy="policy: {drop_overloads: [{category: x, drop_percentage: {}}]}")), NO_NEEDS),
    ],
    "pool-without-servers": [
        # EDS tells later; nothing routes to it.
        (bootstrap(LATER, CANARY, listeners=(http_listener(route()),), head=ADS), NO_NEEDS),
        (bootstrap(LOCAL), NO_NEEDS),
    ],
    "pool-without-route": [
        (routed(PAIR, CANARY, to="cluster: web, request_mirror_policies: [{cluster: canary}]"), NO_NEEDS),
        # It authorises requests.
        (
            bootstrap(
                PAIR,
                CANARY,
                listeners=(AUTHORISED,),
            ),
            NO_NEEDS,
        ),
    ],
    "unreachable-rule": [
        (
            routed(PAIR, CANARY, more=(route("cluster: canary", "prefix: /, grpc: {}"),)),
            NO_NEEDS,
        ),
        (
            routed(
                PAIR,
                CANARY,
                more=(route("cluster: canary", HEADERS),),
            ),
            NO_NEEDS,
        ),
        # A split is one route; a longer prefix before a shorter one.
        (routed(PAIR, CANARY, to=split(50, 50)), NO_NEEDS),
        (
            routed(
                PAIR,
                CANARY,
                more=(route("cluster: canary", "prefix: /api/"), route("cluster: web", "prefix: /ap")),
            ),
            NO_NEEDS,
        ),
    ],
    "route-to-missing-pool": [
        (bootstrap(PAIR, listeners=(http_listener(route()), BY_HEADER)), NO_NEEDS),
        # The cluster comes from the control plane.
        (bootstrap(PAIR, CANARY, listeners=(UNKNOWN,), head=ADS), NO_NEEDS),
    ],
    "backup-capacity": [
        (
            bootstrap(cluster(group(host(1), host(2)), SECOND)),
            PoolNeeds(peak_requests_per_second=1000, service_time_ms=50, concurrency_per_server=40),
        ),
    ],
    "survive-impossible": [
        (bootstrap(cluster(group(host("app.internal")), settings="type: STRICT_DNS")), PoolNeeds(survive=1)),
        (bootstrap(PAIR), PoolNeeds(survive=1)),
    ],
    "sticky-unbound": [
        (bootstrap(cluster(group(host(1), host(2)), settings="lb_policy: RING_HASH")), STICKY),
        (bootstrap(cluster(group(host(1)))), STICKY),
    ],
    "name-weight-multiplied": [
        (bootstrap(cluster(group(host("app.internal", weighing(3))), settings="type: STRICT_DNS")), NO_NEEDS),
        (bootstrap(cluster(group(host(1, weighing(2)), host("app.internal")), settings="type: STRICT_DNS")), NO_NEEDS),
    ],
}
NAMES = [(name, index) for name, texts in TWINS.items() for index in range(len(texts))]


def findings(text: str, needs: PoolNeeds, folder: Path) -> list[Finding]:
    """What poise says of the file."""
    file = folder / "envoy.yaml"
    file.write_text(text)
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    return list(check(topologies, Needs(pool={"web": needs} if needs != NO_NEEDS else {})))


@pytest.mark.parametrize(("name", "index"), NAMES)
def test_silent_on_its_twin(name: str, index: int, tmp_path: Path) -> None:
    text, needs = TWINS[name][index]
    assert [f.message for f in findings(text, needs, tmp_path) if f.rule == name] == []


@pytest.mark.parametrize(("name", "index"), NAMES)
def test_envoy_accepts_the_twin(name: str, index: int, tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text(TWINS[name][index][0])
    assert refusals("envoy", file) == []


def test_every_rule_of_these_themes_has_a_twin() -> None:
    themes = ("hashing", "localities", "failover", "routing")
    missing = {e.name for e in RULES.entries if "envoy" in e.products and e.theme in themes} - set(TWINS)
    # Faults left in a filter are held in test_silent_envoy_health.py.
    assert missing == {"fault-injection-left"}


ORDINARY = {
    "static": bootstrap(cluster(group(*FOUR)), listeners=(http_listener(route()),)),
    "least request": bootstrap(cluster(group(*FOUR), settings="lb_policy: LEAST_REQUEST"), listeners=(http_listener(route()),)),
    "strict dns": bootstrap(cluster(group(host("app.internal")), settings="type: STRICT_DNS"), listeners=(http_listener(route()),)),
    "two regions": bootstrap(
        cluster(group(*FOUR[:2], more="locality: {region: a}"), group(*FOUR[2:], more="priority: 1, locality: {region: b}")),
        listeners=(http_listener(route()),),
    ),
    "zones with their weights": bootstrap(
        cluster(group(*FOUR[:2], more=zone("za", 50)), group(*FOUR[2:], more=zone("zb", 50)), settings=BY_LOCALITY),
        listeners=(http_listener(route()),),
    ),
    "canary": bootstrap(cluster(group(*FOUR)), CANARY, listeners=(http_listener(route(split(95, 5))),)),
    "sticky": bootstrap(cluster(group(*FOUR), settings="lb_policy: MAGLEV"), listeners=(http_listener(route(f"cluster: web, {COOKIE}")),)),
    "grpc beside http": bootstrap(
        cluster(group(*FOUR)), CANARY, listeners=(http_listener(route("cluster: canary", "prefix: /, grpc: {}"), route()),)
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_clusters_have_no_warning(name: str, tmp_path: Path) -> None:
    themes = {e.name for e in RULES.entries if e.theme in ("hashing", "localities", "failover", "routing", "distribution", "capacity")}
    found = [f for f in findings(ORDINARY[name], PoolNeeds(), tmp_path) if f.rule in themes and f.severity != "info"]
    assert [f.message for f in found] == []
