"""Load-dependent splits under declared needs: simulated where the load decides, what was known before where it does not."""

import time

import pytest
from balance_pools import pool, servers, topology

from poise.app.needs import parse_needs
from poise.balance.forecast import forecast
from poise.balance.splits import split_of, under_load
from poise.model.forecast import PoolForecast
from poise.model.load import Horizon, Load
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies as envoy
from poise.reading.read_nginx import topologies as nginx

SLOW_FIRST = Load(100, clients=24, service_time_ms_by_server={"app1": 400})


def haproxy(balance: str, *options: str) -> Pool:
    return pool(f"{balance}\n{servers(*options)}")


def upstream(before: str, *options: str) -> Pool:
    lines = "".join(f"server 10.0.0.{i}:80 {words};\n" for i, words in enumerate(options, 1))
    (read,) = nginx([("nginx.conf", f"upstream web {{\n{before}\n{lines}}}\n")])
    return read.pools[0]


def cluster(policy: str, *weights: int) -> Pool:
    hosts = ", ".join(
        f"{{endpoint: {{address: {{socket_address: {{address: 10.0.0.{i}, port_value: 80}}}}}}, load_balancing_weight: {weight}}}"
        for i, weight in enumerate(weights, 1)
    )
    text = f"""
static_resources:
  clusters:
  - name: web
    type: STATIC
    {policy}
    load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{hosts}]}}]}}
"""
    (read,) = envoy([("envoy.yaml", text)])
    assert not read.could_not
    return read.pools[0]


def shares(of: Pool, load: Load) -> list[float]:
    found = split_of(of, load=load)
    assert found is not None
    assert found.basis == "simulated", found
    assert sum(found.shares.values()) == pytest.approx(1)
    return [100 * share for share in found.shares.values()]


# Measured on the real binaries; those with clients in step (equal delays) at the figures' own service times.
MEASURED = {
    "leastconn-idle": (haproxy("balance leastconn", "weight 3", "", ""), Load(100, clients=1), (33.3, 33.3, 33.3), 1),
    "leastconn-busy": (haproxy("balance leastconn", "weight 3", "", ""), Load(100, clients=24), (59.3, 20.3, 20.4), 1),
    "leastconn-slow": (haproxy("balance leastconn", "", "", ""), SLOW_FIRST, (11.1, 44.4, 44.4), 1),
    "random-slow": (haproxy("balance random", "", "", ""), SLOW_FIRST, (16.7, 39.2, 44.1), 2),
    "full": (haproxy("balance roundrobin", "", "maxconn 1", ""), Load(100, clients=24, distribution="constant"), (47.7, 4.7, 47.6), 1),
    "first": (haproxy("balance first", "maxconn 5", "maxconn 5", ""), Load(100, clients=8), (63.2, 36.8, 0), 1),
    "least_conn-idle": (upstream("zone z 64k; least_conn;", "weight=3", "", ""), Load(100, clients=1), (60, 20, 20), 1),
    "least_conn-busy": (upstream("zone z 64k; least_conn;", "weight=3", "", ""), Load(100, clients=24), (58, 21, 21), 2),
    "random-two-idle": (upstream("zone z 64k; random two;", "weight=3", "", ""), Load(100, clients=1), (29, 37, 34), 3),
    "random-two-busy": (upstream("zone z 64k; random two;", "weight=3", "", ""), Load(100, clients=32), (58.5, 20.7, 20.7), 1),
    "envoy-idle": (cluster("lb_policy: LEAST_REQUEST", 3, 1, 1), Load(100, clients=1, workers=1), (60, 20, 20), 1),
    "envoy-two": (cluster("lb_policy: LEAST_REQUEST", 3, 1, 1), Load(100, clients=2, workers=1), (53, 23.5, 23.5), 1),
    "envoy-busy": (cluster("lb_policy: LEAST_REQUEST", 3, 1, 1), Load(100, clients=24, workers=1), (47, 26.5, 26.5), 1),
    "envoy-scan": (
        cluster(
            "load_balancing_policy: {policies: [{typed_extension_config: {name: l, typed_config: {'@type': type.googleapis.com/"
            "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest, selection_method: FULL_SCAN}}}]}",
            1,
            1,
            1,
        ),
        Load(120, clients=9, service_time_ms_by_server={"10.0.0.1:80": 480}, workers=1),
        (11.8, 44.1, 44.1),
        1,
    ),
    "envoy-skewed": (cluster("lb_policy: LEAST_REQUEST", 100, 1, 1), Load(100, clients=8, workers=1), (89, 5.5, 5.5), 1),
    "envoy-slow": (
        cluster("lb_policy: LEAST_REQUEST", 1, 1, 1),
        Load(100, clients=24, service_time_ms_by_server={"10.0.0.1:80": 400}, workers=1),
        (16.9, 41.4, 41.7),
        2,
    ),
}


