"""Which product's algorithms split a pool's traffic. Those of a product are imported when a pool of it is asked about."""

from collections.abc import Callable, Mapping

from poise.model.hashes import HAPROXY_HASHES
from poise.model.keys import Keys, Placed
from poise.model.load import Horizon, Load, Simulated
from poise.model.load_limits import LoadLimits
from poise.model.split import Split
from poise.model.topology import Pool, Server, Topology

Up = Callable[[Server], bool]
AS_USUAL = Horizon()


def split_of(
    pool: Pool,
    up: Up | None = None,
    weights: Mapping[str, int] | None = None,
    target: str | None = None,
    concurrency: float | None = None,
    load: Load | None = None,
    horizon: Horizon = AS_USUAL,
) -> Split | None:
    """The split of that pool by its own product's rules, None where poise does not know them.

    Where a declared `load` decides, it is simulated as far as the horizon says.
    """
    split = _ruled(pool, up, weights, target, concurrency)
    if split is None or load is None:
        return split
    if pool.product == "haproxy":
        from poise.balancers.haproxy import under_load as haproxy  # noqa: PLC0415

        return haproxy.refine(pool, split, up, weights, load, horizon)
    if pool.product == "nginx":
        from poise.balancers.nginx import under_load as nginx  # noqa: PLC0415

        return nginx.refine(pool, split, up, weights, load, horizon)
    from poise.balancers.envoy import under_load as envoy  # noqa: PLC0415

    return envoy.refine(pool, split, up, weights, load, horizon)


def load_decides(pool: Pool, load: Load, target: str | None = None) -> bool:
    """Whether that load moves the shares, so that `split_of` simulates it."""
    split = _ruled(pool, None, None, target, None) if fair(pool) or pool.algorithm.name in ("first", "random") else None
    if split is None or pool.partly_read:
        return pool.algorithm.hash_balance_factor is not None
    if pool.product == "haproxy":
        from poise.balancers.haproxy import under_load as haproxy  # noqa: PLC0415

        return haproxy.decides(pool, split, load)
    if pool.product == "nginx":
        from poise.balancers.nginx import under_load as nginx  # noqa: PLC0415

        return nginx.decides(pool, split, load)
    return pool.algorithm.name == "LEAST_REQUEST" and len({server.weight for server in pool.servers}) > 1


def under_load(
    pool: Pool,
    load: Load,
    up: Up | None = None,
    weights: Mapping[str, int] | None = None,
    target: str | None = None,
    horizon: Horizon = AS_USUAL,
) -> Simulated | None:
    """What becomes of a load on that pool, whatever its algorithm: shares, queues, waiting and what fails.

    None where poise does not know the algorithm, and where no server can serve.
    """
    split = _ruled(pool, up, weights, target, None)
    if split is None:
        return None
    if pool.product == "haproxy":
        from poise.balancers.haproxy import under_load as haproxy  # noqa: PLC0415

        return haproxy.simulated(pool, split, up, weights, load, horizon)
    if pool.product == "nginx":
        from poise.balancers.nginx import under_load as nginx  # noqa: PLC0415

        return nginx.simulated(pool, split, up, weights, load, horizon)
    from poise.balancers.envoy import under_load as envoy  # noqa: PLC0415

    return envoy.simulated(pool, split, up, weights, load, horizon)


def _ruled(pool: Pool, up: Up | None, weights: Mapping[str, int] | None, target: str | None, concurrency: float | None) -> Split | None:
    if pool.product == "haproxy":
        from poise.balancers.haproxy import split as haproxy  # noqa: PLC0415

        return haproxy.split(pool, up, weights, target, concurrency)
    if pool.product == "nginx":
        from poise.balancers.nginx import split as nginx  # noqa: PLC0415

        return nginx.split(pool, up, weights, target, concurrency)
    if pool.product == "envoy":
        from poise.balancers.envoy import split as envoy  # noqa: PLC0415

        return envoy.split(pool, up, weights, target, concurrency)
    return None


def limits_of(topology: Topology, pool: Pool) -> LoadLimits | None:
    """What the product does with that pool under load, None where poise does not know it."""
    if pool.product == "haproxy":
        from poise.balancers.haproxy import load_limits as haproxy  # noqa: PLC0415

        return haproxy.load_limits(topology, pool)
    if pool.product == "nginx":
        from poise.balancers.nginx import load_limits as nginx  # noqa: PLC0415

        return nginx.load_limits(topology, pool)
    if pool.product == "envoy":
        from poise.balancers.envoy import load_limits as envoy  # noqa: PLC0415

        return envoy.load_limits(topology, pool)
    return None


