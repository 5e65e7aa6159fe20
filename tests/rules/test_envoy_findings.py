"""What the rules about Envoy's distribution say, where, and how badly: beyond the examples of their pages."""

from pathlib import Path

import pytest
from envoy_files import CHECKED, aggregate, bootstrap, cluster, group, host, http_listener, route

from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import read_configuration
from poise.rules.engine import check

NO_NEEDS = PoolNeeds()
PAIR = cluster(group(host(1), host(2)))
CANARY = cluster(group(host(8), host(9)), name="canary")
UNHEALTHY = "health_status: UNHEALTHY"


def panic(value: float) -> str:
    return f"common_lb_config: {{healthy_panic_threshold: {{value: {value}}}}}"


def subset(*versions: str) -> str:
    hosts = (host(n, f"metadata: {{filter_metadata: {{envoy.lb: {{version: {v}}}}}}}") for n, v in enumerate(versions, 1))
    return cluster(group(*hosts), settings="lb_subset_config: {subset_selectors: [{keys: [version]}]}\n" + panic(50))


def asking(version: str) -> str:
    return route(f"cluster: web, metadata_match: {{filter_metadata: {{envoy.lb: {{version: {version}}}}}}}")


BY_REQUEST = "type: ORIGINAL_DST, lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {use_http_header: true}"
CHOSEN = f"  - {{name: web, connect_timeout: 1s, {BY_REQUEST}}}\n"


def choosing(more: str = "") -> str:
    """A listener whose requests go through a program of the user's own."""
    kind = '"@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor'
    service = "grpc_service: {google_grpc: {target_uri: 127.0.0.1:1, stat_prefix: x}}"
    own = f"{{name: proc, typed_config: {{{kind}, {service}{', ' + more if more else ''}}}}}"
    return http_listener(route()).replace("[{name: router", f"[{own}, {{name: router")


def asking_a(name: str, more: str = "") -> str:
    """A listener whose requests are authorised by the cluster of that name."""
    kind = '"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz'
    service = f"http_service: {{server_uri: {{uri: http://authz, cluster: {name}, timeout: 1s}}}}"
    own = f"{{name: authz, typed_config: {{{kind}, {service}{', ' + more if more else ''}}}}}"
    return http_listener(route()).replace("[{name: router", f"[{own}, {{name: router")


def split(*weights: int, more: str = "") -> str:
    names = ("web", "canary")
    parts = ", ".join(f"{{name: {name}, weight: {weight}}}" for name, weight in zip(names, weights, strict=True))
    return route(f"weighted_clusters: {{{more}clusters: [{parts}]}}")


