"""Forecasts with what becomes of each pool when something happens to it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from poise.balance.arrivals.courses import ALLOWED_SECONDS
from poise.balance.headroom import LOOK_SECONDS, headroom
from poise.balance.played import MOST_AT_ONCE, at_once
from poise.balance.what_if import what_if
from poise.balance.what_if_losses import means
from poise.balance.what_if_pool import Loaded, loaded
from poise.model.could_not import CouldNot
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Pool, Topology
from poise.model.what_if import Questions

MISSING = (
    "what could happen to it is not known: declare peak_requests_per_second, service_time_ms and concurrency_per_server of a pool in "
    "poise.toml (`poise needs` writes one to fill in)"
)
STOPPED = "what could happen to it is not simulated: interrupted"
# Simulations of a pool, one after the other, and the seconds of a machine's time that all pools together may take.
STAGES, IN_ALL_SECONDS = 6, 60.0
MOST_NAMED = 8


def answered(
    topologies: Sequence[Topology],
    needs: Needs,
    forecasts: Sequence[PoolForecast],
    asked: Questions,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[list[PoolForecast], list[CouldNot], bool]:
    """The forecasts with their answers, what could not be answered (no pool's load is declared, or a name is in none of them), and whether
    all was simulated: Ctrl-C ends that, and what was before it stays."""
    pools = {(t.file, pool.name): (t, pool) for t in topologies for pool in t.pools}
    found: list[PoolForecast] = []
    strange: list[set[str]] = []
    could_not: list[CouldNot] = []
    stations: list[Loaded | None] = []
    for made in forecasts:
        topology, pool = pools[made.file, made.pool]
        why = _not_asked(needs.of(pool.name))
        could_not += [CouldNot(f"{made.file}: pool {made.pool}", why, pool.location.line)] if why else []
        stations.append(None if why else loaded(topology, pool, needs.of(pool.name)))
    all_of_them = sum(of is not None for of in stations)
    part = min(1.0, IN_ALL_SECONDS / (STAGES * LOOK_SECONDS * max(1, all_of_them)))
    try:
        for made, of in zip(forecasts, stations, strict=True):
            if of is None:
                found.append(made)
                continue
            told = None if progress is None else _Told(progress, made.pool, len(strange), all_of_them)
            cases, unknown = what_if(of, asked, told, part * ALLOWED_SECONDS)
            carries = headroom(of, told, part * LOOK_SECONDS) if asked.all else made.headroom
            strange.append(set(unknown))
            found.append(replace(made, what_if=cases, headroom=carries))
    except KeyboardInterrupt:
        left = [made for made, of in zip(forecasts[len(found) :], stations[len(found) :], strict=True) if of is not None]
        could_not += [CouldNot(f"{made.file}: pool {made.pool}", STOPPED) for made in left]
        return [*found, *forecasts[len(found) :]], could_not, False
    if not strange and not could_not:
        could_not.append(CouldNot(topologies[0].file if topologies else "poise.toml", MISSING))
    if strange:
        nowhere = set.intersection(*strange)
    else:
        # Whoever mistyped a name and declares the load next would only then be told of it.
        nowhere = {name for names in asked.lose for name in names if not any(means(pool, name) for _, pool in pools.values())}
    return found, [*could_not, *(CouldNot(f"--lose {name}", _nowhere(name, pools.values(), stations)) for name in sorted(nowhere))], True


def _nowhere(name: str, declared: Collection[tuple[Topology, Pool]], stations: Sequence[Loaded | None]) -> str:
    """Why that loss was not simulated, and what would be."""
    loaded_pools = [of.pool for of in stations if of is not None]
    others = [p for _, p in declared if not any(p is each for each in loaded_pools) and means(p, name)]
    if others:
        where = others[0].name
        said = f"it is in pool {where}, whose load is not declared, so its loss was not simulated"
        return f"{said}. Declare peak_requests_per_second, service_time_ms and concurrency_per_server of [pool.{where}]"
    looked_at = loaded_pools or [pool for _, pool in declared]
    servers = [f"{pool.name}/{server.name}" for pool in looked_at for server in pool.servers]
    some = ", ".join(servers[:MOST_NAMED]) + (f" and {len(servers) - MOST_NAMED} more" if len(servers) > MOST_NAMED else "")
    which = "no pool with a declared load" if loaded_pools else "no pool"
    said = f"{which} has a server, host or zone of that name, so its loss was not simulated"
    return f"{said}. Name one of its servers ({some}), the host of an address, or a zone"


def _not_asked(needs: PoolNeeds) -> str | None:
    """Why nothing is simulated that could happen under that load: it is none that anybody means, or clients that wait."""
    load = needs.load()
    if load is None:
        return None
    if at_once(load) > MOST_AT_ONCE:
        return (
            f"what could happen to it is not simulated: its declared rate and service times put {at_once(load):.3g} requests into it at "
            f"once, of which {MOST_AT_ONCE:,} are the most. Is peak_requests_per_second per second, and are service times in milliseconds?"
        )
    if needs.closed:
        # Little's law without any waiting.
        rate = (needs.clients or 0) / (load.service_time_ms / 1000)
        return (
            f"what could happen to it is not simulated: {needs.clients} clients that wait for their answers send at most {rate:.4g} "
            "requests/s, and less when servers are lost. Declare peak_requests_per_second: what comes whatever becomes of the answers"
        )
    return None


class _Told:
    """Progress that never falls back, over the simulations of a pool and over all pools."""

    def __init__(self, tell: Callable[[str, float], None], name: str, before: int, pools: int) -> None:
        self._tell, self._name, self._before, self._pools = tell, name, before, pools
        self._stage, self._last = 0, 0.0

    def __call__(self, part: float) -> None:
        if part < self._last:
            self._stage = min(STAGES - 1, self._stage + 1)
        self._last = part
        self._tell(self._name, (self._before + (self._stage + part) / STAGES) / self._pools)