def placed(pool: Pool, keys: Keys, up: Up | None = None) -> Placed | None:
    """The server of each key, None where no hash decides or the product is not known."""
    if pool.product == "haproxy":
        from poise.balancers.haproxy import split as haproxy  # noqa: PLC0415

        return haproxy.placed(pool, keys, up)
    if pool.product == "nginx":
        from poise.balancers.nginx import placement as nginx  # noqa: PLC0415

        return nginx.placed(pool, keys, up)
    if pool.product == "envoy":
        from poise.balancers.envoy import placement as envoy  # noqa: PLC0415

        return envoy.placed(pool, keys, up)
    return None


def loss_in_rows(pool: Pool) -> int:
    """What it costs to place keys anew for the loss of a server, in rows of a forecast; 0 where that is as quick as a row."""
    if pool.product != "envoy":
        return 0
    from poise.balancers.envoy import placement as envoy  # noqa: PLC0415

    return envoy.loss_in_rows(pool)


def keyed(pool: Pool) -> bool:
    """Whether a hash that poise can compute decides where a request goes."""
    if pool.product == "haproxy":
        from poise.balancers.haproxy import split as haproxy  # noqa: PLC0415

        return haproxy.hash_decides(pool)
    if pool.product == "nginx":
        from poise.balancers.nginx import placement as nginx  # noqa: PLC0415

        return nginx.hash_decides(pool)
    if pool.product == "envoy":
        from poise.balancers.envoy import placement as envoy  # noqa: PLC0415

        return envoy.hash_decides(pool)
    return False


def fair(pool: Pool) -> bool:
    """Whether the algorithm knows of a server its weight, its limits and what it holds, but no place in an order or on a ring."""
    name = pool.algorithm.name
    if pool.product == "haproxy":
        return name in ("roundrobin", "static-rr", "leastconn") or (
            name in HAPROXY_HASHES and pool.algorithm.hash_method != "consistent" and not pool.algorithm.hash_balance_factor
        )
    if pool.product == "nginx":
        return name in ("roundrobin", "least_conn", "least_time", "random")
    if name == "MAGLEV":
        from poise.balancers.envoy import placement as envoy  # noqa: PLC0415

        return envoy.by_weight(pool)
    return pool.product == "envoy" and name in ("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM")


def counted_once(pool: Pool) -> tuple[str, ...]:
    """The servers named by a name whose number of addresses decides where keys lie (nginx), and is taken as one."""
    if pool.product != "nginx":
        return ()
    from poise.balancers.nginx import placement as nginx  # noqa: PLC0415

    return nginx.counted_once(pool)


def one_key(topology: Topology, pool: Pool) -> bool:
    """Whether one string of a request is its key. Envoy's routes may mix several into one hash, or hash nothing."""
    if pool.product != "envoy":
        return True
    from poise.balancers.envoy import hash_keys as envoy  # noqa: PLC0415

    return envoy.one_string(envoy.policies(pool, topology))


def hashes_something(topology: Topology, pool: Pool) -> bool:
    """Whether requests have a hash at all: in Envoy a route without a policy has them drawn at random."""
    if pool.product != "envoy":
        return True
    from poise.balancers.envoy import hash_keys as envoy  # noqa: PLC0415

    return envoy.policies(pool, topology) != {()}


def routes_agree(old: tuple[Topology, Pool], new: tuple[Topology, Pool]) -> bool:
    """Whether the routes to both pools hash the same of a request, as far as they are known. Elsewhere the pool says what it hashes."""
    if not old[1].product == new[1].product == "envoy":
        return True
    from poise.balancers.envoy import hash_keys as envoy  # noqa: PLC0415

    before, after = (envoy.policies(pool, topology) for topology, pool in (old, new))
    return not before or not after or before == after


def bound_by(pool: Pool) -> str | None:
    """The words that tie a client to one server, None where nothing does."""
    if pool.product == "nginx":
        from poise.balancers.nginx import split as nginx  # noqa: PLC0415

        return nginx.bound_by(pool)
    if pool.product == "envoy":
        from poise.balancers.envoy import split as envoy  # noqa: PLC0415

        return envoy.bound_by(pool)
    return pool.persistence or (f"balance {pool.algorithm.name}" if pool.algorithm.name in HAPROXY_HASHES else None)


def hashes_address(pool: Pool) -> bool:
    """Whether the client's address alone decides which server it gets."""
    if pool.product != "nginx":
        return pool.algorithm.name == "source"
    from poise.balancers.nginx import split as nginx  # noqa: PLC0415

    return nginx.hashes_address(pool)


def blind(pool: Pool) -> tuple[str, ...]:
    """The servers that are not taken out when they fail: they keep their share of the requests and fail them."""
    if pool.product != "haproxy" or pool.redispatch:
        return ()
    return tuple(s.name for s in pool.servers if not s.disabled and s.check is None and s.track is None and not s.agent_check)
