"""Many pools under a declared load: those that are alike are simulated once, and all of them together cost what some do."""

import pytest
from balance_pools import servers, topology

from poise.balance import played
from poise.balance.forecast import forecast
from poise.balance.same_pools import kind_of
from poise.balance.splits import load_decides, split_of
from poise.balancers.simulation import splitting
from poise.model.forecast import Forecast
from poise.model.load import Load
from poise.model.needs import Needs, PoolNeeds

LOAD = PoolNeeds(peak_requests_per_second=200, service_time_ms=40, concurrency_per_server=16)


def counted(monkeypatch: pytest.MonkeyPatch, *backends: str, load: PoolNeeds = LOAD) -> tuple[Forecast, list[int]]:
    """The forecast of these pools, each under that load, and the requests of each simulation that it took."""
    made: list[int] = []
    play = splitting.simulate

    def simulate(*arguments: object, **more: object) -> object:
        found = play(*arguments, **more)  # type: ignore[arg-type]
        made.append(found.requests)
        return found

    monkeypatch.setattr(splitting, "simulate", simulate)
    read = topology(*backends)
    return forecast([read], Needs({pool.name: load for pool in read.pools})), made


def test_pools_that_differ_in_names_and_order_are_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one = servers("weight 40", "weight 20", *["weight 10"] * 9)
    other = servers("weight 10", "weight 40", "weight 20", *["weight 10"] * 8).replace("app", "web")
    found, made = counted(monkeypatch, f"a\nbalance leastconn\n{one}", f"b\nbalance leastconn\n{other}")
    assert len(made) == 1  # no loss is of a fifth of the traffic
    first, second = ({s.server: s.share for s in pool.servers} for pool in found.pools)
    assert second["web2"] == first["app1"]
    assert second["web3"] == first["app2"]
    assert second["web1"] == first["app3"]
    assert list(second) == [f"web{i}" for i in range(1, 12)]
    assert sum(second.values()) == pytest.approx(1)


def test_what_decides_keeps_pools_apart() -> None:
    load = Load(40, 200)
    texts = {
        "weights": "balance leastconn\n" + servers("weight 40", "weight 20"),
        "other weights": "balance leastconn\n" + servers("weight 40", "weight 21"),
        "limits": "balance leastconn\n" + servers("weight 40 maxconn 9", "weight 20"),
        "a timeout": "balance leastconn\ntimeout queue 2s\n" + servers("weight 40", "weight 20"),
        "a ring": "balance random\n" + servers("weight 40", "weight 20"),
        "another ring": "balance random\n" + servers("weight 20", "weight 40"),
        "ids": "balance random\n" + servers("weight 40 id 7", "weight 20"),
        "draws": "balance random(3)\n" + servers("weight 40", "weight 20"),
    }
    pools = topology(*(f"p{i}\n{text}" for i, text in enumerate(texts.values()))).pools
    assert len({kind_of(pool, load)[0] for pool in pools}) == len(texts)
    assert kind_of(pools[0], load)[0] != kind_of(pools[0], Load(41, 200))[0]


def test_of_many_pools_each_gets_a_part_and_says_how_exact_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    few, _ = counted(monkeypatch, "a\nbalance leastconn\n" + servers("weight 3", "", ""))
    many, made = counted(monkeypatch, *(f"p{i}\nbalance leastconn\n{servers(f'weight {i + 3}', '', '')}" for i in range(130)))
    assert sum(made) < 130 * 2 * played.FEWEST_REQUESTS
    error = few.pools[0].sampling["app1"]  # type: ignore[index]
    assert many.pools[0].sampling["app1"] > 2 * error  # type: ignore[index]
    assert abs(many.pools[0].servers[0].share - few.pools[0].servers[0].share) < 4 * many.pools[0].sampling["app1"]  # type: ignore[index]
    # The loss of app1, which takes most of it, is by arithmetic: the two that are left are equal.
    assert [row.share for row in many.pools[0].without[0].servers] == [0.5, 0.5]


@pytest.mark.parametrize("algorithm", ["roundrobin", "leastconn", "random", "source", "uri", "first"])
def test_whether_a_load_decides_is_what_the_split_does(algorithm: str) -> None:
    for options in (("", ""), ("weight 3", ""), ("maxconn 4", ""), ("maxconn 4", "maxconn 4", "backup")):
        for more in ("", "hash-type consistent\nhash-balance-factor 150\n"):
            (pool,) = topology(f"p\nbalance {algorithm}\n{more}{servers(*options)}").pools
            for load in (Load(40, 500), Load(40, 5)):
                split = split_of(pool, load=load)
                assert split is not None
                assert load_decides(pool, load) == (split.basis == "simulated"), (algorithm, options, more, load)
