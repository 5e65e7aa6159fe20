"""Which hosts of an Envoy pool can be chosen, and with what part of the traffic: priorities, panic and localities. Pure.

Sources: Envoy's documentation (priority levels, overprovisioning, panic threshold, locality weighted) and what Envoy 1.40 did with each
case (tests/balancers/envoy/test_envoy_split_live.py). Percentages are whole numbers here because Envoy's are.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from poise.balancers.envoy.settings import ending, message
from poise.model.light import dataclass
from poise.model.locality import Locality
from poise.model.topology import Pool, Server

UNAVAILABLE = ("UNHEALTHY", "DRAINING", "TIMEOUT")
# Neither available nor counted: of one that drains and one that is healthy, 100 % are healthy (measured with 1.40, in priorities, panic and
# localities).
NOT_COUNTED = "DRAINING"
DEFAULT_OVERPROVISIONING_PERCENT = 140
DEFAULT_PANIC_PERCENT = 50.0
LARGEST = 2.0**32  # Envoy keeps counts, sizes and percentages in 32 bits
LOCALITY_WEIGHTED = "locality_weighted_lb_config"


@dataclass(frozen=True, slots=True)
class Group:
    """Hosts that the algorithm chooses among, and the part 0–1 of the pool's traffic that reaches them. `panic`: whatever their health."""

    part: float
    servers: tuple[Server, ...]
    panic: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """The hosts of one priority, in all and by health, and the percent of the pool's traffic that its healthy and degraded ones get.

    In panic all hosts are chosen among, whatever their health, and `fit` is for all of them. `counted`: how many percentages are of.
    """

    servers: tuple[Server, ...]
    healthy: tuple[Server, ...]
    degraded: tuple[Server, ...]
    panic: bool = False
    fit: int = 0
    worn: int = 0
    counted: int = 0


def setting(pool: Pool, end: str) -> str | None:
    """The option whose path is, or ends in, `end` (settings move into extensions without changing their names); None if unset."""
    path = ending(pool.options, end)
    return None if path is None else pool.options[path]


def number(text: str | None, default: float) -> float:
    """A number as Envoy's file has it; `default` for none, and for what is no number that Envoy takes."""
    try:
        value = float(text) if text is not None else default
    except ValueError:
        return default
    return value if abs(value) < LARGEST else default


def panic_percent(pool: Pool) -> float:
    """The panic threshold in percent: 50 unless written; an empty message means 0, as everywhere in Protobuf."""
    return pool.once("panic percent", _panic_percent)


def _panic_percent(pool: Pool) -> float:
    value = setting(pool, "healthy_panic_threshold.value")
    if value is None:
        return 0.0 if setting(pool, "healthy_panic_threshold") is not None else DEFAULT_PANIC_PERCENT
    return number(value, DEFAULT_PANIC_PERCENT)


def overprovisioning_percent(pool: Pool) -> int:
    """The overprovisioning factor in percent, 140 unless written."""
    return pool.once("overprovisioning percent", _overprovisioning_percent)


def _overprovisioning_percent(pool: Pool) -> int:
    return int(number(setting(pool, "policy.overprovisioning_factor"), DEFAULT_OVERPROVISIONING_PERCENT))


def locality_weighted(pool: Pool) -> bool:
    """Whether localities share by their own weights."""
    return pool.once("locality weighted", lambda pool: message(pool.options, LOCALITY_WEIGHTED) is not None)


def groups(pool: Pool, up: Callable[[Server], bool] | None, known: Sequence[Level] | None = None) -> tuple[Group, ...]:
    """The groups of hosts that get traffic, by priority and locality; empty where no host can be chosen (Envoy answers 503).

    `known` are its `levels`, where they were asked for before.
    A server that `up` denies is known to be down: it still counts as a member, which is what overprovisioning and panic go by.
    """
    found: list[Group] = []
    # Hashes know nothing of zones, and lay their rings and tables out over healthy hosts by the weights as written, however many of a
    # locality's are left; what is meant for degraded hosts gets a healthy one, or 503 (measured: tests/conformance/envoy_pools.py).
    hashed = pool.algorithm.hash_method is not None
    factor = 100 * len(pool.servers) if hashed else overprovisioning_percent(pool)
    localities: dict[int, list[Locality]] = {}
    for locality in pool.localities if locality_weighted(pool) else ():
        localities.setdefault(locality.priority, []).append(locality)
    for level in levels(pool, up) if known is None else known:
        if level.panic:
            refused = setting(pool, "fail_traffic_on_panic") == "true" and not hashed
            found += [] if refused else [Group((level.fit + level.worn) / 100, level.servers, True)]
        else:
            near = localities.get(level.servers[0].priority, ())
            found += _by_locality(level.fit / 100, level, level.healthy, near, factor) if level.fit else []
            found += _by_locality(level.worn / 100, level, level.healthy if hashed else level.degraded, near, factor) if level.worn else []
    return tuple(group for group in found if group.part > 0 and group.servers)


