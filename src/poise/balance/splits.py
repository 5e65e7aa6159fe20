"""Which product's algorithms split a pool's traffic."""

from collections.abc import Callable, Mapping, Sequence

from poise.balancers.haproxy import split as haproxy
from poise.balancers.haproxy.split import Split
from poise.model.topology import Pool, Server

Up = Callable[[Server], bool]


def split_of(
    pool: Pool,
    up: Up | None = None,
    weights: Mapping[str, int] | None = None,
    target: str | None = None,
    concurrency: float | None = None,
) -> Split | None:
    """The split of that pool by its own product's rules, None where poise does not know them."""
    return haproxy.split(pool, up, weights, target, concurrency) if pool.product == "haproxy" else None


def placement_of(pool: Pool, keys: Sequence[str], up: Up | None = None) -> Mapping[str, str | None] | None:
    """The server of each key, None where no hash decides or the product is not known."""
    return haproxy.placement(pool, keys, up) if pool.product == "haproxy" else None


def keyed(pool: Pool) -> bool:
    """Whether a hash that poise can compute decides where a request goes."""
    return pool.product == "haproxy" and haproxy.hash_decides(pool)