@pytest.mark.parametrize("case", MEASURED)
def test_what_was_measured_is_forecast(case: str) -> None:
    of, load, measured, points = MEASURED[case]
    assert shares(of, load) == pytest.approx(measured, abs=points)


def test_the_load_is_told_and_so_is_the_error() -> None:
    found = split_of(haproxy("balance leastconn", "weight 3", "", ""), load=Load(40, requests_per_second=100))
    assert found is not None
    assert "100 requests/s with exponential service times of 40 ms" in found.explanation
    assert "requests simulated, standard error at most 0." in found.explanation
    assert all(0 < doubt < 0.003 for doubt in found.uncertainty.values())


def test_what_the_load_does_not_decide_stays_exact() -> None:
    load = Load(40, requests_per_second=200)
    for of in (
        haproxy("balance roundrobin", "weight 3", "maxconn 100", ""),
        haproxy("balance uri", "", ""),
        haproxy("balance leastconn", "", ""),
        haproxy("balance first", "", ""),
        upstream("zone z 64k; least_conn;", "", ""),
        upstream("zone z 64k;", "weight=5", "max_conns=200"),
        upstream("ip_hash;", "", ""),
        cluster("lb_policy: ROUND_ROBIN", 3, 1),
        cluster("lb_policy: LEAST_REQUEST", 2, 2),
    ):
        with_load, without = split_of(of, load=load), split_of(of)
        assert with_load is not None
        assert without is not None
        assert with_load.basis != "simulated"
        assert with_load.shares == pytest.approx(without.shares)


def test_a_hot_key_that_nobody_placed_is_a_doubt_of_every_share() -> None:
    bounded = haproxy("balance uri\nhash-type consistent\nhash-balance-factor 125", "", "", "")
    found = split_of(bounded, load=Load(100, clients=24, hot_key_share=0.7))
    assert found is not None
    assert shares(bounded, Load(100, clients=24, hot_key_share=0.7)) == pytest.approx([33, 33, 33], abs=3)
    # One server holds 1.25 of the average, the next on the ring too, the third the rest.
    assert all(0.03 < doubt < 0.12 for doubt in found.uncertainty.values())


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        # Six requests of each to Envoy 1.40: 503 six times, 503 six times, 200 six times.
        ("max_requests: 0", 1.0),
        ("max_pending_requests: 0", 1.0),
        ("max_connections: 0", 0.0),
    ],
)
def test_a_breaker_at_0_refuses_everything_unless_it_is_that_of_connections(limit: str, refused: float) -> None:
    found = under_load(cluster(f"circuit_breakers: {{thresholds: [{{{limit}}}]}}", 1, 1), Load(50, requests_per_second=4))
    assert found is not None
    assert found.refused == pytest.approx(refused, abs=1e-6)


