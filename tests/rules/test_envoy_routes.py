"""What routes do to pools in Envoy: constant keys, splits against the sizes, requests that come back. Each defect has twins that are none.

A finding stands at the line marked `# here`.
"""

from pathlib import Path

import pytest
from envoy_files import bootstrap, cluster, group, host, http_listener, route
from envoy_texts import THREE, ends, http, tcp
from envoy_texts import cluster as one
from rule_examples import refusals

from poise.model.finding import Finding
from poise.model.needs import Needs, PoolNeeds
from poise.reading.read import read_configuration
from poise.rules.engine import check

MAGLEV = "lb_policy: MAGLEV"
FOUR = group(*(host(n) for n in range(1, 5)))
PAIR = cluster(group(host(8), host(9)), name="canary")
BY_HOST = 'cluster: web, hash_policy: [{header: {header_name: ":authority"}}]'
SELF = "127.0.0.1"


def findings(text: str, folder: Path, needs: PoolNeeds | None = None) -> list[Finding]:
    file = folder / "envoy.yaml"
    file.write_text(text)
    assert refusals("envoy", file) == []
    topologies, could_not = read_configuration([str(file)])
    assert not could_not
    return list(check(topologies, Needs(pool={"web": needs} if needs else {})))


def at_host(text: str, *domains: str) -> str:
    """The same for these domains only."""
    quoted = ", ".join(f'"{domain}"' for domain in domains)
    return text.replace('domains: ["*"]', f"domains: [{quoted}]")


def split(first: int, second: int, more: str = "") -> str:
    return f"{more}weighted_clusters: {{clusters: [{{name: web, weight: {first}}}, {{name: canary, weight: {second}}}]}}"


def looped(route: str, address: str = SELF, port: int = 80, manager: str = "", match: str = "prefix: /") -> str:
    """A listener on port 80, and a pool with one endpoint at `address`:`port`."""
    own = f"{{endpoint: {{address: {{socket_address: {{address: {address}, port_value: {port}}}}}}}}}"
    listener = http_listener(f"{{match: {{{match}}}, route: {{{route}}}}}", manager=manager)
    return bootstrap(cluster(group(host(1), own, host(2))), listeners=(listener,))


HERE: dict[str, tuple[str, str, str, PoolNeeds | None]] = {
    "a constant key, in a block": (
        "hash-of-constant", "error",
        at_host(http('cluster: web\nhash_policy:  # here\n- header: {header_name: ":authority"}', MAGLEV), "a.example"), None),
    "two names for three hosts": (
        "hash-of-constant", "warning",
        at_host(http("cluster: web\nhash_policy:  # here\n- header: {header_name: Host}", MAGLEV), "a.example", "b.example"), None),
    "the scheme": (
        "hash-of-constant", "warning", http('cluster: web\nhash_policy:  # here\n- header: {header_name: ":scheme"}', MAGLEV), None),
    "a policy that nobody reads stands at its key": (
        "hash-policy-ignored", "warning", http("cluster: web\nhash_policy:  # here\n- cookie:\n    name: sid\n    ttl: 60s", ""), None),
    "nothing checks": ("server-without-check", "error", one("", THREE).replace("- name: web", "- name: web  # here"), None),
    "limits for nobody": (
        "breaker-below-peak", "error",
        http("cluster: web", "circuit_breakers:\n  thresholds:  # here\n  - priority: HIGH\n    max_requests: 9000\n"),
        PoolNeeds(peak_requests_per_second=9000, service_time_ms=200)),
    "limits without the one that counts": (
        "breaker-below-peak", "error",
        http("cluster: web", "circuit_breakers:\n  thresholds:\n  - max_retries: 9  # here\n"),
        PoolNeeds(peak_requests_per_second=9000, service_time_ms=200)),
    "an empty list of hosts": (
        "pool-without-servers", "error",
        http("cluster: web", "load_assignment:\n  cluster_name: web\n  endpoints: []  # here\n", ""), None),
    "no list of hosts": (
        "pool-without-servers", "error", http("cluster: web", "load_assignment:  # here\n  cluster_name: web\n", ""), None),
}  # fmt: skip


