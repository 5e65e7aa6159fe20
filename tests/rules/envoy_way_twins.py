"""Twins of Envoy's rules about hashing, localities, failover and routing: each looks like the defect and is none."""

from envoy_files import CHECKED, aggregate, bootstrap, cluster, group, host, http_listener, route
from envoy_parts import (
    ADS,
    BY_HEADER,
    BY_LOCALITY,
    CANARY,
    COOKIE,
    FOUR,
    HEADER,
    LOCAL,
    LOCAL_HEAD,
    MATCH,
    NO_NEEDS,
    PAIR,
    PANIC,
    SECOND,
    STICKY,
    SUBSETS,
    TWO_ZONES,
    UNKNOWN,
    VERSIONS,
    routed,
    split,
    zone,
)

from poise.model.needs import PoolNeeds

PRIMARY = CHECKED.replace("/healthz", "/primary")

WAY_TWINS: dict[str, list[tuple[str, PoolNeeds]]] = {
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
        # All but the one with the role fail the check while all is well.
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 0}}", check=PRIMARY)), NO_NEEDS),
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
        # A role: one of two is not below the threshold, one of four is not below 20 %; nothing is checked.
        (bootstrap(cluster(group(host(1), host(2)), check=PRIMARY)), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 20}}", check=PRIMARY)), NO_NEEDS),
        (bootstrap(cluster(group(*FOUR), settings="common_lb_config: {healthy_panic_threshold: {value: 0}}", check=PRIMARY)), NO_NEEDS),
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
    "route-to-missing-pool": [
        (bootstrap(PAIR, listeners=(http_listener(route()), BY_HEADER)), NO_NEEDS),
        # An aggregate of clusters that are all there; one that nothing leads to.
        (bootstrap(aggregate("web", "canary"), PAIR, CANARY, listeners=(http_listener(route("cluster: all")),)), NO_NEEDS),
        (bootstrap(aggregate("far"), PAIR, listeners=(http_listener(route()),)), NO_NEEDS),
        # The cluster comes from the control plane.
        (bootstrap(PAIR, CANARY, listeners=(UNKNOWN,), head=ADS), NO_NEEDS),
    ],
}
