"""What is refused is said at its own line, in words that help."""

import pytest
from envoy_validate import accepts, refusals

HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
LISTENER = (
    "static_resources:\n  listeners:\n  - address: {socket_address: {address: 127.0.0.1, port_value: 1}}\n"
    "    filter_chains:\n    - filters:\n"
)
CASES = {
    "a tab in the indentation": ("static_resources:\n\tclusters: []\n", 2, "tab"),
    "a quote without end": ('node:\n  {id: "a}\n', 2, "YAML"),
    "an unknown field with a hint": ("static_resources:\n  clusters:\n  - name: a\n    lb_polcy: RANDOM\n", 4, "did you mean `lb_policy`"),
    "a field of the old API": ("static_resources:\n  clusters:\n  - name: a\n    hosts: []\n", 4, "`hosts` of Cluster is of the API v2"),
    "a filter of the old API": (
        f"{LISTENER}      - name: envoy.tcp_proxy\n        config: {{}}\n",
        7,
        "now `typed_config`",
    ),
    "lists at the head of the file": ("static_resources: {}\nclusters: []\n", 2, "belongs below `static_resources`"),
    "a number for a name": ("static_resources:\n  clusters:\n  - name: 12\n", 3, "quotes"),
    "a duration in words": ("static_resources:\n  clusters:\n  - name: a\n    connect_timeout: 250ms\n", 4, "`0.25s`"),
    "a choice that is none": ("static_resources:\n  clusters:\n  - name: a\n    type: STATIK\n", 4, "STRICT_DNS"),
    "a limit": ("admin:\n  address:\n    socket_address:\n      address: 127.0.0.1\n      port_value: 70000\n", 5, "at most 65535"),
    "what is missing, at its message": (
        "static_resources:\n  clusters:\n  - name: a\n    health_checks:\n    - interval: 1s\n      unhealthy_threshold: 1\n"
        "      healthy_threshold: 1\n      tcp_health_check: {}\n",
        5,
        "`timeout` is missing",
    ),
    "one of several": (
        "static_resources:\n  clusters:\n  - name: a\n    health_checks:\n    - {interval: 1s, timeout: 1s, unhealthy_threshold: 1,"
        " healthy_threshold: 1}\n",
        5,
        "`http_health_check`",
    ),
    "two that exclude each other": (
        "static_resources:\n  clusters:\n  - name: a\n    type: STATIC\n    cluster_type: {name: x}\n",
        5,
        "excludes",
    ),
    "a list for a map": ("static_resources:\n- clusters: []\n", 1, "must be a map"),
    "a name in a STATIC cluster": (
        "static_resources:\n  clusters:\n  - name: a\n    load_assignment:\n      cluster_name: a\n      endpoints:\n"
        "      - lb_endpoints:\n        - endpoint:\n            address:\n              socket_address:\n"
        "                address: web.example\n                port_value: 80\n",
        11,
        "STRICT_DNS",
    ),
    "two clusters of one name": ("static_resources:\n  clusters:\n  - name: a\n  - name: b\n  - name: a\n", 5, "two clusters"),
    "a filter without its type": (
        LISTENER + "      - name: envoy.filters.network.tcp_proxy\n",
        6,
        "`typed_config`",
    ),
    "a type that was mistyped": (
        LISTENER + f"      - name: h\n        typed_config:\n          '@type': {HTTP}s\n",
        8,
        "did you mean `HttpConnectionManager`",
    ),
    "a type of the dropped API": (
        LISTENER + "      - name: h\n        typed_config:\n"
        "          '@type': type.googleapis.com/envoy.config.filter.network.tcp_proxy.v2.TcpProxy\n",
        8,
        "dropped",
    ),
    "a route to nowhere": (
        LISTENER + f"      - name: h\n        typed_config:\n          '@type': {HTTP}\n          stat_prefix: h\n          route_config:\n"
        "            virtual_hosts:\n            - name: v\n              domains: ['*']\n              routes:\n"
        "              - match: {prefix: /}\n                route:\n                  cluster: gone\n",
        17,
        "no cluster `gone`",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_line_and_words(name: str) -> None:
    text, line, words = CASES[name]
    said = refusals(text)
    assert [each for each, _ in said] == [line]
    assert words in said[0][1]


def test_envoy_refuses_them_all() -> None:
    assert accepts([(text.encode(), ".yaml") for text, _, _ in CASES.values()]) == [False] * len(CASES)


def test_an_extension_of_ones_own_build_passes() -> None:
    text = (
        "static_resources:\n  clusters:\n  - name: a\n    filters:\n    - name: ours\n      typed_config:\n"
        "        '@type': type.googleapis.com/com.example.filters.Ours\n        any: [thing, {that: it}, takes]\n"
    )
    assert refusals(text) == []


def test_every_broken_place_is_said_once() -> None:
    text = "static_resources:\n  clusters:\n  - name: a\n    foo: 1\n    bar: 1\n  - name: b\n    connect_timeout: 1\n    baz: {x: 1}\n"
    assert [line for line, _ in refusals(text)] == [4, 5, 7, 8]