@pytest.mark.parametrize("name", HERE)
def test_where(name: str, tmp_path: Path) -> None:
    rule, severity, text, needs = HERE[name]
    line = next(number for number, each in enumerate(text.splitlines(), 1) if each.endswith("# here"))
    assert [(f.severity, f.location.line) for f in findings(text, tmp_path, needs) if f.rule == rule] == [(severity, line)]


SAYS: dict[str, tuple[str, str, str, str]] = {
    "the canary gets what was the others'": (
        "split-out-of-proportion", "warning", "a server of canary gets 47.5 % of all requests, one of web 1.2 %",
        bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(split(5, 95))),))),
    "half for half the hosts": (
        "split-out-of-proportion", "info", "25.0 %",
        bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(split(50, 50))),))),
    "one in a thousand for half of the hosts": (
        "split-out-of-proportion", "info", "stand idle",
        bootstrap(cluster(group(host(1), host(2))), PAIR, listeners=(http_listener(route(split(999, 1))),))),
    "the same split on three routes": (
        "split-out-of-proportion", "warning", "one of web 1.2 %",
        bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(*(route(split(5, 95), f"prefix: /{x}") for x in "abc")),))),
    "a listener on all addresses": ("sent-to-itself", "error", "33.3 %", looped("cluster: web")),
    "requests of one path": ("sent-to-itself", "error", "33.3 %", looped("cluster: web", match="path: /api")),
    "every host of a thousand hashed by one name": (
        "hash-of-constant", "error", "3 of 4 servers stand idle",
        at_host(bootstrap(cluster(FOUR, settings="lb_policy: RING_HASH"), listeners=(http_listener(route(BY_HOST)),)), "Shop.Example:443")),
    "a third of the hosts stand by": (
        "backup-capacity", "warning", "3 times as much",
        bootstrap(cluster(group(*(host(n) for n in range(1, 7))), group(host(8), host(9), more="priority: 1")))),
    "one host stands by": (
        "backup-capacity", "info", "4 times as much", bootstrap(cluster(FOUR, group(host(9), more="priority: 1")))),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_it_says_so(name: str, tmp_path: Path) -> None:
    rule, severity, words, text = SAYS[name]
    found = [f for f in findings(text, tmp_path) if f.rule == rule]
    assert [f.severity for f in found] == [severity]
    assert words in f"{found[0].message} {found[0].why}"