HTTP = {
    "the smaller part is what the sum makes it": (
        "weighted-clusters-sum", "warning", "canary 1.1 %", bootstrap(PAIR, CANARY, listeners=(http_listener(split(90, 1)),)), NO_NEEDS),
    "a total weight that nobody reads": (
        "weighted-clusters-sum", "warning", "web 83.3 %",
        bootstrap(PAIR, CANARY, listeners=(http_listener(split(50, 10, more="total_weight: 100, ")),)), NO_NEEDS),
    "a subset of one": (
        "subset-without-fallback", "warning", "1 endpoint of 3",
        bootstrap(subset("v1", "v1", "v2"), listeners=(http_listener(asking("v2")),)), NO_NEEDS),
    "a subset of none": (
        "subset-without-fallback", "error", "0 endpoints of 3",
        bootstrap(subset("v1", "v1", "v2"), listeners=(http_listener(asking("v3")),)), NO_NEEDS),
    "no metadata at all": (
        "subset-without-fallback", "error", "no metadata",
        bootstrap(subset("v1", "v1", "v2"), listeners=(http_listener(route()),)), NO_NEEDS),
    "a program that may choose": (
        "client-picks-server", "info", "unless proc sets it", bootstrap(CHOSEN, listeners=(choosing(),)), NO_NEEDS),
    "a program without which requests pass": (
        "client-picks-server", "warning", "choose where", bootstrap(CHOSEN, listeners=(choosing("failure_mode_allow: true"),)), NO_NEEDS),
    "a filter that asks nobody": (
        "route-to-missing-pool", "error", "(403)", bootstrap(PAIR, CANARY, listeners=(asking_a("canry"),)), NO_NEEDS),
    "a filter that asks nobody, and lets all pass": (
        "route-to-missing-pool", "warning", "passes unasked",
        bootstrap(PAIR, CANARY, listeners=(asking_a("canry", "failure_mode_allow: true"),)), NO_NEEDS),
    "an aggregate of nothing": (
        "route-to-missing-pool", "error", "on to near and far",
        bootstrap(aggregate("near", "far"), listeners=(http_listener(route("cluster: all")),)), NO_NEEDS),
    "an aggregate without its second": (
        "route-to-missing-pool", "warning", "nothing takes over",
        bootstrap(aggregate("web", "canry"), PAIR, CANARY, listeners=(http_listener(route("cluster: all")),)), NO_NEEDS),
    "a mirror of a part": (
        "mirror-doubles-load", "warning", "same servers",
        bootstrap(PAIR, listeners=(http_listener(route(
            "cluster: web, request_mirror_policies: [{cluster: web, runtime_fraction: {default_value: {numerator: 5}}}]")),)), NO_NEEDS),
    "a mirror under another name": (
        "mirror-doubles-load", "error", "mirrored to shadow",
        bootstrap(PAIR, cluster(group(host(2), host(9)), name="shadow"),
                  listeners=(http_listener(route("cluster: web, request_mirror_policies: [{cluster: shadow}]")),)), NO_NEEDS),
    "a longer prefix below a shorter one": (
        "unreachable-rule", "error", "canary is never used",
        bootstrap(PAIR, CANARY, listeners=(http_listener(
            route(match="prefix: /api"), route("cluster: canary", "prefix: /api/v2"), route("cluster: web")),)), NO_NEEDS),
    "an exact path below its prefix": (
        "unreachable-rule", "info", "whatever this route sets",
        bootstrap(PAIR, listeners=(http_listener(
            route(match="prefix: /api"), route(match="path: /api/login"), route()),)), NO_NEEDS),
    "a regular expression below everything": (
        "unreachable-rule", "error", "canary is never used",
        bootstrap(PAIR, CANARY, listeners=(http_listener(
            route(), route("cluster: canary", 'safe_regex: {regex: "/x.*"}')),)), NO_NEEDS),
    "one route of two hashes": (
        "hash-without-policy", "info", "not every route (1 of 2)",
        bootstrap(cluster(group(host(1), host(2)), settings="lb_policy: MAGLEV"), listeners=(http_listener(
            route("cluster: web, hash_policy: [{header: {header_name: x}}]", "prefix: /app/"), route()),)), NO_NEEDS),
}  # fmt: skip
POOLS = {
    "panic at 100 with four": ("panic-too-early", "error", "once 2 hosts of 4", bootstrap(
        cluster(group(*(host(n) for n in range(1, 5))), settings=panic(100))), NO_NEEDS),
    "panic at 100 with three": ("panic-too-early", "error", "once 1 host of 3", bootstrap(
        cluster(group(*(host(n) for n in range(1, 4))), settings=panic(100))), NO_NEEDS),
    "panic at 60": ("panic-too-early", "info", "once 2 hosts of 4", bootstrap(
        cluster(group(*(host(n) for n in range(1, 5))), settings=panic(60))), NO_NEEDS),
    "an empty threshold is 0": ("panic-disabled", "warning", "is 0", bootstrap(
        cluster(group(host(1), host(2)), settings="common_lb_config: {healthy_panic_threshold: {}}")), NO_NEEDS),
    "the runtime's threshold": ("panic-disabled", "warning", "is 0", bootstrap(
        cluster(group(host(1), host(2)), settings=panic(40)),
        head="layered_runtime: {layers: [{name: s, static_layer: {upstream: {healthy_panic_threshold: 0}}}]}\n"), NO_NEEDS),
    "panic and what must be survived": ("panic-by-default", "warning", "with 2 of 3 hosts", bootstrap(
        cluster(group(host(1), host(2), host(3)))), PoolNeeds(survive=2)),
    "a role that one of three has": ("panic-by-default", "error", "2 of 3 connections", bootstrap(
        cluster(group(host(1), host(2), host(3)), check=CHECKED.replace("/healthz", "/primary"))), NO_NEEDS),
    "a role, by names, at a threshold that is written": ("panic-by-default", "error", "below 40 %", bootstrap(
        cluster(group(host("db1"), host("db2"), host("db3")), settings=f"type: STRICT_DNS\n{panic(40)}",
                check=CHECKED.replace("/healthz", "/v1/leader?wait=1"))), NO_NEEDS),
    "addresses in figures that DNS is asked for": ("panic-by-default", "info", "2 of 3 hosts", bootstrap(
        cluster(group(host(1), host(2), host(3)), settings="type: STRICT_DNS")), NO_NEEDS),
    "all hosts are unhealthy": ("most-servers-disabled", "error", "panics", bootstrap(
        cluster(group(host(1, UNHEALTHY), host(2, UNHEALTHY)))), NO_NEEDS),
    "a spare that is the same machine": ("duplicate-address", "error", "dies with it", bootstrap(
        cluster(group(host(1), host(2)), group(host(1), more="priority: 1"))), NO_NEEDS),
    "hosts of unlike weights that nobody checks": ("server-without-check", "error", "50.0 % of the requests on average", bootstrap(
        cluster(group(host(1, "load_balancing_weight: 2"), host(2)), check="")), NO_NEEDS),
    "a ring that leaves hosts out": ("small-hash-table", "error", "some hosts get nothing", bootstrap(
        cluster(group(*(host(n) for n in range(1, 5))), settings="lb_policy: RING_HASH\nring_hash_lb_config: "
                "{minimum_ring_size: 1, maximum_ring_size: 3}\n" + panic(50))), NO_NEEDS),
    "a table of seven": ("small-hash-table", "error", "1.75 places", bootstrap(
        cluster(group(*(host(n) for n in range(1, 5))), settings="lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 7}\n" + panic(50))),
        NO_NEEDS),
    "a factor of 250": ("failover-too-late", "warning", "2.5 times", bootstrap(
        cluster(group(host(1), host(2), host(5)), group(host(3), more="priority: 1"), policy="policy: {overprovisioning_factor: 250}")),
        NO_NEEDS),
    "a factor that two hosts never use up": ("failover-too-late", "error", "up to 2 times its load", bootstrap(
        cluster(group(host(1), host(2)), group(host(3), more="priority: 1"), policy="policy: {overprovisioning_factor: 100000}")),
        NO_NEEDS),
    "a factor for any number of hosts": ("failover-too-late", "error", "only when none of", bootstrap(
        cluster(group(host("a.example")), group(host("b.example"), more="priority: 1"), settings="type: STRICT_DNS",
                policy="policy: {overprovisioning_factor: 100000}")), NO_NEEDS),
    "a canary zone": ("uneven-localities", "info", "0.1 times its fair share", bootstrap(
        cluster(group(host(1), more="locality: {zone: za}, load_balancing_weight: 5"),
                group(*(host(n) for n in range(2, 6)), more="locality: {zone: zb}, load_balancing_weight: 235"),
                settings="common_lb_config: {healthy_panic_threshold: {value: 50}, locality_weighted_lb_config: {}}")), NO_NEEDS),
    "weights of the second priority": ("uneven-weights", "error", "10.0.0.3:8080 gets about 98.0 %", bootstrap(
        cluster(group(host(1), host(2)), group(host(3, "load_balancing_weight: 50"), host(4), more="priority: 1"),
                settings="lb_policy: LEAST_REQUEST")), NO_NEEDS),
    "dropped by the ten thousand": ("overload-dropped", "error", "3.0 %", bootstrap(
        cluster(group(host(1), host(2)),
                policy="policy: {drop_overloads: [{category: x, drop_percentage: {numerator: 300, denominator: TEN_THOUSAND}}]}")),
        NO_NEEDS),
    "looked up by the hour": ("slow-dns-refresh", "error", "60 min", bootstrap(
        cluster(group(host("app.internal")), settings="type: STRICT_DNS\ndns_refresh_rate: 3600s")), NO_NEEDS),
    "one address and a split": ("one-address-at-a-time", "warning", "poise.toml declares split", bootstrap(
        cluster(group(host("app.internal")), settings="type: LOGICAL_DNS")), PoolNeeds(split="even")),
    "a canary that is loaded by locality": ("max-share-exceeded", "error", "50.0 %", bootstrap(
        cluster(group(host(1), more="locality: {zone: za}, load_balancing_weight: 1"),
                group(host(2), host(3), more="locality: {zone: zb}, load_balancing_weight: 1"),
                settings="common_lb_config: {locality_weighted_lb_config: {}}")), PoolNeeds(max_share=0.4)),
}  # fmt: skip
CASES = {**HTTP, **POOLS}


