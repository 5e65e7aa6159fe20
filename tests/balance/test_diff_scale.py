"""Many pools: what is compared grows with them, not with their square, and unchanged hashes place no key."""

import time

from balance_pools import HEAD

from poise.balance.diff import diff
from poise.balance.keys_moved import LEAST_SAMPLE, SAMPLE, sample_size
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.model.topology import Topology


def many(weight: int, algorithm: str = "roundrobin") -> Topology:
    """500 pools of 20 servers."""
    lines = [HEAD]
    for pool in range(500):
        lines.append(f"backend p{pool}\n balance {algorithm}\n")
        lines += [f" server s{n} 10.{pool // 250}.{pool % 250}.{n + 1}:80 weight {weight if n == 3 else 1}\n" for n in range(20)]
    return lower([parse("".join(lines), "haproxy.cfg")])


def test_ten_thousand_servers_are_compared_in_a_second_or_two() -> None:
    old, new = many(1), many(10)
    begun = time.process_time()
    made = diff([old], [new], Needs())
    # Half a second here; a machine may be four times slower.
    assert time.process_time() - begun < 3
    assert len(made) == 500
    assert all(pool.causes == ("weight of s3 1 → 10",) for pool in made)


def test_the_keys_to_place_are_shared_by_the_pools_that_change() -> None:
    old, new = many(1, "uri"), many(2, "uri")
    assert sample_size(zip(old.pools, new.pools, strict=True)) == LEAST_SAMPLE
    assert sample_size(zip(old.pools, old.pools, strict=True)) == SAMPLE
    assert sample_size(zip(old.pools[:1], new.pools[:1], strict=True)) == SAMPLE
