"""The running configuration and the file: the same means no difference, however Envoy writes it down."""

import json

import pytest
from lowered_envoy import read

from poise.balancers.envoy.running import dump
from poise.balancers.envoy.running.differences import Difference, differences

# What Envoy 1.40 answered to /config_dump?resource=static_clusters for the file below: zeros are left out, durations have three digits.
FILE = """
static_resources:
  clusters:
    - name: web
      type: STATIC
      lb_policy: LEAST_REQUEST
      least_request_lb_config: {choice_count: 4}
      connect_timeout: 0.25s
      outlier_detection: {consecutive_5xx: 5, max_ejection_percent: 10}
      circuit_breakers: {thresholds: [{max_connections: 100}]}
      common_lb_config: {healthy_panic_threshold: {value: 0}, locality_weighted_lb_config: {}}
      health_checks: [{timeout: 1s, interval: 5s, unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: {path: /h}}]
      load_assignment:
        cluster_name: web
        endpoints:
          - lb_endpoints:
              - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 28903}}}, load_balancing_weight: 3}
            load_balancing_weight: 5
"""
CLUSTER = {
    "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "name": "web",
    "type": "STATIC",
    "connect_timeout": "0.250s",
    "lb_policy": "LEAST_REQUEST",
    "health_checks": [
        {"timeout": "1s", "interval": "5s", "unhealthy_threshold": 2, "healthy_threshold": 1, "http_health_check": {"path": "/h"}}
    ],
    "circuit_breakers": {"thresholds": [{"max_connections": 100}]},
    "outlier_detection": {"consecutive_5xx": 5, "max_ejection_percent": 10},
    "common_lb_config": {"healthy_panic_threshold": {}, "locality_weighted_lb_config": {}},
    "least_request_lb_config": {"choice_count": 4},
    "load_assignment": {
        "cluster_name": "web",
        "endpoints": [
            {
                "lb_endpoints": [
                    {
                        "endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 28903}}},
                        "load_balancing_weight": 3,
                    }
                ],
                "load_balancing_weight": 5,
            }
        ],
    },
}


def compared(file: str, cluster: object = CLUSTER) -> tuple[Difference, ...]:
    kind = "type.googleapis.com/envoy.admin.v3.ClustersConfigDump.StaticCluster"
    answer = json.dumps({"configs": [{"@type": kind, "cluster": cluster}]})
    return differences(read(file), dump.topology([answer, "{}", "{}"]), ("web",))


def test_the_same_is_the_same_however_it_is_written():
    assert compared(FILE) == ()
    spelt = FILE.replace("connect_timeout: 0.25s", "connectTimeout: 0.2500s").replace("max_connections: 100", "max_connections: 0x64")
    assert compared(spelt) == ()
    assert compared(FILE.replace("lb_policy: LEAST_REQUEST", "lb_policy: 1")) == ()
    assert compared(FILE.replace("lb_policy: LEAST_REQUEST", "lb_policy: ROUND_ROBIN"), {**CLUSTER, "lb_policy": None}) == ()


@pytest.mark.parametrize(
    ("old", "new", "setting", "file", "running"),
    [
        ("LEAST_REQUEST", "RANDOM", "lb_policy", "RANDOM", "LEAST_REQUEST"),
        ("value: 0", "value: 30", "common_lb_config.healthy_panic_threshold.value", "30", None),
        ("0.25s", "1.5s", "connect_timeout", "1.5s", "0.250s"),
        ("max_connections: 100", "max_connections: 7", "circuit_breakers.thresholds.0.max_connections", "7", "100"),
        ("load_balancing_weight: 5", "load_balancing_weight: 50", "weight of locality (unnamed)", "50", "5"),
        (", max_ejection_percent: 10", "", "outlier_detection.max_ejection_percent", None, "10"),
    ],
)
def test_what_was_edited_is_named_with_its_line(old, new, setting, file, running):
    edited = FILE.replace(old, new)
    found = compared(edited)
    assert [(each.component, each.setting, each.file, each.running) for each in found] == [("pool web", setting, file, running)]
    expected = None if file is None else next(n for n, line in enumerate(edited.split("\n"), 1) if new in line)
    assert found[0].line == expected


def test_what_envoy_hides_is_not_taken_for_a_difference():
    cluster = {**CLUSTER, "health_checks": [{**CLUSTER["health_checks"][0], "http_health_check": {"path": "[redacted]"}}]}
    assert compared(FILE, cluster) == ()


@pytest.mark.parametrize("answer", ["", "[]", "<html>", '{"configs": 3}', "[" * 100_000])
def test_other_answers_are_refused(answer):
    with pytest.raises(ValueError, match=r"."):
        dump.topology([answer])


def test_odd_members_of_an_answer_are_passed_over():
    assert (
        dump.topology(['{"configs": [3, null, {"cluster": 1}, {"cluster": {"load_assignment": {"endpoints": [1, {}]}}}]}']).listeners == ()
    )