@pytest.mark.parametrize("name", CASES)
def test_it_says_so(name: str, tmp_path: Path) -> None:
    rule, severity, words, text, needs = CASES[name]
    file = tmp_path / "envoy.yaml"
    file.write_text(text)
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    found = [f for f in check(topologies, Needs(pool={"web": needs})) if f.rule == rule]
    assert [f.severity for f in found] == [severity]
    assert words in f"{found[0].message} {found[0].why}"


def test_eds_counts_an_address_once(tmp_path: Path) -> None:
    """Measured: of two entries of one address in an EDS answer Envoy keeps the first."""
    hosts = ", ".join((host(1), host(2), host(2, "load_balancing_weight: 9")))
    kind = '"@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'
    (tmp_path / "eds.yaml").write_text(f"resources: [{{{kind}, cluster_name: web, endpoints: [{{lb_endpoints: [{hosts}]}}]}}]\n")
    source = f"eds_config: {{path_config_source: {{path: {tmp_path}/eds.yaml}}}}"
    (tmp_path / "envoy.yaml").write_text(
        "node: {id: me, cluster: me}\n"
        + bootstrap(f"  - {{name: web, connect_timeout: 1s, type: EDS, eds_cluster_config: {{{source}}}}}\n")
    )
    topologies, could_not = read_configuration([str(tmp_path / "envoy.yaml")])
    assert not could_not
    found = [f for f in check(topologies, Needs()) if f.rule == "duplicate-address"]
    assert [(f.severity, Path(f.location.file).name) for f in found] == [("warning", "eds.yaml")]
    assert "the first line only" in found[0].why


def test_places(tmp_path: Path) -> None:
    """A finding stands where the option that is wrong is written."""
    lines = [
        "static_resources:",
        "  clusters:",
        "  - name: web",
        "    connect_timeout: 1s",
        "    lb_policy: RANDOM",
        "    common_lb_config:",
        "      healthy_panic_threshold:",
        "        value: 0",
        "    outlier_detection: {max_ejection_percent: 50}",
        "    load_assignment:",
        "      cluster_name: web",
        "      policy:",
        "        overprovisioning_factor: 900",
        "      endpoints:",
        "      - lb_endpoints:",
        f"        - {host(1)}",
        f"        - {host(2)}",
        "          ".rstrip() + "        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}",
        "          load_balancing_weight: 9",
        "      - priority: 2",
        "        lb_endpoints:",
        f"        - {host(4)}",
        f"        - {host(5)}",
    ]
    file = tmp_path / "envoy.yaml"
    file.write_text("\n".join(lines) + "\n")
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    found = {f.rule: f.location.line for f in check(topologies, Needs())}
    wanted = {"weights-ignored": 5, "panic-disabled": 8, "failover-too-late": 13, "priority-gap": 20}
    assert {rule: found.get(rule) for rule in wanted} == wanted
