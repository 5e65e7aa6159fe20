"""Drawn stacks: the same for everybody, possible on two cores, and hurt by their fault (arithmetic of load and capacity)."""

from collections.abc import Iterator

import pytest

from poise.lab.addresses import Addresses
from poise.lab.draw import drawn, pair
from poise.lab.faults import FAULTS
from poise.lab.plan import LabPlan
from poise.lab.ports import BLOCK

SEEDS = range(1, 60)


def plans(fault: str) -> Iterator[LabPlan]:
    for seed in SEEDS:
        for product in FAULTS[fault].products:
            yield drawn(seed, fault, product)


def test_the_same_seed_is_the_same_stack() -> None:
    assert drawn(7, "surge", "nginx") == drawn(7, "surge", "nginx")
    assert drawn(7, "surge", "nginx") != drawn(8, "surge", "nginx")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_stack_is_healthy_before_its_fault(fault: str) -> None:
    for plan in plans(fault):
        assert 2 <= plan.servers <= 12
        assert plan.load <= 0.76
        assert plan.rate < plan.peak
        assert plan.rate * plan.surge_factor <= 250 or fault not in ("surge", "retry-storm")
        # PostgreSQL starts a process for each.
        assert plan.connections * plan.servers <= 250
        assert plan.connections > plan.slots


@pytest.mark.parametrize("tls", [False, True])
def test_addresses_of_the_largest_stack_are_all_different_and_in_its_block(tls: bool) -> None:
    plan = LabPlan(servers=12, tls=tls, client_path=True)
    found = Addresses.of(plan, 20_000)
    every = [found.client, found.dialled, found.database.path, found.database.direct]
    every += [address for server in found.servers for address in {server.path, server.direct, server.metrics}]
    assert len(every) == len(set(every))
    # The last port is where a wrong check looks: nobody listens there.
    assert all(20_000 <= port < 20_000 + BLOCK - 1 for _, port in every)


def test_the_harm_that_arithmetic_promises() -> None:
    for plan in plans("uneven-weights"):
        assert plan.load * plan.servers * max(plan.weights) / sum(plan.weights) >= 1.2 or plan.servers == 2
    for fault in ("traffic-pinned", "source-hash"):
        assert all(plan.load * plan.servers >= 1.19 for plan in plans(fault) if plan.servers > 2)
    for plan in plans("server-maxconn"):
        assert plan.rate > 1.2 * plan.servers * 1000.0 / plan.service_ms
    for plan in plans("old-weights"):
        heavier = plan.servers * max(plan.weights) / sum(plan.weights)
        # Healthy before, too much for the one server after, and never too much for all of them, nor more than the team named.
        assert plan.load * heavier < 0.66
        assert plan.load * heavier * plan.surge_factor > 1.15
        assert plan.load * plan.surge_factor < 0.76
        assert plan.rate * plan.surge_factor < plan.peak
        assert plan.declared is None or "peak" in plan.declared
    for plan in plans("surge"):
        assert plan.rate * plan.surge_factor > 1.15 * plan.capacity
    for plan in plans("servers-slow-all"):
        assert plan.load * plan.slow_factor > 1.1
    for plan in plans("deep-health-check"):
        assert 5 * plan.statement_ms > 1.2 * plan.balancer.check_timeout_ms
        assert plan.load * (1 + plan.statement_ms / plan.service_ms) <= 0.81


def test_a_fault_that_a_lost_server_makes_leaves_room_on_the_others() -> None:
    for fault in ("server-down", "server-unchecked", "stale-backend"):
        assert all(plan.load * plan.servers / (plan.servers - 1) <= 0.81 for plan in plans(fault))


def test_a_pair_is_of_two_that_exist_and_can_be_drawn_everywhere() -> None:
    found = {pair(seed) for seed in SEEDS}
    assert len(found) > 20
    for names in found:
        first, second = names.split("+")
        assert first != second
        assert FAULTS[first].products == FAULTS[second].products == ("haproxy", "nginx", "envoy")
        assert {first, second} != {"server-slow", "servers-slow-all"}
        plan = drawn(3, names, "envoy")
        assert plan.rate < plan.peak
        assert plan.load <= 0.76


def test_each_fault_of_a_pair_keeps_the_form_that_it_is_made_in() -> None:
    for names in ("server-errors+connection-pool", "connection-pool+server-errors", "server-timeout+server-errors"):
        plan = drawn(12, names, "haproxy")
        assert set(plan.variants) == set(names.split("+"))
        command, ratio = plan.variants["server-errors"].split()
        assert command in ("fail", "leak")
        assert 0.3 <= float(ratio) <= 1.0
        assert all(0.4 < float(form) < 1.1 for name, form in plan.variants.items() if name != "server-errors")
