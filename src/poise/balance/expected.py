"""What share each server should get: as the needs want it, and as the configuration makes it."""

from collections.abc import Collection, Mapping

from poise.balance.splits import split_of
from poise.model.needs import PoolNeeds
from poise.model.split import Split
from poise.model.topology import Pool


def wanted(pool: Pool, needs: PoolNeeds, up: Collection[str]) -> Mapping[str, float] | None:
    """The shares 0–1 that the needs declare, over the servers named in `up`; None where no split is declared or none of them is up.

    What the configuration did to a server (a weight, `disabled`) does not matter here: the needs say what ought to be. Backups count only
    while no active server is up. A server that declared ratios do not name ought to get nothing.
    """
    if needs.split is None:
        return None
    alive = [s for s in pool.servers if s.name in up]
    serving = [s.name for s in alive if not s.backup] or [s.name for s in alive]
    ratios = dict.fromkeys(serving, 1.0) if needs.split == "even" else {name: float(needs.split.get(name, 0.0)) for name in serving}
    total = sum(ratios.values())
    return {name: ratio / total for name, ratio in ratios.items()} if total > 0 else None


def predicted(pool: Pool, up: Collection[str], weights: Mapping[str, int] | None = None) -> Split | None:
    """The split that the configuration makes with these servers up and these running weights (the file's where not named).

    None for a product whose algorithms poise does not know.
    """
    return split_of(pool, up=lambda server: server.name in up, weights=weights)
