"""Forecasts with what becomes of each pool when something happens to it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from poise.balance.headroom import headroom
from poise.balance.what_if import what_if
from poise.balance.what_if_pool import loaded
from poise.model.could_not import CouldNot
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.model.what_if import Questions

MISSING = (
    "what could happen to it is not known: declare peak_requests_per_second, service_time_ms and concurrency_per_server of a pool in "
    "poise.toml (`poise needs` writes one to fill in)"
)


def answered(
    topologies: Sequence[Topology],
    needs: Needs,
    forecasts: Sequence[PoolForecast],
    asked: Questions,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[list[PoolForecast], list[CouldNot]]:
    """The forecasts with their answers, and what could not be answered: no pool's load is declared, or a name is in none of them."""
    pools = {(t.file, pool.name): (t, pool) for t in topologies for pool in t.pools}
    found: list[PoolForecast] = []
    strange: list[set[str]] = []
    for made in forecasts:
        topology, pool = pools[made.file, made.pool]
        of = loaded(topology, pool, needs.of(pool.name))
        if of is None:
            found.append(made)
            continue

        def told(part: float, name: str = pool.name) -> None:
            if progress is not None:
                progress(name, part)

        cases, unknown = what_if(of, asked, told)
        strange.append(set(unknown))
        found.append(replace(made, what_if=cases, headroom=headroom(of, told) if asked.all else made.headroom))
    where = topologies[0].file if topologies else "poise.toml"
    if not strange:
        return found, [CouldNot(where, MISSING)]
    nowhere = set.intersection(*strange)
    return found, [
        CouldNot(f"--lose {name}", "no pool with a declared load has a server, host or zone of that name") for name in sorted(nowhere)
    ]
