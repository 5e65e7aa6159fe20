"""Losses that are the same but for names: of servers that nothing tells apart it does not matter which one is gone."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

from poise.balance.splits import fair
from poise.model.needs import PoolNeeds
from poise.model.split import Split
from poise.model.topology import Pool, Server


class SameLosses:
    """The splits of a pool without some of its servers, each made once by `make`, which is told whether to simulate it."""

    def __init__(self, pool: Pool, needs: PoolNeeds, make: Callable[[frozenset[str], bool], Split | None]) -> None:
        self._make = make
        by_kind = fair(pool)
        numbers: dict[Hashable, int] = {}
        self._numbers = {s.name: numbers.setdefault(_kind(s, needs) if by_kind else s.name, len(numbers)) for s in pool.servers}
        self._made: dict[tuple[int, ...], tuple[frozenset[str], Split | None]] = {}
        self._worth: frozenset[tuple[int, ...]] = frozenset()

    def simulate(self, sets: Iterable[frozenset[str]], most: int, gone: Callable[[frozenset[str]], float]) -> None:
        """Of these losses those are to be simulated by which most is `gone`, so many of them."""
        first: dict[tuple[int, ...], frozenset[str]] = {}
        for lost in sets:
            first.setdefault(self._key(lost), lost)
        self._worth = frozenset(sorted(first, key=lambda key: (-gone(first[key]), key))[:most])

    def without(self, lost: frozenset[str]) -> Split | None:
        """The split of what is left without these."""
        key = self._key(lost)
        if key not in self._made:
            self._made[key] = (lost, self._make(lost, key in self._worth))
        first, split = self._made[key]
        if split is None or first == lost:
            return split
        return _renamed(split, self._exchanged(first, lost))

    def _key(self, lost: frozenset[str]) -> tuple[int, ...]:
        return tuple(sorted([self._numbers[name] for name in lost]))

    def _exchanged(self, first: Collection[str], lost: Collection[str]) -> Mapping[str, str]:
        """Names to exchange in pairs, so that the loss of `first` becomes that of `lost`."""
        if len(lost) == 1:
            (one,), (other,) = first, lost
            return {one: other, other: one}
        by_kind: defaultdict[int, list[str]] = defaultdict(list)
        for name in sorted(set(first) - set(lost)):
            by_kind[self._numbers[name]].append(name)
        pairs = {name: by_kind[self._numbers[name]].pop() for name in sorted(set(lost) - set(first))}
        return pairs | {other: name for name, other in pairs.items()}


def _kind(server: Server, needs: PoolNeeds) -> Hashable:
    if server.backup or server.role == "backup":
        return server.name  # the first one that is up may serve alone
    times, places = needs.service_time_ms_by_server or {}, needs.concurrency_by_server or {}
    own = (times.get(server.name), places.get(server.name))
    limits = (server.maxconn, server.minconn, server.maxqueue)
    return (server.weight, server.disabled, server.role, *limits, server.priority, server.locality, server.health, *own)


def _renamed(split: Split, names: Mapping[str, str]) -> Split:
    def each(values: Mapping[str, float]) -> Mapping[str, float]:
        changed = {name: values[other] for name, other in names.items() if values[name] != values[other]} if values else None
        return {**values, **changed} if changed else values

    limits = {names.get(name, name): limit for name, limit in split.limits.items()} if split.limits else split.limits
    return Split(
        each(split.shares),
        split.basis,
        each(split.uncertainty),
        split.dispersion,
        split.judged_by,
        split.explanation,
        split.deterministic,
        limits,
        each(split.sampling),
    )
