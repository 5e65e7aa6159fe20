"""The forecast of Envoy's splits against the real Envoy: every case is a cluster that poise reads from the file that Envoy runs."""

import asyncio
from collections.abc import Mapping
from math import sqrt

import pytest
from running_envoy import Asked, Case, ask

from poise.balancers.envoy.split import split
from poise.lab.binaries import Envoy, find_envoy
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies

pytestmark = [pytest.mark.live, pytest.mark.binary]

THREE = "lb_endpoints: [{<a>}, {<b>}, {<c>}]"
WEIGHTED = "lb_endpoints: [{<a>, load_balancing_weight: 3}, {<b>}, {<c>}]"
SKEWED = "lb_endpoints: [{<a>, load_balancing_weight: 100}, {<b>}, {<c>}]"
BY_LOCALITY = "common_lb_config: {locality_weighted_lb_config: {}}"
NINE_TO_ONE = (
    "{locality: {zone: za}, load_balancing_weight: 90, lb_endpoints: [{<a>}]}",
    "{locality: {zone: zb}, load_balancing_weight: 10, lb_endpoints: [{<b>}, {<c>}]}",
)
ONE_WITHOUT = (NINE_TO_ONE[0], NINE_TO_ONE[1].replace("load_balancing_weight: 10, ", ""))
HALF_DOWN = ("{lb_endpoints: [{<a>}, {<b>, DOWN}]}", "{priority: 1, lb_endpoints: [{<c>}, {<d>}]}")
DRAINING = "{lb_endpoints: [{<a>, health_status: DRAINING}, {<b>}]}"

CASES = {
    "round-robin": Case("", (SKEWED,)),
    "random-ignores-weights": Case("lb_policy: RANDOM", (SKEWED,), 2400),
    "twice": Case("", ("lb_endpoints: [{<a>}, {<b>}, {<b>}]",)),
    "locality": Case(BY_LOCALITY, NINE_TO_ONE),
    "locality-ignored": Case("", NINE_TO_ONE),
    "locality-without-weight": Case(BY_LOCALITY, ONE_WITHOUT),
    "locality-half-down": Case(BY_LOCALITY, (NINE_TO_ONE[0], NINE_TO_ONE[1].replace("{<b>}", "{<b>, DOWN}")), 2400),
    "locality-hashed": Case(f"lb_policy: MAGLEV\n{BY_LOCALITY}", NINE_TO_ONE, 2400),
    "locality-hashed-half-down": Case(
        f"lb_policy: MAGLEV\n{BY_LOCALITY}",
        (
            NINE_TO_ONE[0].replace("90", "50"),
            NINE_TO_ONE[1].replace("10,", "50,").replace("{<b>}", "{<b>, DOWN}"),
        ),
        2400,
    ),
    "priority": Case("", HALF_DOWN, 2400),
    "priority-gap": Case("", ("{lb_endpoints: [{<a>, DOWN}]}", "{priority: 2, lb_endpoints: [{<b>}, {<c>}]}")),
    "draining-is-not-counted": Case("", (DRAINING, "{priority: 1, lb_endpoints: [{<c>}]}")),
    "draining-brings-no-panic": Case("", (DRAINING.replace("{<b>}", "{<b>}, {<c>, health_status: DRAINING}"),)),
    "draining-and-down-bring-panic": Case("", (DRAINING.replace("{<b>}", "{<b>}, {<c>, DOWN}, {<d>, DOWN}"),)),
    "draining-alone": Case("", ("lb_endpoints: [{<a>, health_status: DRAINING}, {<b>, health_status: DRAINING}]",)),
    "draining-in-a-locality": Case(
        BY_LOCALITY,
        (
            DRAINING.replace("{lb", "{locality: {zone: za}, load_balancing_weight: 1, lb"),
            "{locality: {zone: zb}, load_balancing_weight: 1, lb_endpoints: [{<c>}]}",
        ),
    ),
    "panic": Case("", ("lb_endpoints: [{<a>}, {<b>, DOWN}, {<c>, DOWN}]",)),
    "no-panic-at-half": Case("", ("lb_endpoints: [{<a>}, {<b>, DOWN}]",)),
    "panic-at-100-with-three-of-four": Case(
        "common_lb_config: {healthy_panic_threshold: {value: 100}}", ("lb_endpoints: [{<a>}, {<b>}, {<c>}, {<d>, DOWN}]",)
    ),
    "panic-at-100-with-two-of-three": Case(
        "common_lb_config: {healthy_panic_threshold: {value: 100}}", ("lb_endpoints: [{<a>}, {<b>}, {<c>, DOWN}]",)
    ),
    "panic-by-host-count": Case(
        "", ("{lb_endpoints: [{<a>, DOWN}]}", "{priority: 1, lb_endpoints: [{<b>}, {<c>, DOWN}, {<d>, DOWN}]}"), 2400
    ),
    "nobody": Case("common_lb_config: {healthy_panic_threshold: {}}", ("lb_endpoints: [{<a>, DOWN}, {<b>, DOWN}]",), 50, served=False),
    "failing-on-panic": Case(
        "common_lb_config: {zone_aware_lb_config: {fail_traffic_on_panic: true}}",
        ("lb_endpoints: [{<a>}, {<b>, DOWN}, {<c>, DOWN}]",),
        50,
        served=False,
    ),
    "degraded": Case("", ("lb_endpoints: [{<a>}, {<b>, health_status: DEGRADED}, {<c>, health_status: DEGRADED}]",), 2400),
    "least-request-equal": Case("lb_policy: LEAST_REQUEST", (THREE,), 1200, 6, 0.02),
    "least-request-idle": Case("lb_policy: LEAST_REQUEST", (WEIGHTED,)),
    "least-request-two": Case("lb_policy: LEAST_REQUEST", (WEIGHTED,), 600, 2, 0.02),
    "least-request-busy": Case("lb_policy: LEAST_REQUEST", (WEIGHTED,), 1200, 24, 0.1),
    "least-request-skewed": Case("lb_policy: LEAST_REQUEST", (SKEWED,), 800, 8, 0.05),
    "least-request-no-bias": Case(
        "lb_policy: LEAST_REQUEST\nleast_request_lb_config: {active_request_bias: {default_value: 0, runtime_key: x}}",
        (WEIGHTED,),
        600,
        8,
        0.02,
    ),
    "maglev": Case("lb_policy: MAGLEV", (WEIGHTED,), 2400),
    "maglev-small": Case("lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 7}", (THREE,), 2400),
    "ring": Case("lb_policy: RING_HASH", (WEIGHTED,), 2400),
    "ring-small": Case("lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 8}", (THREE,), 2400),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Pool], Mapping[str, Asked]]:
    """Every case in one Envoy."""
    envoy = find_envoy()
    assert isinstance(envoy, Envoy), envoy
    text, measured = asyncio.run(ask(envoy, tmp_path_factory.mktemp("envoy"), CASES))
    (topology,) = topologies([("envoy.yaml", text)])
    assert not topology.could_not
    return {pool.name: pool for pool in topology.pools}, measured