def test_full_servers_of_nginx_and_breakers_of_envoy_refuse_at_once() -> None:
    full = under_load(upstream("zone z 64k;", "max_conns=2", "max_conns=2"), Load(50, requests_per_second=200, distribution="constant"))
    assert full is not None
    # Erlang's loss formula: 10 offered to 4 places.
    places = [10**k / factorial for k, factorial in enumerate((1, 1, 2, 6, 24))]
    assert full.refused == pytest.approx(places[4] / sum(places), abs=0.02)
    breaker = "circuit_breakers: {thresholds: [{max_requests: 4}]}"
    broken = under_load(cluster(breaker, 1, 1), Load(50, requests_per_second=200))
    assert broken is not None
    assert broken.refused == pytest.approx(places[4] / sum(places), abs=0.02)
    assert broken.p50_ms < 50


def test_a_full_queue_of_a_hashed_server_refuses() -> None:
    """Each of two servers is M/M/1 with at most 1 + 2 requests: 24 a second on 50 ms, so 0.6³ / (1 + 0.6 + 0.36 + 0.216) get 503."""
    load = Load(50, requests_per_second=24)
    for keys in ("uri", "uri\nhash-type consistent"):
        found = under_load(haproxy(f"balance {keys}", "maxconn 1 maxqueue 2", "maxconn 1 maxqueue 2"), load, horizon=Horizon(60_000, 0))
        assert found is not None
        assert found.refused == pytest.approx(0.216 / 2.176, abs=0.02)
        assert found.timed_out == 0
    patient = under_load(haproxy("balance leastconn", "maxconn 1 maxqueue 1", "maxconn 1 maxqueue 1"), load)
    assert patient is not None
    assert patient.failed == 0
    hurried = haproxy("balance uri\ntimeout queue 20ms", "maxconn 1 maxqueue 2", "maxconn 1 maxqueue 2")
    both = under_load(hurried, load, horizon=Horizon(60_000, 0))
    assert both is not None
    # Those who give up make room for others.
    assert both.timed_out > 0.1
    assert both.refused < 0.05


def test_backups_of_nginx_get_what_full_primaries_refuse() -> None:
    load = Load(100, requests_per_second=20)
    found = shares(upstream("zone z 64k;", "max_conns=2", "max_conns=1", "backup"), load)
    # Erlang's loss formula: 2 offered to 3 places; the backup takes what is lost.
    assert found[2] == pytest.approx(100 * (8 / 6) / (1 + 2 + 2 + 8 / 6), abs=0.7)
    alike = upstream("least_conn; zone z 64k;", "max_conns=2", "max_conns=2", "backup max_conns=1", "backup max_conns=1")
    first, second, third, fourth = shares(alike, load)
    assert first == pytest.approx(second)
    assert third == pytest.approx(fourth)
    assert first > 3 * third > 0
    assert split_of(upstream("zone z 64k;", "max_conns=200", "", "backup"), load=load) == split_of(
        upstream("zone z 64k;", "max_conns=200", "", "backup")
    )
    whole = under_load(alike, load)
    assert whole is not None
    # The two that are left lose by the formula too: 2 offered to 6 places.
    assert whole.refused == pytest.approx(64 / 720 / sum((1, 2, 2, 8 / 6, 16 / 24, 32 / 120, 64 / 720)), abs=0.004)


def test_keys_of_full_servers_go_to_others_and_perhaps_all_to_one() -> None:
    load = Load(120, clients=10)
    odd, even = (upstream("zone z 64k; hash $request_id;", "max_conns=1", f"weight={weight}", "") for weight in (3, 2))
    # Measured with nginx 1.22: 7.2/69.8/23.0, and 7.7/47.8/44.5 where the total weight is a power of two.
    assert shares(odd, load) == pytest.approx([7.2, 69.8, 23.0], abs=1.5)
    unsure, surer = split_of(even, load=load), split_of(odd, load=load)
    assert unsure is not None
    assert surer is not None
    assert unsure.uncertainty["10.0.0.2:80"] > surer.uncertainty["10.0.0.2:80"] + 0.03
    assert abs(unsure.shares["10.0.0.2:80"] - 0.478) < 2 * unsure.uncertainty["10.0.0.2:80"]


