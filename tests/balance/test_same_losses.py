"""A loss that is taken from one like it is the loss itself: every algorithm, servers of few kinds in any order, one or two of them lost."""

from dataclasses import replace
from random import Random

import pytest

from poise.balance.forecast import Demand, pool_forecast
from poise.balance.splits import fair, split_of
from poise.model.location import Location
from poise.model.needs import PoolNeeds
from poise.model.topology import Algorithm, Pool, Server, Topology

HERE = Location("f", 1, 1, 0, 0)
ALGORITHMS = {
    "haproxy": ("roundrobin", "static-rr", "leastconn", "first", "random", "source", "uri"),
    "nginx": ("roundrobin", "least_conn", "random", "ip_hash", "hash"),
    "envoy": ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV"),
}
PAIRS = [(product, name, method) for product, names in ALGORITHMS.items() for name in names for method in (None, "consistent")]


def drawn(product: str, name: str, method: str | None, seed: int) -> Pool:
    dice = Random(seed)
    servers = []
    for i in range(7):
        backup = product != "envoy" and dice.random() < 0.2
        servers.append(
            Server(
                f"s{i}",
                f"10.0.0.{i + 1}:80",
                "backup" if backup else "active",
                dice.choice((1, 1, 10, 100)),
                HERE,
                backup=backup,
                maxconn=dice.choice((None, None, 3)) if product != "envoy" else None,
                priority=dice.choice((0, 0, 0, 1)) if product == "envoy" else 0,
            )
        )
    hashed = {"RING_HASH": "consistent", "MAGLEV": "consistent"}.get(name, method)
    argument = "$request_uri" if (product, name) == ("nginx", "hash") else None
    return Pool("p", product, "http", Algorithm(name, argument, hashed), tuple(servers), HERE)  # type: ignore[arg-type]


@pytest.mark.parametrize(("product", "name", "method"), PAIRS)
def test_every_loss_is_what_the_split_without_it_says(product: str, name: str, method: str | None) -> None:
    needs = PoolNeeds(
        survive=2,
        peak_requests_per_second=200,
        service_time_ms=40,
        concurrency_per_server=4,
        concurrency_by_server={"s1": 2},
    )
    for seed in range(3):
        pool = drawn(product, name, method, seed)
        demand = Demand(1500, None, needs)
        made = pool_forecast(Topology(product, "f", (), (pool,)), pool, demand)
        for loss in made.without:  # type: ignore[union-attr]
            gone = set(loss.lost)
            split = split_of(pool, lambda server, gone=gone: server.name not in gone, concurrency=demand.concurrency)
            assert split is not None
            assert {row.server: row.share for row in loss.servers} == pytest.approx(
                {name: share for name, share in split.shares.items() if name not in gone}, abs=1e-12
            )
            assert loss.top_share == pytest.approx(max(split.shares.values()), abs=1e-12)
            assert loss.max_utilisation == pytest.approx(
                max(
                    8 * share / min(4, 2 if row == "s1" else 4, s.maxconn or 4)
                    for s in pool.servers
                    for row, share in [(s.name, split.shares[s.name])]
                    if row not in gone
                ),
                abs=1e-9,
            )


def test_servers_with_a_place_are_told_apart() -> None:
    pool = drawn("haproxy", "uri", "consistent", 1)
    assert not fair(pool)
    assert fair(replace(pool, algorithm=Algorithm("uri")))
    assert not fair(drawn("haproxy", "first", None, 1))
    assert not fair(drawn("envoy", "RING_HASH", None, 1))
    assert fair(drawn("envoy", "MAGLEV", None, 1))
    # Of a table of 1009 places a host has one more or less than another of its weight, by its place in their order.
    assert not fair(replace(drawn("envoy", "MAGLEV", None, 1), options={"maglev_lb_config.table_size": "1009"}))
