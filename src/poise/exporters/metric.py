"""What exporters tell Prometheus, and what each figure is in the words of recordings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from poise.model.plain_text import plain
from poise.model.sample import ComponentKind
from poise.model.series import Series
from poise.model.without_secrets import without_userinfo

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Labelled:
    """One series as Prometheus keeps it."""

    name: str
    labels: Mapping[str, str]
    series: Series

    def label(self, name: str) -> str:
        """That label on one line, without what cannot be seen and without passwords; "-" where it is not there."""
        return plain(without_userinfo(self.labels.get(name, "")))[:LONGEST_NAME] or "-"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of one component. `of` is the load balancer that tells it, as Prometheus tells them apart, "" for what is no load
    balancer's; `pool` is a server's."""

    of: str
    kind: ComponentKind
    name: str
    metric: str
    series: Series
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What one metric of an exporter is: `metric` of a `kind`, times `factor`. Only series with these `labels` are meant."""

    kind: ComponentKind
    metric: str
    factor: float = 1.0
    labels: Mapping[str, str] = field(default_factory=dict)


Table = Mapping[str, tuple[Column, ...]]
# Component's name by kind from the labels, with its pool; None where the series is of nothing that is watched.
Naming = Callable[[Labelled, ComponentKind], tuple[str, str | None] | None]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter. `metrics` are the names it is asked for and all that `read` knows, () for all that begins with its `prefixes`."""

    name: str
    prefixes: tuple[str, ...]
    metrics: tuple[str, ...]
    read: Callable[[Sequence[Labelled]], Iterable[Measured]]

    def knows(self, name: str) -> bool:
        """Whether that metric is read."""
        return name in self.metrics if self.metrics else name.startswith(self.prefixes)

    def selector(self, matchers: str = "") -> str:
        """Its series in PromQL, narrowed by matchers such as `job="edge"`."""
        names = "|".join(self.metrics) if self.metrics else f"({'|'.join(self.prefixes)}).+"
        return f'{{__name__=~"{names}"{f",{matchers}" if matchers else ""}}}'


def by_table(found: Sequence[Labelled], table: Table, naming: Naming, apart: str | None = "instance") -> Iterator[Measured]:
    """What the table says of these series. Series of the same component and metric are added up. `apart` is the label that tells load
    balancers apart, None for what is no load balancer's."""
    groups: dict[tuple[str, ComponentKind, str, str | None, str], list[Series]] = {}
    for one in found:
        for column in table.get(one.name, ()):
            if any(one.labels.get(label) != value for label, value in column.labels.items()):
                continue
            named = naming(one, column.kind)
            if named is None:
                continue
            of = "" if apart is None else one.label(apart)
            scaled = one.series if column.factor == 1 else Series(one.series.seconds, one.series.values * column.factor)
            groups.setdefault((of, column.kind, named[0], named[1], column.metric), []).append(scaled)
    for (of, kind, name, pool, metric), several in groups.items():
        yield Measured(of, kind, name, metric, added(several), pool)


def added(several: Sequence[Series]) -> Series:
    """Their sum at each instant that any of them has; one that is missing then adds nothing."""
    if len(several) == 1:
        return several[0]
    instants = np.unique(np.concatenate([s.seconds for s in several]))
    total = np.zeros(len(instants))
    for s in several:
        total[np.searchsorted(instants, s.seconds)] += s.values
    return Series(instants, total)


def mean(total: Series, count: Series, factor: float = 1.0) -> Series:
    """The mean of what was counted between two looks, from running totals; nothing where nothing was counted or a counter was reset."""
    instants, mine, theirs = np.intersect1d(total.seconds, count.seconds, assume_unique=True, return_indices=True)
    rise, counted = np.diff(total.values[mine]), np.diff(count.values[theirs])
    usable = (counted > 0) & (rise >= 0)
    return Series(instants[1:][usable], factor * rise[usable] / counted[usable])
