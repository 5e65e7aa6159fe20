"""What rules ask of a pool again and again is worked out once, and anew for a pool that was changed."""

from dataclasses import replace

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.rules.pools import in_use, serving

TEXT = """backend web
    server a 10.0.0.1:80
    server b 10.0.0.2:80 weight 0
    server c 10.0.0.3:80 backup
    server d 10.0.0.4:80 disabled
"""


def test_the_servers_in_use_and_those_that_serve_are_of_the_pool_as_it_is() -> None:
    pool = lower([parse(TEXT, "x.cfg", {})]).pools[0]
    assert ([s.name for s in in_use(pool)], [s.name for s in serving(pool)]) == (["a", "b", "c"], ["a"])
    assert in_use(pool) is in_use(pool)
    assert serving(pool) is serving(pool)
    drained = replace(pool, servers=pool.servers[1:])
    assert ([s.name for s in in_use(drained)], serving(drained)) == (["b", "c"], ())
    assert replace(drained, servers=pool.servers) == pool
    assert repr(pool) == repr(replace(pool))
