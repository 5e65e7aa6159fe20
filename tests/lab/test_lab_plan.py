import pytest

from poise.lab.faults import STORIES
from poise.lab.plan import LabPlan


def test_same_seed_same_plan():
    assert LabPlan.from_seed(7, "surge") == LabPlan.from_seed(7, "surge")


def test_seeds_differ():
    assert len({LabPlan.from_seed(seed, "surge") for seed in range(20)}) == 20


@pytest.mark.parametrize("fault", sorted(STORIES))
def test_every_plan_is_a_story_that_two_cores_can_tell(fault):
    for seed in range(300):
        plan = LabPlan.from_seed(seed, fault)
        assert 3 <= plan.servers <= 8
        assert 2 <= plan.slots <= 6
        assert 30 <= plan.service_ms <= 90
        assert 0.30 <= plan.rate / plan.capacity <= 0.55
        assert plan.rate <= 150
        assert plan.rate < plan.peak < plan.capacity
        assert len(plan.weights) == plan.servers
        assert max(plan.weights) == plan.weights[plan.hot]


def test_the_hot_server_of_uneven_weights_is_always_overloaded():
    for seed in range(300):
        plan = LabPlan.from_seed(seed, "uneven-weights")
        share = plan.weights[plan.hot] / sum(plan.weights)
        assert plan.rate * share > 1.1 * plan.capacity / plan.servers


def test_a_surge_exceeds_what_all_servers_can_do_or_the_declared_peak():
    for seed in range(300):
        plan = LabPlan.from_seed(seed, "surge")
        assert plan.rate * plan.surge_factor > plan.peak


def test_one_connection_a_server_is_always_too_little():
    for seed in range(300):
        plan = LabPlan.from_seed(seed, "server-maxconn")
        assert plan.rate > 1.2 * plan.servers * 1000.0 / plan.service_ms