@pytest.mark.parametrize("name", CASES)
def test_the_forecast_holds(name: str, asked: tuple[Mapping[str, Pool], Mapping[str, Asked]]) -> None:
    case, (pools, measured) = CASES[name], asked
    found = split(pools[name], concurrency=float(case.at_once))
    assert found is not None
    assert set(measured[name].codes) == ({200} if any(found.shares.values()) else {503})
    counts = [measured[name].counts.get(key, 0) for key in "abcd"]
    # Endpoints stand in the order a, b, c, d; a second line of one server counts for it.
    expected = dict.fromkeys("abcd", 0.0)
    doubts = dict.fromkeys("abcd", 0.0)
    for server, share in found.shares.items():
        letter = "b" if server.endswith("#2") else "abcd"[list(found.shares).index(server)]
        expected[letter] += share
        doubts[letter] += found.uncertainty[server]
    for letter, count in zip("abcd", counts, strict=True):
        share = expected[letter]
        if share in (0.0, 1.0):
            assert count == share * case.requests
        error = sqrt(doubts[letter] ** 2 + share * (1 - share) / case.requests)
        assert abs(count / case.requests - share) <= 4 * error, (counts, expected, doubts)


def test_a_ring_is_forecast_by_its_arcs(asked: tuple[Mapping[str, Pool], Mapping[str, Asked]]) -> None:
    """Over 2,400 keys only chance is left. How uneven a ring of eight places is depends on the ports that were free."""
    pools, measured = asked
    for name in ("ring", "ring-small", "maglev", "maglev-small"):
        found, requests = split(pools[name]), CASES[name].requests
        assert found
        shares = list(found.shares.values())
        for letter, share in zip("abc", shares, strict=True):
            assert abs(measured[name].counts[letter] / requests - share) <= 4 * sqrt(share * (1 - share) / requests), (name, shares)


def test_what_the_configuration_does_not_decide_has_no_forecast(asked: tuple[Mapping[str, Pool], Mapping[str, Asked]]) -> None:
    pools, _ = asked
    from dataclasses import replace

    pool = pools["round-robin"]
    assert split(replace(pool, algorithm=replace(pool.algorithm, name="CLUSTER_PROVIDED"))) is None


def test_a_lost_host_keeps_its_place_in_panic(asked: tuple[Mapping[str, Pool], Mapping[str, Asked]]) -> None:
    """Of three hosts one is left: a third of the health is below half, so two thirds of the requests go to the lost ones."""
    pools, _ = asked
    left = split(pools["locality-ignored"], up=lambda server: server.address == pools["locality-ignored"].servers[0].address)
    assert left is not None
    assert [round(share, 3) for share in left.shares.values()] == [0.333, 0.333, 0.333]
