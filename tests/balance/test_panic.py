"""Envoy in panic sends requests to hosts that are lost: the forecast says how many, and such a loss is not survived."""

import pytest

import poise
from poise.report import forecast_json, forecast_text

HOST = "{{endpoint: {{address: {{socket_address: {{address: 10.0.0.{}, port_value: 80}}}}}}}}"


def cluster(hosts: int, policy: str, more: str = "") -> str:
    listed = ", ".join(HOST.format(number) for number in range(1, hosts + 1))
    return (
        f"static_resources: {{clusters: [{{name: web, type: STATIC, lb_policy: {policy}, {more}"
        f"load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{listed}]}}]}}}}]}}"
    )


def forecast(text: str, survive: int, keys: list[str] | None = None) -> poise.Forecast:
    made = poise.predict(text, {"pool": {"web": {"survive": survive}}}, keys=keys)
    assert made.could_not == ()
    return made


@pytest.mark.parametrize("policy", ["ROUND_ROBIN", "RANDOM", "LEAST_REQUEST", "RING_HASH", "MAGLEV"])
@pytest.mark.parametrize("keys", [None, [f"user-{number}" for number in range(300)]])
def test_two_of_three_lost_is_not_survived(policy: str, keys: list[str] | None) -> None:
    made = forecast(cluster(3, policy), 2, keys)
    pairs = [loss for loss in made.pools[0].without if len(loss.lost) == 2]
    assert [loss.to_lost for loss in pairs] == pytest.approx([2 / 3] * 3, abs=0.08)
    assert all(loss.top not in loss.lost for loss in pairs)
    assert [loss.to_lost for loss in made.pools[0].without if len(loss.lost) == 1] == [0, 0, 0]
    (check,) = made.pools[0].needs
    assert not check.met
    assert "of the requests still go to what is lost, and fail: so few are healthy that all are used (panic)" in check.detail


def test_half_of_the_hosts_are_enough() -> None:
    made = forecast(cluster(2, "ROUND_ROBIN"), 1)
    assert [loss.to_lost for loss in made.pools[0].without] == [0, 0]
    assert made.pools[0].needs[0].met


def test_without_panic_nothing_goes_to_what_is_lost() -> None:
    made = forecast(cluster(3, "ROUND_ROBIN", "common_lb_config: {healthy_panic_threshold: {value: 0}}, "), 2)
    assert {loss.to_lost for loss in made.pools[0].without} == {0}
    assert made.pools[0].needs[0].met


def test_it_is_said_worst_first() -> None:
    made = forecast(cluster(3, "ROUND_ROBIN"), 2)
    said = [line for line in forecast_text.text(made).splitlines() if "without" in line]
    end = "gets the most, 33.3 %; 66.7 % of the requests still go to what is lost, and fail"
    assert said[0] == f"  without 10.0.0.1:80 and 10.0.0.2:80: 10.0.0.3:80 {end}"
    assert forecast_json.as_dict(made)["pools"][0]["without"][3]["lost_share"] == pytest.approx(2 / 3)


def test_the_only_host_of_a_cluster_does_not_serve_without_itself() -> None:
    made = poise.predict(cluster(1, "ROUND_ROBIN"))
    assert "without 10.0.0.1:80: every request still goes to what is lost, and fails" in forecast_text.text(made)
