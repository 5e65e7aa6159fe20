"""Several load balancers in front of one pool: each counts its own requests, and sees a pool that is nearly idle."""

import pytest
from balance_pools import servers, topology

from poise.balance.forecast import forecast
from poise.balance.splits import under_load
from poise.model.load import Load, part_of
from poise.model.needs import Needs, PoolNeeds


def first_share(load_balancers: int | None, **needs: float) -> float:
    declared = PoolNeeds(service_time_ms=100, load_balancers=load_balancers, **needs)  # type: ignore[arg-type]
    made = forecast([topology("web\nbalance leastconn\n" + servers("weight 3", "", ""))], Needs({"web": declared}))
    assert made.pools[0].basis == "simulated"
    return made.pools[0].servers[0].share


def test_weights_of_leastconn_vanish_where_many_share_the_load() -> None:
    """Measured with HAProxy: 3/1/1 gives 58 to 59 % at 24 requests at once, and a third at 1 or 2."""
    assert first_share(None, clients=24) == pytest.approx(0.59, abs=0.01)
    assert first_share(1, clients=24) == first_share(None, clients=24)
    assert first_share(12, clients=24) == pytest.approx(0.333, abs=0.01)
    assert first_share(240, peak_requests_per_second=240) == pytest.approx(0.333, abs=0.01)
    assert 0.34 < first_share(24, peak_requests_per_second=240) < first_share(1, peak_requests_per_second=240) - 0.1


def test_a_part_of_a_load_is_a_load() -> None:
    load = Load(40, requests_per_second=400, slots=32, slots_by_server={"app1": 4})
    assert part_of(load, 1) == load
    assert part_of(load, 10) == Load(40, requests_per_second=40, slots=4, slots_by_server={"app1": 1})
    assert part_of(Load(40, clients=24), 100) == Load(40, clients=1)


def test_utilisation_is_that_of_all() -> None:
    needs = PoolNeeds(peak_requests_per_second=240, service_time_ms=100, load_balancers=240, concurrency_per_server=10)
    (made,) = forecast([topology("web\nbalance leastconn\n" + servers("weight 3", "", ""))], Needs({"web": needs})).pools
    assert made.servers[0].utilisation == pytest.approx(240 * made.servers[0].share * 0.1 / 10)
    whole = under_load(topology("web\nbalance leastconn\n" + servers("weight 3", "", "")).pools[0], Load(100, requests_per_second=240))
    assert whole is not None
    assert whole.servers[0].share > made.servers[0].share + 0.1