def test_workers_without_a_zone_know_less() -> None:
    slow = Load(100, clients=24, service_time_ms_by_server={"10.0.0.1:80": 400}, workers=8)
    alone = shares(upstream("least_conn;", "", "", ""), slow)
    shared = shares(upstream("zone z 64k; least_conn;", "", "", ""), slow)
    # Each worker sees three requests, and gives the slow server one of them more often.
    assert alone[0] > shared[0] + 3


def test_an_unequal_pool_holds_what_its_slow_server_can() -> None:
    """A round robin fills the slow server to its maxconn, and its queue is the pool's."""
    found = under_load(
        haproxy("balance roundrobin", "maxconn 4", "maxconn 4"),
        Load(40, requests_per_second=90, service_time_ms_by_server={"app1": 160}, slots=4),
        horizon=Horizon(60_000, 0),
    )
    assert found is not None
    # 25 a second is what the slow one can do at most.
    assert found.servers[0].share * 90 < 25.5
    assert found.servers[0].utilisation == pytest.approx(found.servers[0].share * 90 * 0.16 / 4, abs=0.02)
    assert found.timed_out < 0.01


def test_the_queue_of_a_hashed_server_is_its_own() -> None:
    """One of two servers: M/M/1 with 12 a second on 50 ms is 60 % busy, and waits 75 ms."""
    found = under_load(haproxy("balance uri", "maxconn 1", "maxconn 1"), Load(50, requests_per_second=24), horizon=Horizon(60_000, 0))
    assert found is not None
    assert abs(found.wait_ms - 75) < 4 * found.wait_error_ms


def test_envoys_groups_are_simulated_each_with_its_part() -> None:
    def host(address: str, weight: int) -> str:
        return f"{{endpoint: {{address: {{socket_address: {{address: {address}, port_value: 80}}}}}}, load_balancing_weight: {weight}}}"

    one, other = (f"lb_endpoints: [{host(f'10.0.{zone}.1', 3)}, {host(f'10.0.{zone}.2', 1)}]" for zone in (1, 2))
    text = f"""
static_resources:
  clusters:
  - name: web
    type: STATIC
    lb_policy: LEAST_REQUEST
    common_lb_config: {{locality_weighted_lb_config: {{}}}}
    load_assignment:
      cluster_name: web
      endpoints:
      - {{locality: {{zone: a}}, load_balancing_weight: 90, {one}}}
      - {{locality: {{zone: b}}, load_balancing_weight: 10, {other}}}
"""
    (read,) = envoy([("envoy.yaml", text)])
    found = shares(read.pools[0], Load(100, requests_per_second=50))
    assert found[0] + found[1] == pytest.approx(90)
    assert found[0] > 1.5 * found[1]
    whole = under_load(read.pools[0], Load(100, requests_per_second=50))
    assert whole is not None
    assert [100 * share for share in whole.shares().values()] == pytest.approx(found, abs=1.5)
    assert whole.failed == 0


def made(needs: str, balance: str, *options: str) -> PoolForecast:
    read, wrong = parse_needs(f"[pool.web]\n{needs}", "poise.toml")
    assert not wrong, wrong
    found = forecast([topology(f"web\n{balance}\n{servers(*options)}")], read)
    assert not found.could_not
    return found.pools[0]


SLOW = "service_time_ms = 40\nservice_time_ms_by_server = {app1 = 160}\nconcurrency_per_server = 32\nsurvive = 1\n"


