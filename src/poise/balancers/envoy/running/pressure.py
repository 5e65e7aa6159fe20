"""Whether a pool is in panic, and what its first priority still gets, by the health that Envoy tells. Pure.

Envoy counts the choices that it made in panic (`lb_healthy_panic`) and tells no state: without traffic the counter stands still.
"""

from collections.abc import Mapping

from poise.balancers.envoy.priorities import (
    DEFAULT_OVERPROVISIONING_PERCENT,
    DEFAULT_PANIC_PERCENT,
    loads_of,
    overprovisioning_percent,
    panic_percent,
)
from poise.balancers.envoy.running.endpoints import Endpoints
from poise.balancers.envoy.running.health import DRAIN, METRICS, UNFIT, flags
from poise.model.topology import Topology

NAN = float("nan")
# Hosts that drain or wait to be taken away count neither as members nor as healthy (Envoy 1.40, membership_excluded).
_EXCLUDED = frozenset((DRAIN, *METRICS["excluded"]))
_DEGRADED = frozenset(METRICS["degraded"])


def pressure(found: Endpoints, topology: Topology) -> Mapping[str, tuple[float, float]]:
    """By pool: 1 in panic (else 0), and the part 0–1 of the traffic that its first priority gets; NaN where there is no other."""
    words, levels = found.words.get("health_flags"), found.words.get("priority")
    if words is None:
        return {}
    if all(map("healthy".__eq__, words)) and len(set(levels or ())) <= 1:
        return dict.fromkeys(found.pools, (0.0, NAN))
    counts: dict[str, dict[int, list[int]]] = {}
    kinds: dict[str, int] = {}
    for index, (pool, word) in enumerate(zip(found.pools, words, strict=True)):
        level = levels[index] if levels is not None else "0"
        at = counts.setdefault(pool, {}).setdefault(int(level) if level.isdecimal() and len(level) < 10 else 0, [0, 0, 0, 0])
        at[kinds[word] if word in kinds else kinds.setdefault(word, _kind(word))] += 1
    return {name: _pressure(levels_of, name, topology) for name, levels_of in counts.items()}


HEALTHY, WORN, UNFIT_KIND, EXCLUDED_KIND = range(4)


def _kind(word: str) -> int:
    found = flags(word)
    if found & _EXCLUDED:
        return EXCLUDED_KIND
    if found & UNFIT:
        return UNFIT_KIND
    return WORN if found & _DEGRADED else HEALTHY


def _pressure(levels: Mapping[int, list[int]], name: str, topology: Topology) -> tuple[float, float]:
    if len(levels) == 1 and all(counts[HEALTHY] and not counts[WORN] and not counts[UNFIT_KIND] for counts in levels.values()):
        return (0.0, NAN)
    pool = topology.pool(name)
    factor = DEFAULT_OVERPROVISIONING_PERCENT if pool is None else overprovisioning_percent(pool)
    threshold = DEFAULT_PANIC_PERCENT if pool is None else panic_percent(pool)
    ordered = [levels[level] for level in sorted(levels)]
    hosts, members = [sum(counts) for counts in ordered], [sum(counts[:EXCLUDED_KIND]) for counts in ordered]
    healthy, worn = [counts[HEALTHY] for counts in ordered], [counts[WORN] for counts in ordered]
    panic, loads = loads_of(members, healthy, worn, factor, threshold, hosts)
    return (float(any(panic)), sum(loads[0]) / 100 if len(ordered) > 1 else NAN)
