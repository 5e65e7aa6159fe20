"""What was changed at the running load balancer without its file: weights, states, limits, and reloads, seen between two looks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from poise.incidents.log_event import REPLACED, WITH_RELOAD
from poise.model.component_label import component_label
from poise.model.sample import Block, Event, Sample

WATCHED = {"weight": "weight", "maxconn": "maxconn", "session_limit": "session limit"}
FOLLOWED = frozenset((*WATCHED, "maintenance", "drain", "pid", "up"))
SWITCHED = {"maintenance": ("taken into maintenance", "back from maintenance"), "drain": ("set to drain", "no longer draining")}
# nginx's limit is what connections to servers leave of worker_connections: it strays with the load, and nobody changed it.
STRAYS = 0.1

Move = tuple[str, str, float, float]  # component, metric, before, now


class RunningChanges:
    """Keeps the last value of what operators change by hand."""

    def __init__(self, load_balancer: str = "lb1") -> None:
        self._load_balancer = load_balancer
        self._last: dict[tuple[str, str], float] = {}
        self._blocks: dict[tuple[str, tuple[str, ...]], tuple[tuple[str, ...], NDArray[np.float64]]] = {}

    def see(self, samples: Iterable[Sample], now: datetime, kinds: Mapping[str, str], blocks: Iterable[Block] = ()) -> tuple[Event, ...]:
        """The events between the last look and this one. `kinds` is the kind of each component, for its name in the contract's words."""
        moves = [move for sample in samples if sample.metric in FOLLOWED and (move := self._move(sample)) is not None]
        return _events([*moves, *(move for block in blocks for move in self._moves(block))], now, kinds)

    def _move(self, sample: Sample) -> Move | None:
        key = (sample.component, sample.metric)
        old, self._last[key] = self._last.get(key), sample.value
        return None if old is None or old == sample.value else (sample.component, sample.metric, old, sample.value)

    def _moves(self, block: Block) -> Iterator[Move]:
        """What differs from the last look, as a whole: thousands of servers that stand still cost microseconds."""
        columns = [i for i, metric in enumerate(block.metrics) if metric in FOLLOWED]
        values = block.values[:, columns]
        key = (block.source, block.metrics)
        components, before = self._blocks.get(key, ((), values[:0]))
        if components is not block.components:
            place = {name: row for row, name in enumerate(components)}
            old, before = before, np.full(values.shape, np.nan)
            for row, name in enumerate(block.components):
                if name in place:
                    before[row] = old[place[name]]
        # What was not measured this time is still what it was.
        unknown = np.isnan(values)
        self._blocks[key] = (block.components, np.where(unknown, before, values) if unknown.any() else values)
        for row, column in np.argwhere((values != before) & ~unknown & ~np.isnan(before)).tolist():
            yield block.components[row], block.metrics[columns[column]], float(before[row, column]), float(values[row, column])


def _events(moves: Iterable[Move], now: datetime, kinds: Mapping[str, str]) -> tuple[Event, ...]:
    found: list[Event] = []
    moved: dict[tuple[str, str], list[str]] = {}
    reloaded = False
    for component, metric, old, new in moves:
        name = component_label(kinds.get(component, ""), component).strip()
        if metric == "pid":
            reloaded = True
            found.append(Event(now, "change", f"{REPLACED} (process {old:.0f} → {new:.0f}): reloaded or restarted", name))
        elif metric == "up":
            found.append(Event(now, "note", f"{name} is {'up' if new else 'down'}", name))
        elif metric in SWITCHED:
            found.append(Event(now, "change", f"{name} was {SWITCHED[metric][new == 0]}", name))
        elif metric == "session_limit" and abs(new - old) < STRAYS * old:
            continue
        else:
            pool, _, server = component.rpartition("/")
            group = (metric, f"pool {pool}" if pool and kinds.get(component) == "server" else name)
            moved.setdefault(group, []).append(f"{server if pool else name} {old:.0f} → {new:.0f}")
    how = WITH_RELOAD if reloaded else "at run time"
    # One act changes many servers: it is one event, of the pool.
    found += [Event(now, "change", f"{WATCHED[m]} in {where} {how}: {', '.join(what)}", where) for (m, where), what in moved.items()]
    return tuple(found)
