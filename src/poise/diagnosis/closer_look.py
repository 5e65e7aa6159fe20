"""Which parts of a large stack deserve a closer look: those whose figures moved most at the onset, or that differ most from their pool.

A closer look at a server costs a fifth of a millisecond, and a fleet has ten thousand. Every series is first held against its own past and
against its peers, by matrices; only the pools that stand out are then observed, with the applications and hops of their most conspicuous
servers and some of the others, so that "all" and "one" can still be told apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import pools
from poise.diagnosis.reduced import COUNTERS, LEVELS
from poise.model.frame import is_counter
from poise.model.sample import Component, Series, Stack

Grid = NDArray[np.float64]
# Below this many servers every part is observed.
FEW_SERVERS = 400
MOST_POOLS = 20
# Applications and hops observed beside the most conspicuous: evenly taken from the rest.
CONSPICUOUS, OTHERS = 150, 75
# What peers of one pool should have in common.
ALIKE = frozenset({"weight", "up", "requests_total", "in_flight", "queue", "responses_5xx_total", "response_ms"})
FLOORS: Mapping[str, float] = {m: f for table in (LEVELS, COUNTERS) for metrics in table.values() for m, f in metrics.items()}


def closer_look(cut: Halves) -> Halves:
    """The same cut over the parts that stand out; itself where the stack is small."""
    stack = cut.window.stack
    if len(stack.of_kind("server")) <= FEW_SERVERS:
        return cut
    scores = _scores(cut)
    ranked = sorted(pools(cut), key=lambda p: -_of_pool(scores, p.servers.values(), p.applications.values()))[:MOST_POOLS]
    servers = [component for parts in ranked for component in parts.servers.values()]
    behind = {c: parts.applications[s] for parts in ranked for s, c in parts.servers.items() if s in parts.applications}
    first = sorted(servers, key=lambda c: -(scores.get(c, 0.0) + scores.get(behind.get(c, ""), 0.0)))
    close = [*first[:CONSPICUOUS], *first[CONSPICUOUS :: max(1, (len(first) - CONSPICUOUS) // OTHERS)]]
    applications = {behind[c] for c in close if c in behind}
    kept = {*(parts.name for parts in ranked), *servers, *applications}
    ends = {*applications, *close}
    components = tuple(c for c in stack.components if _stays(c, kept, ends, stack))
    names = {c.name for c in components}
    edges = tuple((a, b) for a, b in stack.edges if a in names and b in names)
    narrowed = replace(cut.window, stack=Stack(components, edges), looked={})
    return Halves(narrowed, cut.before, cut.after, cut.onset, cut.ended)


def _stays(component: Component, kept: set[str], ends: set[str], stack: Stack) -> bool:
    if component.kind in ("pool", "server", "application"):
        return component.name in kept
    if component.kind == "hop":
        end = component.name.partition("→")[2]
        return end in ends or stack.kinds.get(end) not in ("server", "application", None)
    return True


def _of_pool(scores: Mapping[str, float], *names: Iterable[str]) -> float:
    """A pool stands out as its most conspicuous parts do."""
    return sum(sorted((scores.get(n, 0.0) for group in names for n in group), reverse=True)[:4])


def _scores(cut: Halves) -> Mapping[str, float]:
    """How far each component's figures are from their normal and from their peers': sums of log2(1 + scales)."""
    names: dict[tuple[str, int, float, float], list[tuple[str, Series]]] = {}
    watched = {c.name for kind in ("server", "application") for c in cut.window.stack.of_kind(kind)}
    for (component, metric), series in cut.window.series.items():
        if component in watched and len(series.values):
            key = metric, len(series.values), float(series.seconds[0]), float(series.seconds[-1])
            names.setdefault(key, []).append((component, series))
    scores: dict[str, float] = {}
    for (metric, *_), group in names.items():
        for component, score in zip((c for c, _ in group), _moved(cut, metric, group) + _apart(cut, metric, group), strict=True):
            scores[component] = scores.get(component, 0.0) + score
    return scores


def _levels(values: Grid, seconds: Grid, span: tuple[float, float], counter: bool) -> tuple[Grid, Grid] | None:
    """(level, scale of its noise) of each row within the span."""
    low, high = np.searchsorted(seconds, [span[0], span[1] + 1e-6])
    low = max(int(low) - int(counter), 0)
    part = values[:, low:high]
    if part.shape[1] < 2:
        return None
    if counter:
        rises = np.maximum(np.diff(part, axis=1), 0).sum(axis=1)
        lasted = max(float(seconds[high - 1] - seconds[low]), 1e-3)
        return rises / lasted, np.sqrt(rises + 1) / lasted
    level = _middle(part)
    return level, 1.4826 * _middle(np.abs(part - level[:, None]))


def _middle(rows: Grid) -> Grid:
    """The upper median of each row: close enough to look by, and twice as fast as the exact one."""
    half = rows.shape[1] // 2
    return np.asarray(np.partition(rows, half, axis=1)[:, half])


def _moved(cut: Halves, metric: str, group: list[tuple[str, Series]]) -> Grid:
    values, seconds = np.nan_to_num(np.stack([s.values for _, s in group])), group[0][1].seconds
    after = _levels(values, seconds, cut.after, is_counter(metric))
    before = None if cut.before is None else _levels(values, seconds, cut.before, is_counter(metric))
    if after is None or before is None:
        return np.zeros(len(group))
    scale = np.maximum(np.maximum(before[1], FLOORS.get(metric, 1.0)), 0.15 * np.abs(before[0]))
    if is_counter(metric):
        scale = np.maximum(np.hypot(before[1], after[1]), 0.15 * np.abs(before[0]))
    return np.asarray(np.log2(1 + np.abs(after[0] - before[0]) / scale))


def _apart(cut: Halves, metric: str, group: list[tuple[str, Series]]) -> Grid:
    """How far each is from the middle of its pool: what was wrong before the window began shows in no shift."""
    told = np.zeros(len(group))
    if metric not in ALIKE:
        return told
    values, seconds = np.nan_to_num(np.stack([s.values for _, s in group])), group[0][1].seconds
    after = _levels(values, seconds, cut.after, is_counter(metric))
    if after is None:
        return told
    rows: dict[str, list[int]] = {}
    for row, (component, _) in enumerate(group):
        rows.setdefault(component.rpartition("/")[0], []).append(row)
    for pool, members in rows.items():
        if pool and len(members) > 1:
            level, noise = after[0][members], after[1][members]
            middle = float(np.sort(level)[len(level) // 2])
            scale = np.maximum(np.maximum(noise, 1e-3 if is_counter(metric) else FLOORS.get(metric, 1.0)), 0.15 * abs(middle))
            told[members] = np.log2(1 + np.abs(level - middle) / scale)
    return told
