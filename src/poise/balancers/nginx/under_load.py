"""What nginx's algorithms do under a declared load."""

from collections.abc import Callable, Mapping

from poise.balancers.nginx.eligible import eligible
from poise.balancers.nginx.policies import InTurn, LeastConn, OneDraw, TwoDraws
from poise.balancers.simulation.by_share import ByShare
from poise.balancers.simulation.policy import Policy
from poise.balancers.simulation.splitting import alike, by_address, play, reaches, refined
from poise.model.load import Horizon, Load, Simulated
from poise.model.split import Split
from poise.model.topology import Pool, Server

Up = Callable[[Server], bool]
# `worker_processes auto` are as many as cores; how many the machine has is not in the file.
ASSUMED_WORKERS = 4


def simulated(pool: Pool, split: Split, up: Up | None, weights: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Simulated | None:
    """The servers that get traffic in that split, under that load; None where none does."""
    chosen = by_address(pool, eligible(pool, up, weights))
    if not chosen:
        return None
    return play(pool, tuple(chosen), chosen, _policy(pool, chosen, split, load), load, horizon, _hashes(pool))


def refine(pool: Pool, split: Split, up: Up | None, weights: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Split:
    """The split as it is under that load; unchanged where the load does not decide."""
    if not _decides(pool, eligible(pool, up, weights), split, load):
        return split
    found = simulated(pool, split, up, weights, load, horizon)
    if found is None:
        return split
    return refined(split, found, load, _how(pool, load))


def _how(pool: Pool, load: Load) -> str:
    """What the algorithm does, in words."""
    name = pool.algorithm.name
    how = "in turn by weight" if name not in ("least_conn", "random") else "drawn by weight"
    if name == "least_conn":
        how = "the least requests in flight per weight"
    elif name == "random" and (pool.algorithm.argument or "").startswith("two"):
        how = "the less loaded of two draws by weight"
    if any(server.maxconn for server in pool.servers):
        how += ", full servers (max_conns) passed over"
    if "zone" not in pool.options:
        workers = _workers(pool, load)
        how += f", by {'each of ' if workers > 1 else ''}{workers} worker{'s' if workers > 1 else ''} for itself (no zone)"
        how += "" if load.workers else ", as many as are assumed"
    return how


def _hashes(pool: Pool) -> bool:
    return pool.algorithm.name in ("hash", "ip_hash")


def _workers(pool: Pool, load: Load) -> int:
    return 1 if "zone" in pool.options else load.workers or ASSUMED_WORKERS


def _decides(pool: Pool, chosen: Mapping[str, int], split: Split, load: Load) -> bool:
    name = pool.algorithm.name
    if len(chosen) < 2 or _hashes(pool):
        return False
    limits = {s.name: s.maxconn for s in pool.servers if s.name in chosen and s.maxconn}
    if name == "least_conn" or (name == "random" and (pool.algorithm.argument or "").startswith("two")):
        return not alike(pool, chosen, load)
    # least_time (nginx Plus) looks at times that no open description tells how it averages.
    return name != "least_time" and reaches(limits, split.shares, load)


def _policy(pool: Pool, chosen: Mapping[str, int], split: Split, load: Load) -> Policy:
    name, weights, workers = pool.algorithm.name, list(chosen.values()), _workers(pool, load)
    limits = [server.maxconn or None for each in chosen if (server := pool.server(each))]
    if name in ("least_conn", "least_time"):
        return LeastConn(weights, limits, workers)
    if name == "random":
        kind = TwoDraws if (pool.algorithm.argument or "").startswith("two") else OneDraw
        return kind(weights, limits, workers)
    if _hashes(pool) and sum(split.shares[each] for each in chosen) > 0:
        return ByShare([split.shares[each] for each in chosen], limits, workers, waits=False)
    return InTurn(weights, limits, workers)
