"""What Envoy's algorithms do under a declared load: every priority and locality for itself, with its part of the requests."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf

from poise.balancers.envoy.policies import ROUNDING, Breaking, Choices, Deadlines, Drawn, FullScan, Grouped
from poise.balancers.envoy.priorities import Group, groups, number, setting, weights
from poise.balancers.envoy.settings import entries
from poise.balancers.simulation.splitting import by_address, play, refined
from poise.model.hashes import ENVOY_HASHES
from poise.model.load import Horizon, Load, Simulated
from poise.model.split import Split
from poise.model.topology import Pool, Server

Up = Callable[[Server], bool]
# Envoy runs as many workers as the machine has threads, or --concurrency says.
ASSUMED_WORKERS = 4
DEFAULT_CHOICES = 2
DEFAULT_BREAKER = 1024.0  # of each kind


def simulated(pool: Pool, split: Split, up: Up | None, running: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Simulated | None:
    """The cluster under that load; None where no host can be chosen."""
    parts: dict[tuple[str, ...], float] = {}
    found = groups(pool, up)
    for group in found:
        # Hashes have one group for healthy hosts, and one for what is meant for degraded ones, that are the same.
        names = tuple(server.name for server in group.servers)
        parts[names] = parts.get(names, 0.0) + group.part
    if not parts:
        return None
    if len(parts) == 1 and sum(parts.values()) > 1 - ROUNDING:
        return _of_group(pool, Group(1.0, found[0].servers), split, running, load, horizon)
    weighed = [by_address(pool, weights([s for s in pool.servers if s.name in names], running)) for names in parts]
    together = {name: weight for each in weighed for name, weight in each.items()}
    policies = [_policy(pool, each, split, load, inf) for each in weighed]
    policy = Grouped(list(parts.values()), policies, load.workers or ASSUMED_WORKERS, _most(pool))
    return play(pool, tuple(together), together, policy, load, horizon, True)


def refine(pool: Pool, split: Split, up: Up | None, running: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Split:
    """The split as it is under that load; unchanged where the load does not decide."""
    if pool.algorithm.name != "LEAST_REQUEST":
        return split
    made: Split | None = None
    shares, doubts = dict.fromkeys(split.shares, 0.0), dict.fromkeys(split.shares, 0.0)
    for group in groups(pool, up):
        weighed = weights(group.servers, running)
        if _even(weighed, load):
            shares |= {name: group.part / len(weighed) for name in weighed}
            continue
        found = _of_group(pool, group, split, running, load, horizon)
        made = refined(split, found, load, split.explanation + ("" if load.workers else f", {ASSUMED_WORKERS} workers assumed"))
        shares |= {server.server: group.part * server.share for server in found.servers}
        doubts |= {server.server: group.part * server.error for server in found.servers}
    return split if made is None else replace(made, shares=shares, uncertainty=doubts, sampling=doubts)


def _even(weighed: Mapping[str, int], load: Load) -> bool:
    """Whether nothing tells these hosts apart."""
    return len({(weight, load.mean_ms(name), load.slots_of(name)) for name, weight in weighed.items()}) == 1


def _of_group(pool: Pool, group: Group, split: Split, running: Mapping[str, int] | None, load: Load, horizon: Horizon) -> Simulated:
    weighed = by_address(pool, weights(group.servers, running))
    rate = load.requests_per_second
    part = replace(
        load,
        requests_per_second=rate * group.part if rate else None,
        clients=max(1, round(load.clients * group.part)) if load.clients else None,
    )
    hashed = pool.algorithm.name in ENVOY_HASHES
    return play(pool, tuple(weighed), weighed, _policy(pool, weighed, split, load, _most(pool)), part, horizon, hashed)


def _policy(pool: Pool, weighed: Mapping[str, int], split: Split, load: Load, most: float) -> Breaking:
    name, workers = pool.algorithm.name, load.workers or ASSUMED_WORKERS
    if name == "LEAST_REQUEST":
        bias = max(0.0, number(setting(pool, "active_request_bias.default_value"), 1.0))
        if len(set(weighed.values())) == 1 and _scans(pool):
            return FullScan([1.0] * len(weighed), workers, most)
        if len(set(weighed.values())) == 1:
            return Choices(len(weighed), max(2, int(number(setting(pool, "choice_count"), DEFAULT_CHOICES))), workers, most)
        return Deadlines(list(weighed.values()), bias, workers, most)
    if name == "ROUND_ROBIN":
        return Deadlines(list(weighed.values()), 0.0, workers, most)
    shares = [split.shares[host] for host in weighed]
    return Drawn(shares if sum(shares) > 0 else [1.0] * len(weighed), workers, most)


def _scans(pool: Pool) -> bool:
    """Whether all hosts are looked at (`enable_full_scan` is the older word for it)."""
    return setting(pool, "selection_method") in ("FULL_SCAN", "1") or setting(pool, "enable_full_scan") in ("true", "1")


def _most(pool: Pool) -> float:
    """How many requests the circuit breakers of the default priority allow at once; beyond, Envoy answers 503.

    max_requests bounds all of them; HTTP/1 takes a connection each, of which there is always one, and what finds none may wait up to
    max_pending_requests. Whoever makes a connection waits for it: with 0 there, as with max_requests 0, every request gets 503, while
    max_connections 0 serves one at a time (measured on 1.40).
    """
    own: Mapping[str, str] = {}
    for path in entries(pool.options, "circuit_breakers.thresholds"):
        if pool.options.get(f"{path}.priority", "DEFAULT") == "DEFAULT":
            own = {key.removeprefix(f"{path}."): value for key, value in pool.options.items() if key.startswith(f"{path}.")}
    limits = {name: number(own.get(name), DEFAULT_BREAKER) for name in ("max_requests", "max_connections", "max_pending_requests")}
    multiplexed = any("http2_protocol_options" in path or "http3_protocol_options" in path for path in pool.options)
    if not limits["max_pending_requests"]:
        return 0.0
    if multiplexed:
        return limits["max_requests"]
    return min(limits["max_requests"], max(1.0, limits["max_connections"]) + limits["max_pending_requests"])
