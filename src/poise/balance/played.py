"""The splits of a forecast under the load that the needs declare, and how much of them is simulated."""

from collections.abc import Collection

from poise.balance.same_pools import SamePools
from poise.balance.splits import Up, split_of
from poise.model.light import dataclass
from poise.model.load import Horizon, Load, part_of
from poise.model.needs import PoolNeeds
from poise.model.split import Split
from poise.model.topology import Pool

# Of all pools together: a second or two. The steps of a pool's simulation cost as much as so many requests that share them.
REQUESTS_IN_ALL, STEPS_IN_REQUESTS = 2_600_000, 22_000
FEWEST_REQUESTS, MOST_REQUESTS = 3072, 65_536
# As many pools get the most requests.
MANY_POOLS = REQUESTS_IN_ALL // (MOST_REQUESTS + STEPS_IN_REQUESTS)
# Losses are a fifth as exact as the whole pool, and of a pool so many are simulated, of all together so many.
LOSS_ERROR, LOSS_REQUESTS = 0.005, 16_384
LOSSES_OF_A_POOL, LOSSES_IN_ALL = 36, 100
# Pools of more servers are not simulated again for the loss of a small part, nor any whose losses would take a budget of their own.
FEW_SERVERS = 8
# More requests at once are none that a pool is declared for on purpose, and every one of them takes memory in each replica: 10^5 take
# 0.2 GB. As many as poise.toml may declare clients.
MOST_AT_ONCE = 100_000
# Without so small a part of its traffic a pool does with the rest what it did before.
SMALL_PART = 0.2


@dataclass(frozen=True, slots=True)
class Played:
    """A declared load, or one load balancer's part of it; how long it is simulated for the pool and for a loss; for how many losses.

    `known` remembers the pools that were simulated, where others like them may follow.
    """

    load: Load
    whole: Horizon
    loss: Horizon
    losses: int
    known: SamePools | None = None


def played(needs: PoolNeeds, workers: int | None, pools: int, known: SamePools | None = None) -> Played | None:
    """How much to simulate for one of so many pools; None where the needs declare no load, or one of more requests than are simulated."""
    load = needs.load(workers)
    if load is None or not at_once(load) <= MOST_AT_ONCE:  # nor what is no number
        return None
    requests = max(FEWEST_REQUESTS, min(MOST_REQUESTS, REQUESTS_IN_ALL // max(1, pools) - STEPS_IN_REQUESTS))
    loss = Horizon(min(LOSS_REQUESTS, requests), LOSS_ERROR)
    losses = min(LOSSES_OF_A_POOL, LOSSES_IN_ALL // max(1, pools))
    return Played(part_of(load, needs.load_balancers or 1), Horizon(requests), loss, losses, known)


def at_once(load: Load) -> float:
    """Requests in the pool at once if the slowest of its servers got them all, without a queue."""
    slowest = max(load.service_time_ms, *load.service_time_ms_by_server.values(), 0.0)
    return float(load.clients or (load.requests_per_second or 0.0) * slowest / 1000)


def played_split(pool: Pool, target: str | None, concurrency: float | None, load: Played | None) -> Split | None:
    """The pool's split, under the declared load where there is one and it decides."""
    if load is None:
        return split_of(pool, target=target, concurrency=concurrency)

    def simulated() -> Split | None:
        return split_of(pool, target=target, concurrency=concurrency, load=load.load, horizon=load.whole)

    return simulated() if load.known is None else load.known.split(pool, load.load, (target, concurrency), simulated)


def is_simulated_without(gone: float, serving: int) -> bool:
    """Whether what is left of a simulated pool is worth another simulation. `gone` is the share 0–1 of what is lost, of so many serving."""
    return serving <= FEW_SERVERS or gone >= SMALL_PART


def split_without(
    pool: Pool, lost: Collection[str], up: Up, target: str | None, concurrency: float | None, load: Played | None, whole: Split
) -> Split | None:
    """The split of what is left, under the declared `load` if given. Of a simulated pool that loses little the rest shares as it did."""
    gone = sum(whole.shares[name] for name in lost)
    if load is not None and whole.basis == "simulated":
        return split_of(pool, up, None, target, concurrency, load.load, load.loss)
    if whole.basis == "simulated" and gone < SMALL_PART:
        shares = {name: 0.0 if name in lost else share / (1 - gone) for name, share in whole.shares.items()}
        doubts = {name: whole.uncertainty[name] + abs(shares[name] - share) / 4 for name, share in whole.shares.items()}
        return Split(shares, "simulated", doubts, whole.dispersion, whole.judged_by, whole.explanation, False, whole.limits)
    return split_of(pool, up, None, target, concurrency)
