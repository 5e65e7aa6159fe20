"""Which backup serves where a map decides and `option allbackups` is not set. Pure.

"Only the first operational backup" holds for what keeps a tree (roundrobin, leastconn, first, random, hash-type consistent). For
`static-rr` and map-based hashes recalc_server_map() fills as many slots as the first backup has weight, from all the backups that are up:
weights 3 and 5 make the slots a, b, b, and `static-rr` deals 1/3 : 2/3. A hash reads the first slot alone, because one server counts as
used: with 2 and 5 that is b's. `url_param` does not look at that count and hashes over all the slots. Measured so with 2.6.12 and 2.8.25
(tests/conformance/haproxy_keys.py).
"""

from collections import Counter
from collections.abc import Mapping
from math import gcd

from poise.balancers.haproxy.hashing import is_consistent, weight_map
from poise.model.topology import Pool

ALL_SLOTS = "url_param"


def on_the_map(pool: Pool, backups: Mapping[str, int], hashed: bool) -> Mapping[str, int]:
    """Of these backups, up and with their weights, those that serve and by what weight. `hashed`: a hash decides."""
    mapped = pool.algorithm.name == "static-rr" or (hashed and not is_consistent(pool.algorithm))
    first = next(iter(backups), None)
    if first is None or not mapped:
        return {} if first is None else {first: backups[first]}
    found = slots(pool, backups)
    return {found[0]: backups[found[0]]} if hashed and pool.algorithm.name != ALL_SLOTS else Counter(found)


def slots(pool: Pool, backups: Mapping[str, int]) -> tuple[str, ...]:
    """The map that is made of these backups, as long as the first of them has weight."""
    divisor = gcd(*(server.weight for server in pool.servers if server.weight))
    return weight_map(backups, divisor, -(-next(iter(backups.values())) // divisor))
