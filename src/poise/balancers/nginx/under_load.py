"""What nginx's algorithms do under a declared load."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import hypot, sqrt

from poise.balancers.nginx.eligible import can_serve, eligible, weight_of
from poise.balancers.nginx.policies import Backed, InTurn, LeastConn, OneDraw, TwoDraws
from poise.balancers.nginx.split import same_other
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
    policy = _policy(pool, chosen, split, load)
    behind = by_address(pool, _behind(pool, chosen, up, weights))
    if behind and isinstance(policy, InTurn):
        of_backups = _policy(pool, behind, split, load)
        assert isinstance(of_backups, InTurn)
        chosen, policy = chosen | behind, Backed(policy, of_backups)
    return play(pool, tuple(chosen), chosen, policy, load, horizon, _hashes(pool))


def refine(pool: Pool, split: Split, up: Up | None, weights: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Split:
    """The split as it is under that load; unchanged where the load does not decide."""
    chosen = eligible(pool, up, weights)
    behind = bool(_behind(pool, chosen, up, weights))
    if not _decides(pool, chosen, split, load, behind):
        return split
    found = simulated(pool, split, up, weights, load, horizon)
    if found is None:
        return split
    made = refined(split, found, load, _how(pool, load) + (", then the backups" if behind else ""))
    if not _hashes(pool):
        return made
    # How many keys there are, and how hot, is as unknown as before; and those that full servers pass on may all go to one other.
    passed_on = sum(max(0.0, split.shares[name] - share) for name, share in made.shares.items())
    again = passed_on * sqrt(same_other(pool))
    doubts = {
        name: hypot(doubt, split.uncertainty[name], again * sqrt(split.shares[name] * (1 - split.shares[name])))
        for name, doubt in made.uncertainty.items()
    }
    return replace(made, uncertainty=doubts, explanation=f"{split.explanation}; {made.explanation}")


def decides(pool: Pool, split: Split, load: Load) -> bool:
    """Whether `refine` would simulate that load with every server up."""
    chosen = eligible(pool)
    return _decides(pool, chosen, split, load, bool(_behind(pool, chosen, None, None)))


def _behind(pool: Pool, chosen: Mapping[str, int], up: Up | None, weights: Mapping[str, int] | None) -> Mapping[str, int]:
    """The backups that get what finds every primary full (max_conns): random and hashes know none."""
    servers = [server for name in chosen if (server := pool.server(name))]
    if pool.algorithm.name == "random" or _hashes(pool) or any(server.backup or not server.maxconn for server in servers):
        return {}
    backups = {s.name: weight_of(s, weights) for s in pool.servers if s.backup and can_serve(s, up)}
    return {name: weight for name, weight in backups.items() if weight > 0}


def _how(pool: Pool, load: Load) -> str:
    """What the algorithm does, in words."""
    name = pool.algorithm.name
    how = "in turn by weight" if name not in ("least_conn", "random") else "drawn by weight"
    if _hashes(pool):
        how = "a key whose server is full is hashed again"
    elif name == "least_conn":
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


def _decides(pool: Pool, chosen: Mapping[str, int], split: Split, load: Load, behind: bool) -> bool:
    name = pool.algorithm.name
    limits = {s.name: s.maxconn for s in pool.servers if s.name in chosen and s.maxconn}
    if len(chosen) < 2 or behind:
        return behind and reaches(limits, split.shares, load)
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
        # A key whose server is full is hashed again, 20 times, and then dealt in turn: over many keys a draw among those with room.
        return OneDraw([split.shares[each] for each in chosen], limits, workers)
    return InTurn(weights, limits, workers)
