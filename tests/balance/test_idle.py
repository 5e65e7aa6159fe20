"""Why a server gets nothing: each row of 0 % says it."""

import json

import pytest
from balance_pools import topology
from tests.conformance.envoy_pools import endpoint

from poise.balance.forecast import forecast
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.reading.read_envoy import topologies as envoy
from poise.reading.read_nginx import topologies as nginx
from poise.report import forecast_text


def reasons(read: Topology, keys: list[str] | None = None) -> dict[str, str | None]:
    (pool,) = forecast([read], Needs(), keys=keys).pools
    return {server.server: server.why for server in pool.servers}


def cluster(*groups: dict[str, object], **more: object) -> Topology:
    made = {"name": "web", "type": "STATIC", "load_assignment": {"cluster_name": "web", "endpoints": groups}, **more}
    (found,) = envoy([("envoy.json", json.dumps({"static_resources": {"clusters": [made]}}))])
    return found


def test_envoys_priorities_and_health_are_named() -> None:
    # Envoy 1.40 gives DRAINING, and what lies behind a priority that carries everything, nothing: tests/balancers/envoy live.
    first = [endpoint(f"10.0.0.{n}:80") for n in (1, 2, 3)] + [{**endpoint("10.0.0.4:80"), "health_status": "DRAINING"}]
    found = cluster({"lb_endpoints": first}, {"priority": 1, "lb_endpoints": [endpoint("10.0.0.5:80")]})
    said = "priority 1: only when too few hosts of the priorities before it are healthy"
    assert reasons(found) == {**{f"10.0.0.{n}:80": None for n in (1, 2, 3)}, "10.0.0.4:80": "health_status DRAINING", "10.0.0.5:80": said}
    assert f"10.0.0.5:80  10.0.0.5:80  weight 1      0.0 %  {said}" in forecast_text.text(forecast([found], Needs()))


def test_a_host_that_drains_is_out_of_use_but_in_panic() -> None:
    drains = {**endpoint("10.0.0.1:80"), "health_status": "DRAINING"}
    made = forecast([cluster({"lb_endpoints": [drains, endpoint("10.0.0.2:80")]})], Needs()).pools[0]
    assert [(s.role, s.share) for s in made.servers] == [("disabled", 0.0), ("active", 1.0)]
    assert [loss.lost for loss in made.without] == [("10.0.0.2:80",)]
    # Envoy 1.40 sends requests to both then: tests/balancers/envoy live.
    alone = forecast([cluster({"lb_endpoints": [drains, {**drains, **endpoint("10.0.0.2:80")}]})], Needs()).pools[0]
    assert [(s.role, s.share) for s in alone.servers] == [("active", 0.5), ("active", 0.5)]


def test_a_locality_without_a_weight_is_named() -> None:
    zones = [{"locality": {"zone": zone}, "lb_endpoints": [endpoint(f"10.0.0.{n}:80")]} for n, zone in ((1, "a"), (2, "b"))]
    found = cluster({**zones[0], "load_balancing_weight": 3}, zones[1], common_lb_config={"locality_weighted_lb_config": {}})
    assert reasons(found) == {"10.0.0.1:80": None, "10.0.0.2:80": "its locality has no load_balancing_weight, and localities share by that"}


def test_no_host_at_all_is_answered_503() -> None:
    down = [{**endpoint("10.0.0.1:80"), "health_status": "UNHEALTHY"}]
    found = cluster({"lb_endpoints": down}, common_lb_config={"healthy_panic_threshold": {"value": 0}})
    assert reasons(found) == {"10.0.0.1:80": "no host can be chosen: Envoy answers 503 to every request"}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("server a 10.0.0.1:80\nserver b 10.0.0.2:80 disabled", "it is disabled"),
        ("server a 10.0.0.1:80\nserver b 10.0.0.2:80 weight 0", "its weight is 0"),
        ("server a 10.0.0.1:80\nserver b 10.0.0.2:80 backup", "a backup: only when no other server is up"),
        ("server c 10.0.0.1:80 backup\nserver b 10.0.0.2:80 backup", "of the backups only the first that is up serves"),
        (
            "balance first\nserver a 10.0.0.1:80\nserver b 10.0.0.2:80",
            "everything to a, the first by id: it has no maxconn, so it is never full",
        ),
    ],
)
def test_haproxys_reasons(lines: str, why: str) -> None:
    assert reasons(topology(f"web\n{lines}"))["b"] == why


def test_keys_that_fall_elsewhere_and_nginxs_down() -> None:
    assert reasons(topology("web\nbalance uri\nserver a 10.0.0.1:80\nserver b 10.0.0.2:80"), ["/x"]) in (
        {"a": None, "b": "none of the 1 keys falls on it"},
        {"b": None, "a": "none of the 1 keys falls on it"},
    )
    text = "upstream web { server 10.0.0.1; server 10.0.0.2 down; } server { location / { proxy_pass http://web; } }"
    (found,) = nginx([("nginx.conf", text)])
    assert reasons(found)["10.0.0.2"] == "it is down"


def test_what_eds_tells_twice_is_one_host() -> None:
    # Envoy 1.40, 400 requests each: one third each of the first, all to 10.0.0.3 of the second.
    def eds(*groups: dict[str, object]) -> Topology:
        told = {"resources": [{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "web"}]}
        told["resources"][0]["endpoints"] = groups  # type: ignore[assignment]
        source = {"eds_config": {"path_config_source": {"path": "eds.json"}}}
        made = {"static_resources": {"clusters": [{"name": "web", "type": "EDS", "eds_cluster_config": source}]}}
        (found,) = envoy([("envoy.json", json.dumps(made)), ("eds.json", json.dumps(told))])
        return found

    one, two, three = (endpoint(f"10.0.0.{n}:80") for n in (1, 2, 3))
    found = eds({"lb_endpoints": [one, two]}, {"lb_endpoints": [{**one, "load_balancing_weight": 4}, three]})
    (pool,) = forecast([found], Needs()).pools
    third = pytest.approx(1 / 3)
    assert pool.shares() == {"10.0.0.1:80": third, "10.0.0.2:80": third, "10.0.0.1:80#2": 0, "10.0.0.3:80": third}
    assert reasons(found)["10.0.0.1:80#2"] == "its address stands there twice, and EDS's first line counts"

    down = [{**each, "health_status": "UNHEALTHY"} for each in (one, two)]
    found = eds({"lb_endpoints": down}, {"priority": 1, "lb_endpoints": [one, three]})
    (pool,) = forecast([found], Needs()).pools
    assert pool.shares() == {"10.0.0.1:80": 0, "10.0.0.2:80": 0, "10.0.0.1:80#2": 0, "10.0.0.3:80": 1}
