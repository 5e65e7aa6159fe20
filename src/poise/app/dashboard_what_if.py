"""What if the weights were others, servers were lost, or more came: the forecast of one pool as it runs, and as it would. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from poise.balance.forecast import forecast
from poise.model.needs import Needs, PoolNeeds
from poise.model.remark import Remark
from poise.model.sample import Window
from poise.model.topology import Pool, Server, Topology
from poise.report import forecast_json
from poise.web.desk import Asked, RefusedError

# What the products take: HAProxy's manual ("server … weight"), nginx's grammar of `weight=`, Envoy's load_balancing_weight.
WEIGHTS = {"haproxy": (0, 256), "nginx": (1, 65_535), "envoy": (1, 65_535)}
LATELY_SECONDS = 150.0


def what_if(window: Window, asked: Asked) -> Mapping[str, Any]:
    """Both forecasts as the contract's predict JSON. What runs now, weights and servers out of service, is what is changed. Raises
    RefusedError for names that nothing has and weights that the product refuses."""
    topology, pool = _found(window, asked)
    _checked(pool, asked)
    running = replace(pool, servers=tuple(_running(window, pool, server) for server in pool.servers))
    changed = replace(running, servers=tuple(_changed(server, asked) for server in running.servers))
    if all(server.disabled for server in changed.servers):
        raise RefusedError(f"no server of {pool.name} would be left: leave one")
    needs = window.needs.of(pool.name)
    after, remark = _surged(needs, asked)
    made = {"before": _forecast(topology, running, needs, ()), "after": _forecast(topology, changed, after, remark)}
    return {key: forecast_json.as_dict(value) for key, value in made.items()}


def _forecast(topology: Topology, pool: Pool, needs: PoolNeeds, remarks: tuple[Remark, ...]) -> Any:
    made = forecast((replace(topology, pools=(pool,), listeners=(), could_not=()),), Needs({pool.name: needs}))
    return replace(made, remarks=(*made.remarks, *remarks))


def _found(window: Window, asked: Asked) -> tuple[Topology, Pool]:
    for topology in window.topologies:
        pool = topology.pool(asked.pool)
        if pool is not None and pool.servers:
            return topology, pool
    names = ", ".join(pool.name for topology in window.topologies for pool in topology.pools if pool.servers)
    raise RefusedError(f"{asked.load_balancer} has no pool {asked.pool[:100]!r} with servers in its file: {names[:300] or 'none'}", 404)


def _checked(pool: Pool, asked: Asked) -> None:
    known = {server.name for server in pool.servers}
    for name in (*asked.weights, *asked.lost):
        if name not in known:
            raise RefusedError(f"pool {pool.name} has no server {name[:100]!r}: {', '.join(sorted(known))[:300]}", 404)
    least, most = WEIGHTS.get(pool.product, (0, 65_535))
    for name, weight in asked.weights.items():
        if not least <= weight <= most:
            raise RefusedError(f"weight {weight} of {name}: {pool.product} takes {least} to {most}")


def _running(window: Window, pool: Pool, server: Server) -> Server:
    """As it runs, where that was measured."""
    component = f"{pool.name}/{server.name}"
    weight, up, *out = (window.recent(component, metric, LATELY_SECONDS).last() for metric in ("weight", "up", "maintenance", "drain"))
    seen = server if weight is None else replace(server, weight=round(weight))
    if up == 0 or any(out):
        return _gone(seen)
    # Out of service in the file, and put back since.
    return replace(seen, role="backup" if seen.backup else "active", disabled=False) if up and out[0] is not None else seen


def _changed(server: Server, asked: Asked) -> Server:
    weighed = replace(server, weight=asked.weights[server.name]) if server.name in asked.weights else server
    return _gone(weighed) if server.name in asked.lost else weighed


def _gone(server: Server) -> Server:
    return replace(server, role="disabled", disabled=True)


def _surged(needs: PoolNeeds, asked: Asked) -> tuple[PoolNeeds, tuple[Remark, ...]]:
    if asked.surge == 1.0:
        return needs, ()
    if not needs.peak_requests_per_second and not needs.clients:
        said = (
            f"{asked.pool}: no peak is declared in poise.toml, so {asked.surge:g} times as much changes no share, and how busy is not known"
        )
        return needs, (Remark(asked.load_balancer, said),)
    peak, clients = needs.peak_requests_per_second, needs.clients
    more = replace(
        needs,
        peak_requests_per_second=None if peak is None else peak * asked.surge,
        clients=None if clients is None else max(1, round(clients * asked.surge)),
    )
    return more, ()
