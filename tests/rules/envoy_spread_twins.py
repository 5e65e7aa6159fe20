"""Twins of Envoy's rules about distribution, capacity and health: each looks like the defect and is none."""

from envoy_files import bootstrap, cluster, group, host, http_listener, route
from envoy_parts import (
    ADS,
    AUTHORISED,
    CANARY,
    COOKIE,
    FOUR,
    HEADERS,
    LATER,
    LOCAL,
    NO_NEEDS,
    PAIR,
    SECOND,
    STICKY,
    routed,
    split,
    weighing,
    zone,
)

from poise.model.needs import PoolNeeds

SPREAD_TWINS: dict[str, list[tuple[str, PoolNeeds]]] = {
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
        # A listener of the same Envoy.
        (routed(cluster(group("{endpoint: {address: {envoy_internal_address: {server_listener_name: inner}}}}"), check="")), NO_NEEDS),
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
    "one-address-at-a-time": [
        (routed(cluster(group(host("api.example.com")), settings="type: LOGICAL_DNS", check="")), NO_NEEDS),
        (routed(cluster(group(host("web.shop.svc.cluster.local")), settings="type: LOGICAL_DNS\nlb_policy: ROUND_ROBIN")), NO_NEEDS),
        (routed(cluster(group(host("web-headless.shop.svc.cluster.local")), settings="type: STRICT_DNS")), PoolNeeds(survive=1)),
    ],
    "slow-dns-refresh": [
        (bootstrap(cluster(group(host("app.internal")), settings="type: STRICT_DNS\ndns_refresh_rate: 30s")), NO_NEEDS),
        (bootstrap(cluster(group(host(1), host(2)), settings="type: STRICT_DNS\ndns_refresh_rate: 3600s")), NO_NEEDS),
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
