"""A simulated pool as a split, with the words that say what was simulated."""

from collections.abc import Hashable, Mapping, Sequence
from math import sqrt

from poise.balancers.simulation.policy import Policy
from poise.balancers.simulation.run import simulate
from poise.model.load import Horizon, Load, Simulated
from poise.model.split import Split
from poise.model.topology import Pool, Server

# A server holds this many standard deviations more than its mean once in a lifetime of simulations.
NEVER_ABOVE = 6.0


def play(
    pool: Pool, names: Sequence[str], weights: Mapping[str, int], policy: Policy, load: Load, horizon: Horizon, own: bool
) -> Simulated:
    """These servers of the pool under that load. `own`: each has its own place (on a ring, in an order)."""
    kinds: dict[Hashable, int] = {}
    alike = []
    for server in (pool.server(name) for name in names):
        assert server is not None
        kind = (server.name,) if own else _kind(server, weights[server.name], load)
        alike.append(kinds.setdefault(kind, len(kinds)))
    return simulate(names, policy, load, horizon, alike)


def by_address(pool: Pool, weights: Mapping[str, int]) -> dict[str, int]:
    """The weights in the order of addresses: a pool whose servers were renamed or moved in its file is simulated as it was before."""
    addresses = {server.name: server.address for server in pool.servers}
    return {name: weights[name] for name in sorted(weights, key=addresses.__getitem__)}


def alike(pool: Pool, weights: Mapping[str, int], load: Load) -> bool:
    """Whether nothing tells these servers apart: then a fair algorithm splits evenly whatever the load."""
    return len({_kind(server, weights[server.name], load) for server in pool.servers if server.name in weights}) == 1


def _kind(server: Server, weight: int, load: Load) -> Hashable:
    return weight, server.backup, load.mean_ms(server.name), load.slots_of(server.name), server.maxconn, server.minconn, server.maxqueue


def reaches(limits: Mapping[str, int], shares: Mapping[str, float], load: Load) -> bool:
    """Whether that load ever fills one of these servers to its limit, when requests are dealt by these shares."""
    for name, limit in limits.items():
        if load.clients:
            if load.clients > limit:
                return True
            continue
        mean = (load.requests_per_second or 0.0) * shares.get(name, 0.0) * load.mean_ms(name) / 1000
        slots = load.slots_of(name)
        if mean + NEVER_ABOVE * sqrt(mean) + NEVER_ABOVE > limit or (slots is not None and mean > slots / 2):
            return True
    return False


def refined(split: Split, found: Simulated, load: Load, how: str, scattered: bool = False) -> Split:
    """The split with the shares that were simulated, and how good they are.

    `scattered`: replicas differ by what is not known of the pool (where its hot key lies), so their spread is the doubt, not its mean's.
    """
    nothing = dict.fromkeys(split.shares, 0.0)
    doubt = sqrt(found.replicas) if scattered else 1.0
    told = [told_load(load), f"{found.requests:,} requests simulated, standard error at most {100 * doubt * largest(found):.2f} points"]
    if found.refused + found.timed_out > 0:
        told.append(f"{100 * (found.refused + found.timed_out):.2g} % of the requests get no server")
    return Split(
        nothing | {s.server: s.share for s in found.servers},
        "simulated",
        nothing | {s.server: doubt * s.error for s in found.servers},
        split.dispersion,
        split.judged_by,
        f"{how}: {', '.join(told)}",
        False,
        split.limits,
        nothing | {s.server: s.error for s in found.servers},
    )


def largest(found: Simulated) -> float:
    """The largest standard error of a share."""
    return max(server.error for server in found.servers)


def told_load(load: Load) -> str:
    """The load in words."""
    who = f"{load.clients} client{'s' if load.clients > 1 else ''}" if load.clients else f"{load.requests_per_second:g} requests/s"
    times = f"{load.distribution} service times of {load.service_time_ms:g} ms"
    if load.service_time_ms_by_server:
        times += " (" + ", ".join(f"{name} {ms:g}" for name, ms in [*load.service_time_ms_by_server.items()][:6]) + ")"
    return f"{who} with {times}"
