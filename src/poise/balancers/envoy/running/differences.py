"""Where the running Envoy and its files say different things: a file that was edited and not taken. Pure.

Weights of endpoints are compared at every look; this is the rest: how a pool splits, checks and limits, and which routes lead where.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from poise.balancers.envoy.running.dump import COMPARED
from poise.model.light import dataclass
from poise.model.topology import Listener, Pool, Topology

REDACTED = "[redacted]"
_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)s")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_ENUM = re.compile(r"[A-Z][A-Z0-9_]*")
# The first values of the enumerations of a cluster (envoy/config/cluster/v3, core/v3, type/v3): Envoy does not tell them.
_FIRST = frozenset(
    ("STATIC", "ROUND_ROBIN", "AUTO", "USE_CONFIGURED_PROTOCOL", "NO_FALLBACK", "METADATA_NO_FALLBACK", "NOT_DEFINED", "XX_HASH", "DEFAULT",
     "HTTP1", "UNKNOWN", "HUNDRED", "METHOD_UNSPECIFIED", "ALLOW")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting. `component` in the contract's words, `file` and `running`, None where there is nothing; `line` in the file."""

    component: str
    setting: str
    file: str | None
    running: str | None
    line: int | None = None

    @property
    def text(self) -> str:
        """A sentence."""
        where = "" if self.line is None else f" (line {self.line})"
        said = "has none" if self.file is None else f"has {_short(self.file)}"
        runs = "what runs has none" if self.running is None else f"what runs has {_short(self.running)}"
        return f"{self.setting}: the file{where} {said}, {runs}"


def differences(file: Topology, running: Topology, clusters: Collection[str]) -> tuple[Difference, ...]:
    """All of them; `clusters` are all that run. What runs beside the file counts only where the file says that there is nothing else."""
    found: list[Difference] = []
    for pool in file.pools:
        other = running.pool(pool.name)
        if pool.name not in clusters:
            found.append(Difference(f"pool {pool.name}", "the pool", "it", None, pool.location.line))
        elif other is not None:
            found += _of_pool(pool, other)
    if file.complete:
        found += [Difference(f"pool {name}", "the pool", None, "it") for name in clusters if file.pool(name) is None]
    listeners = {listener.name: listener for listener in running.listeners}
    for listener in file.listeners:
        if listener.name in listeners:
            found += _of_routes(listener, listeners[listener.name])
    return tuple(found)


def _of_pool(pool: Pool, running: Pool) -> Iterator[Difference]:
    named = f"pool {pool.name}"
    mine, theirs = _settings(pool.options), _settings(running.options)
    for path in [*mine, *(path for path in theirs if path not in mine)]:
        ours, runs = mine.get(path), theirs.get(path)
        if not _alike(ours, runs):
            place = pool.places.get(path)
            yield Difference(named, path, ours, runs, None if place is None else place.line)
    if not running.localities:
        return
    weights = {(each.name, each.priority): each.weight for each in running.localities}
    for locality in pool.localities:
        key = (locality.name, locality.priority)
        # 0 is what a weight that nobody wrote is.
        if key in weights and (weights[key] or 0) != (locality.weight or 0):
            place = locality.weight_location or locality.location
            name = f"weight of locality {locality.name or '(unnamed)'}"
            yield Difference(named, name, _told(locality.weight), _told(weights[key]), place.line)


def _settings(options: Mapping[str, str]) -> dict[str, str]:
    return {path: value for path, value in options.items() if re.split(r"[.\[]", path, maxsplit=1)[0] in COMPARED and path != "name"}


def _of_routes(listener: Listener, running: Listener) -> Iterator[Difference]:
    """Routes by what they match and where they lead; a listener that takes its routes elsewhere has none to compare."""
    if not listener.routes or not running.routes:
        return
    mine, theirs = _ways(listener), _ways(running)
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        ours, runs = mine.get(key), theirs.get(key)
        if ours is None or runs is None or (ours[0] or 0) != (runs[0] or 0):
            told = [None if side is None else _told(side[0]) or "a route" for side in (ours, runs)]
            place = None if ours is None else ours[1]
            name = f"{'weight of' if ours and runs else 'route'} {key[0] or 'all that is left'} → {key[1]}"
            yield Difference(f"listener {listener.name}", name, told[0], told[1], place)


def _ways(listener: Listener) -> dict[tuple[str | None, str, int], tuple[int | None, int]]:
    found: dict[tuple[str | None, str, int], tuple[int | None, int]] = {}
    for route in listener.routes:
        times = 0
        while (route.condition, route.pool, times) in found:
            times += 1
        found[route.condition, route.pool, times] = (route.weight, route.location.line)
    return found


def _alike(file: str | None, running: str | None) -> bool:
    if REDACTED in (file, running):
        return True
    ours, runs = _plain(file), _plain(running)
    if ours == runs:
        return True
    # A value of an enumeration may be written as its number.
    return (runs == "" and ours in _FIRST) or (ours.isdigit() and _ENUM.fullmatch(runs) is not None)


def _plain(value: str | None) -> str:
    """Zero, false and nothing are the same; 0.25s is 0.250s, 1.0 is 1."""
    if value is None or value == "false":
        return ""
    duration = _DURATION.fullmatch(value)
    number = duration[1] if duration else value if _NUMBER.fullmatch(value) else None
    if number is None:
        return value
    return "" if float(number) == 0 else f"{float(number):g}{'s' if duration else ''}"


def _told(number: int | None) -> str | None:
    return None if number is None else str(number)


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}…"


def by_component(found: Iterable[Difference]) -> dict[str, list[Difference]]:
    """By component, in order."""
    sorted_in: dict[str, list[Difference]] = {}
    for each in found:
        sorted_in.setdefault(each.component, []).append(each)
    return sorted_in