def test_needs_declare_the_load_and_losses_are_simulated() -> None:
    found = made(f"{SLOW}peak_requests_per_second = 400", "balance leastconn", "", "", "", "")
    assert found.basis == "simulated"
    assert [s.share for s in found.servers] == pytest.approx([0.09, 0.303, 0.303, 0.303], abs=0.01)
    # 400 · 0.09 · 0.16 s / 32 places.
    assert found.servers[0].utilisation == pytest.approx(400 * found.servers[0].share * 0.16 / 32)
    # The others are alike without the slow one: nothing to simulate, a third each.
    assert [s.share for s in found.without[0].servers] == pytest.approx([1 / 3] * 3)
    assert [s.share for s in found.without[1].servers] == pytest.approx([0.122, 0.439, 0.439], abs=0.02)


def test_clients_that_wait_are_a_load_as_well() -> None:
    found = made(f"{SLOW}clients = 24\nservice_time_distribution = 'constant'", "balance leastconn", "", "", "")
    assert [s.share for s in found.servers] == pytest.approx([1 / 9, 4 / 9, 4 / 9], abs=0.01)
    # Eight on each.
    assert [s.utilisation for s in found.servers] == pytest.approx([8 / 32] * 3, abs=0.01)


def test_servers_that_are_smaller_are_fuller() -> None:
    needs = "service_time_ms = 40\npeak_requests_per_second = 400\nconcurrency_per_server = 32\nconcurrency_by_server = {app1 = 8}"
    found = made(needs, "balance roundrobin", "", "")
    assert found.basis == "exact"
    assert [s.utilisation for s in found.servers] == [pytest.approx(200 * 0.04 / 8), pytest.approx(200 * 0.04 / 32)]


def test_a_mistake_in_a_load_is_told() -> None:
    wrong = {
        "service_time_distribution = 'pareto'": 'must be "constant", "exponential" or "lognormal"',
        "service_time_ms_by_server = {app1 = 0}": "above 0",
        "service_time_ms_by_server = 4": "a number for each server",
        "concurrency_by_server = {app1 = 1.5}": "whole numbers",
        "concurrency_by_server = {app1 = 0}": "at least 1",
        "clients = 0": "1 to 100,000",
        "service_time_p99_ms = 0": "above 0",
    }
    for line, said in wrong.items():
        _, could_not = parse_needs(f"[pool.web]\n{line}\n", "poise.toml")
        assert [said in each.reason for each in could_not] == [True], (line, could_not)


def test_a_large_pool_without_one_server_is_not_simulated_again() -> None:
    begun = time.process_time()
    found = made(f"{SLOW}peak_requests_per_second = 1200", "balance leastconn", *[""] * 12)
    assert time.process_time() - begun < 5
    assert found.basis == "simulated"
    assert [sum(s.share for s in loss.servers) for loss in found.without] == pytest.approx([1.0] * 12)


def test_needs_without_a_load_change_nothing() -> None:
    for needs in (PoolNeeds(), PoolNeeds(service_time_ms=40), PoolNeeds(peak_requests_per_second=10)):
        assert needs.load() is None
    assert PoolNeeds(service_time_ms=40, clients=2, service_time_p99_ms=100).load() == Load(
        40, clients=2, distribution="lognormal", p99_ms=100
    )
    assert forecast([topology("web\nbalance leastconn\n" + servers("weight 3", ""))], Needs()).pools[0].basis == "expected"


@pytest.mark.parametrize(
    ("needs", "basis"),
    [
        (PoolNeeds(peak_requests_per_second=1e9, service_time_ms=1e9), "expected"),
        (PoolNeeds(peak_requests_per_second=1000, service_time_ms=10, service_time_ms_by_server={"app1": 1e9}), "expected"),
        (PoolNeeds(peak_requests_per_second=1e-9, service_time_ms=1e-9), "simulated"),
    ],
)
def test_what_no_memory_holds_is_not_simulated(needs: PoolNeeds, basis: str) -> None:
    made = forecast([topology(f"web\nbalance leastconn\n{servers('weight 3', '')}")], Needs({"web": needs}))
    assert made.pools[0].basis == basis
    assert sum(s.share for s in made.pools[0].servers) == pytest.approx(1)
