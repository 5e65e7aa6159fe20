"""What servers get while they warm up, against what HAProxy 2.6 and 2.8 and Envoy 1.40 did."""

from importlib.resources import files
from json import loads

import pytest
from balance_pools import pool, servers, topology
from jsonschema import validate

from poise.balance.forecast import forecast
from poise.balance.slow_start import shares_after, weight_factor
from poise.balance.splits import split_of
from poise.model.needs import Needs
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies as envoy
from poise.report import forecast_json, forecast_text

WARMING = servers("check slowstart 10s weight 100", "check weight 100")


def percent(of: Pool, seconds: float) -> float:
    """What the first server gets so long after it came back."""
    split = split_of(of)
    assert split is not None
    return 100 * shares_after(of, split.shares, of.servers[0], seconds)[of.servers[0].name]


def test_haproxy_raises_weights_by_sixteenths_every_second() -> None:
    # `show stat`, throttle, after 0, 1, 2 … s of slowstart 10s: both versions.
    measured = (6, 12, 25, 31, 43, 56, 62, 75, 81, 93, 100)
    of = pool(WARMING)
    assert [int(100 * weight_factor(of, of.servers[0], second + 0.08)) for second in range(11)] == list(measured)


def test_steps_of_other_windows() -> None:
    minute = pool(servers("check slowstart 60s", ""))
    # The weight of 60 s changed after 4, 8, 12, 15, 19 and 23 s; windows below a second last one, and 2.5 s last three.
    changes = [t for t in range(1, 24) if weight_factor(minute, minute.servers[0], t) > weight_factor(minute, minute.servers[0], t - 1)]
    assert changes == [4, 8, 12, 15, 19, 23]
    short = pool(servers("check slowstart 600ms", "check slowstart 2500ms"))
    assert [weight_factor(short, short.servers[0], t) for t in (0.5, 1.1)] == [1 / 16, 1]
    assert [int(100 * weight_factor(short, short.servers[1], t)) for t in (0, 1, 2, 3)] == [6, 37, 68, 100]


def test_weights_of_one_warm_up_too() -> None:
    # roundrobin, 300 requests in the first second of 60 s: 16 of weight 1 and 17 of weight 100.
    assert percent(pool(servers("check slowstart 60s", "")), 0.6) == pytest.approx(100 / 17)
    assert percent(pool(servers("check slowstart 60s weight 100", "weight 100")), 0.6) == pytest.approx(100 / 17)


def test_what_does_not_warm_up() -> None:
    for lines in (
        servers("slowstart 10s", ""),
        "balance static-rr\n" + WARMING,
        "balance source\n" + WARMING,
        servers("check slowstart 10s"),
        servers("check", ""),
        servers("check slowstart 10s backup", "check"),
    ):
        (made,) = forecast([topology("web\n" + lines)], Needs()).pools
        assert made.slow_starts == (), lines


def cluster(policy: str) -> Pool:
    host = "{{endpoint: {{address: {{socket_address: {{address: 10.0.0.{}, port_value: 80}}}}}}}}"
    text = f"""
static_resources:
  clusters:
  - name: web
    type: STATIC
    {policy}
    health_checks: [{{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {{path: /}}}}]
    load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{host.format(1)}, {host.format(2)}]}}]}}
"""
    (read,) = envoy([("envoy.yaml", text)])
    assert not read.could_not
    return read.pools[0]


def test_it_is_told_and_fits_the_schema() -> None:
    made = forecast([topology("web\n" + servers(*["check slowstart 60s"] * 4))], Needs())
    said = forecast_text.text(made)
    assert "  for 60 s after it returns, app1 (as 3 others) gets less than its 25.0 %: 2.0 % at once, 9.4 % after 15 s," in said
    assert said.count("after it returns") == 1
    written = forecast_json.as_dict(made)
    assert [each["server"] for each in written["pools"][0]["slow_start"]] == ["app1", "app2", "app3", "app4"]
    validate(written, loads((files("poise.report") / "schemas" / "predict.json").read_text()))
    busy = forecast_text.text(forecast([topology("web\nbalance leastconn\n" + WARMING)], Needs()))
    # Of 300 requests one at a time the warming server of leastconn got 150.
    assert ", where the pool is busy" in busy


@pytest.mark.parametrize(
    ("policy", "measured"),
    [
        # Envoy 1.40, one worker, two hosts, 20 s: the first fails its check and passes again, requests are sent one at a time.
        (
            "lb_policy: ROUND_ROBIN\n    round_robin_lb_config: {slow_start_config: {slow_start_window: 20s}}",
            {0.5: 8.7, 2.5: 10.8, 4.5: 18.4, 6.5: 24.4, 8.5: 29.9, 10.5: 34.3, 14.5: 42.0, 18.5: 48.1, 20.5: 50.0},
        ),
        (
            "lb_policy: LEAST_REQUEST\n    least_request_lb_config: {slow_start_config:"
            " {slow_start_window: 20s, aggression: {default_value: 2.0, runtime_key: a}, min_weight_percent: {value: 30}}}",
            {2.5: 25.7, 4.5: 31.8, 6.5: 36.1, 8.5: 39.4, 10.5: 41.9, 14.5: 45.9, 18.5: 48.9, 20.5: 50.0},
        ),
    ],
)
def test_envoy_raises_weights_by_time_and_aggression(policy: str, measured: dict[float, float]) -> None:
    of = cluster(policy)
    for seconds, share in measured.items():
        assert percent(of, seconds) == pytest.approx(share, abs=1.5), seconds
    assert weight_factor(cluster("lb_policy: RANDOM"), of.servers[0], 1) == 1