def levels(pool: Pool, up: Callable[[Server], bool] | None) -> tuple[Level, ...]:
    """The priorities that have hosts, the first priority first, with what each gets of the traffic; percents add up to 100."""
    found = [_level(servers, up) for servers in by_priority(pool)]
    if len(found) == 1 and len(found[0].healthy) == len(found[0].servers):
        return (Level(found[0].servers, found[0].healthy, (), fit=100, counted=found[0].counted),)
    panic, loads = loads_of(
        [level.counted for level in found],
        [len(level.healthy) for level in found],
        [len(level.degraded) for level in found],
        overprovisioning_percent(pool),
        panic_percent(pool),
        [len(level.servers) for level in found],
    )
    return tuple(
        Level(level.servers, level.healthy, level.degraded, in_panic, fit, worn, level.counted)
        for level, in_panic, (fit, worn) in zip(found, panic, loads, strict=True)
    )


def loads_of(
    members: Sequence[int],
    healthy: Sequence[int],
    degraded: Sequence[int],
    factor: int,
    threshold: float,
    hosts: Sequence[int] | None = None,
) -> tuple[list[bool], list[tuple[int, int]]]:
    """By priority: whether it is in panic, and the percent of the traffic that its healthy and its degraded hosts get.

    `factor` is the overprovisioning in percent, `threshold` that of panic; a priority without members has nobody to be in panic for.
    `hosts` are all, with those that `members` does not count: they get traffic in panic.
    """
    fit = [min(100, factor * some // most) if most else 0 for some, most in zip(healthy, members, strict=True)]
    worn = [min(100, factor * some // most) if most else 0 for some, most in zip(degraded, members, strict=True)]
    total = min(100, sum(fit) + sum(worn))
    panic = [
        total < 100 and (100 * (good + bad) / most if most else 0.0) < threshold
        for good, bad, most in zip(healthy, degraded, members, strict=True)
    ]
    everybody = hosts or members
    return panic, _loads_in_panic(everybody) if all(panic) and any(everybody) else _loads(fit, worn, total)


def by_priority(pool: Pool) -> tuple[tuple[Server, ...], ...]:
    """The hosts of each priority, the first priority first.

    An address that EDS tells twice is one host, the first of both, also where the second has another priority or locality (measured with
    1.40). In a STATIC cluster it is two.
    """
    return pool.once("by priority", _by_priority)


def _by_priority(pool: Pool) -> tuple[tuple[Server, ...], ...]:
    found: dict[int, list[Server]] = {}
    seen: set[str] = set()
    for server in pool.servers:
        if pool.discovery == "EDS":
            if server.address in seen:
                continue
            seen.add(server.address)
        found.setdefault(server.priority, []).append(server)
    return tuple(tuple(found[priority]) for priority in sorted(found))


def _level(servers: tuple[Server, ...], up: Callable[[Server], bool] | None) -> Level:
    usable = [s for s in servers if (up is None or up(s)) and not s.disabled and s.health not in UNAVAILABLE]
    degraded = tuple([s for s in usable if s.health == "DEGRADED"])
    healthy = tuple([s for s in usable if s.health != "DEGRADED"]) if degraded else tuple(usable)
    return Level(servers, healthy, degraded, counted=sum(s.health != NOT_COUNTED for s in servers))


def _loads(healthy: Sequence[int], degraded: Sequence[int], total: int) -> list[tuple[int, int]]:
    """Percent of the traffic per level, to its healthy and to its degraded hosts; what division leaves over goes to the first that can."""
    rest, loads = 100, [[0, 0] for _ in healthy]
    first: tuple[int, int] | None = None
    for kind, availability in enumerate((healthy, degraded)):
        for level, available in enumerate(availability):
            if available and first is None:
                first = (level, kind)
            loads[level][kind] = min(rest, available * 100 // total) if total else 0
            rest -= loads[level][kind]
    if first is not None:
        loads[first[0]][first[1]] += rest
    return [(fit, worn) for fit, worn in loads]


def _loads_in_panic(members: Sequence[int]) -> list[tuple[int, int]]:
    """Percent of the traffic per level when all are in panic: by the number of hosts; what division leaves over goes to the first."""
    loads = [100 * count // sum(members) for count in members]
    return [(load + (100 - sum(loads) if index == 0 else 0), 0) for index, load in enumerate(loads)]


def _by_locality(part: float, level: Level, chosen: Sequence[Server], localities: Sequence[Locality], factor: int) -> list[Group]:
    """One group per locality of the level where localities have weights that count, else one."""
    if not localities:
        return [Group(part, tuple(chosen))]
    members = Counter(s.locality or "" for s in level.servers if s.health != NOT_COUNTED)
    hosts: dict[str, list[Server]] = {}
    for server in chosen:
        hosts.setdefault(server.locality or "", []).append(server)
    effective = {
        locality.name: locality.weight * min(1.0, factor / 100 * len(hosts[locality.name]) / members[locality.name])
        for locality in localities
        if locality.weight and locality.weight > 0 and locality.name in hosts
    }
    total = sum(effective.values())
    if not total:
        return [Group(part, tuple(chosen))]
    return [Group(part * weight / total, tuple(hosts[name])) for name, weight in effective.items()]


def weights(servers: Sequence[Server], running: Mapping[str, int] | None) -> dict[str, int]:
    """The weight of each server, the running one where it is known; Envoy knows no weight below 1."""
    return {s.name: max(1, s.weight if running is None else running.get(s.name, s.weight)) for s in servers}
