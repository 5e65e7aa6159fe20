"""What was changed at the running load balancer without its file: weights, states, limits, and reloads, seen between two looks."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from poise.incidents.log_event import REPLACED, WITH_RELOAD
from poise.model.sample import Event, Sample

WATCHED = {"weight": "weight", "maxconn": "maxconn", "session_limit": "session limit"}
SWITCHED = {"maintenance": ("taken into maintenance", "back from maintenance"), "drain": ("set to drain", "no longer draining")}


class RunningChanges:
    """Keeps the last value of what operators change by hand."""

    def __init__(self, load_balancer: str = "lb1") -> None:
        self._load_balancer = load_balancer
        self._last: dict[tuple[str, str], float] = {}

    def see(self, samples: Iterable[Sample], now: datetime, kinds: Mapping[str, str]) -> tuple[Event, ...]:
        """The events between the last look and this one. `kinds` is the kind of each component, for its name in the contract's words."""
        found: list[Event] = []
        moved: dict[tuple[str, str], list[str]] = {}
        reloaded = False
        for sample in samples:
            if sample.metric not in WATCHED and sample.metric not in SWITCHED and sample.metric not in ("pid", "up"):
                continue
            key = (sample.component, sample.metric)
            old, self._last[key] = self._last.get(key), sample.value
            if old is None or old == sample.value:
                continue
            name = f"{kinds.get(sample.component, '')} {sample.component}".strip()
            if sample.metric == "pid":
                reloaded = True
                found.append(Event(now, "change", f"{REPLACED} (process {old:.0f} → {sample.value:.0f}): reloaded or restarted", name))
            elif sample.metric == "up":
                found.append(Event(now, "note", f"{name} is {'up' if sample.value else 'down'}", name))
            elif sample.metric in SWITCHED:
                found.append(Event(now, "change", f"{name} was {SWITCHED[sample.metric][sample.value == 0]}", name))
            else:
                pool, _, server = sample.component.rpartition("/")
                group = (sample.metric, f"pool {pool}" if pool and kinds.get(sample.component) == "server" else name)
                moved.setdefault(group, []).append(f"{server if pool else name} {old:.0f} → {sample.value:.0f}")
        how = WITH_RELOAD if reloaded else "at run time"
        # One act changes many servers: it is one event, of the pool.
        found += [Event(now, "change", f"{WATCHED[m]} in {where} {how}: {', '.join(what)}", where) for (m, where), what in moved.items()]
        return tuple(found)