LUA = (
    "{name: lua, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, default_source_code: "
    "{inline_string: 'function envoy_on_request(h) end'}}}"
)
SILENT: dict[str, tuple[str, str]] = {
    "a key beside the host's name": (
        "hash-of-constant", at_host(http(
            'cluster: web\nhash_policy:\n- header: {header_name: ":authority"}\n- header: {header_name: ":path"}', MAGLEV), "a.example")),
    "any host name": ("hash-of-constant", http('cluster: web\nhash_policy: [{header: {header_name: ":authority"}}]', MAGLEV)),
    "a domain with a star": (
        "hash-of-constant",
        at_host(http('cluster: web\nhash_policy: [{header: {header_name: ":authority"}}]', MAGLEV), "*.example", "example")),
    "a shard for each of many sites": (
        "hash-of-constant",
        at_host(bootstrap(cluster(group(host(1), host(2)), settings=MAGLEV), listeners=(http_listener(route(BY_HOST)),)), "a.x", "b.x")),
    "a part of the host's name": (
        "hash-of-constant",
        at_host(http("cluster: web\nhash_policy: [{header: {header_name: host, regex_rewrite: {pattern: {regex: a}, substitution: b}}}]",
                     MAGLEV), "a.example")),
    "one route of two hashes what differs": (
        "hash-of-constant",
        at_host(bootstrap(cluster(FOUR, settings=MAGLEV), listeners=(http_listener(
            route(BY_HOST, "prefix: /a"), route('cluster: web, hash_policy: [{header: {header_name: ":path"}}]')),)), "a.example")),
    "a small part for a canary": (
        "split-out-of-proportion", bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(split(99, 1))),))),
    "in proportion": ("split-out-of-proportion", bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(split(67, 33))),))),
    "a finished move": ("split-out-of-proportion", bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(split(0, 100))),))),
    "equal pools in the middle of a move": (
        "split-out-of-proportion",
        bootstrap(cluster(group(host(1), host(2))), PAIR, listeners=(http_listener(route(split(10, 90))),))),
    "the runtime decides": (
        "split-out-of-proportion", bootstrap(cluster(FOUR), PAIR, listeners=(http_listener(route(
            "weighted_clusters: {runtime_key_prefix: x, clusters: [{name: web, weight: 5}, {name: canary, weight: 95}]}")),))),
    "hosts that DNS counts": (
        "split-out-of-proportion",
        bootstrap(cluster(FOUR), cluster(group(host("app.internal")), name="canary", settings="type: STRICT_DNS"),
                  listeners=(http_listener(route(split(5, 95))),))),
    "another port of this machine": ("sent-to-itself", looped("cluster: web", port=8081)),
    "the same port of another machine": ("sent-to-itself", looped("cluster: web", address="10.0.0.7")),
    "another path the second time": ("sent-to-itself", looped("cluster: web, prefix_rewrite: /v2/")),
    "another host the second time": ("sent-to-itself", looped("cluster: web, host_rewrite_literal: inner.example")),
    "only with a header": ("sent-to-itself", looped("cluster: web", match="prefix: /, headers: [{name: x, present_match: true}]")),
    "a script that may change the way": (
        "sent-to-itself", looped("cluster: web").replace("http_filters: [", f"http_filters: [{LUA}, ")),
    "a listener that hands on to the next": (
        "sent-to-itself",
        bootstrap(cluster(group(host(SELF), host(1))), PAIR,
                  listeners=(http_listener(route()), http_listener(route("cluster: canary"), port=8080)))),
    "half of the hosts and one stand by": (
        "backup-capacity", bootstrap(cluster(group(host(1), host(2), host(3)), group(host(8), host(9), more="priority: 1")))),
    "few hosts of large weight stand by": (
        "backup-capacity", bootstrap(cluster(FOUR, group(
            host(8, "load_balancing_weight: 2"), host(9, "load_balancing_weight: 2"), more="priority: 1")))),
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_silent(name: str, tmp_path: Path) -> None:
    rule, text = SILENT[name]
    assert [f.message for f in findings(text, tmp_path) if f.rule == rule] == []


def test_a_proxy_of_connections_comes_back_too(tmp_path: Path) -> None:
    text = one("", THREE + ends(SELF), tcp())
    found = [f for f in findings(text, tmp_path) if f.rule == "sent-to-itself"]
    assert [f.server for f in found] == [f"{SELF}:8080"]


EDS = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"


@pytest.mark.parametrize(
    ("asked", "file", "expected"),
    [
        ("shop-v2", True, [("pool-without-servers", 3)]),
        ("shop", True, []),
        # Whatever the file of another machine holds.
        ("shop-v2", False, []),
    ],
)
def test_a_name_that_the_file_of_endpoints_lacks(asked: str, file: bool, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    if file:
        (tmp_path / "eds.yaml").write_text(
            f"resources: [{{'@type': {EDS}, cluster_name: shop, endpoints: [{{lb_endpoints: [{host(1)}, {host(2)}]}}]}}]\n"
        )
    source = f"eds_config: {{path_config_source: {{path: {tmp_path}/eds.yaml}}}}"
    lines = f"  - name: web\n    type: EDS\n    eds_cluster_config:\n      service_name: {asked}\n      {source}\n    connect_timeout: 1s\n"
    text = "node: {id: me, cluster: me}\n" + bootstrap(lines, listeners=(http_listener(route()),))
    path = tmp_path / "envoy.yaml"
    path.write_text(text)
    topologies, _ = read_configuration([str(path)])
    wanted = next(number for number, line in enumerate(text.splitlines(), 1) if "service_name" in line)
    found = [(f.rule, f.location.line) for f in check(topologies, Needs()) if f.rule == "pool-without-servers"]
    assert found == [(rule, wanted) for rule, _ in expected]
