"""What came of a load balancer since it was last written: of each look the columns that are kept, as they came."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from poise.model.sample import Block, Event, Sample
from poise.store.history.merge import Floats
from poise.store.history.tiers import KEPT_METRICS, RAW

# What came singly stands in one table for each metric.
SAMPLES = "samples"
BYTES_A_SAMPLE = 150
# An array by itself takes as much as the figures of so many components.
MANY = 32


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """One metric of one table of one part: `values[t, i]` at `seconds[t]`."""

    source: str
    metric: str
    components: tuple[str, ...]
    seconds: Floats
    values: Floats


@dataclass(slots=True)
class _Look:
    """`columns` has an array for each metric that is kept, as a list or as the rows of a matrix."""

    seconds: float
    components: tuple[str, ...]
    columns: Sequence[Floats] | Floats


class Batch:
    """Takes looks, cheaply; gives what is to be written. `bytes` is about what it holds."""

    def __init__(self) -> None:
        self.bytes = 0
        self.first: float | None = None
        self.events: list[Event] = []
        self._looks: dict[tuple[str, tuple[str, ...]], list[_Look]] = {}
        self._samples: list[tuple[Sample, ...]] = []
        self._columns: dict[tuple[str, ...], list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._looks or self._samples or self.events)

    def add(self, now: float, samples: tuple[Sample, ...], blocks: Iterable[Block], events: Iterable[Event]) -> None:
        """One turn's."""
        for block in blocks:
            columns = self._columns.get(block.metrics)
            if columns is None:
                columns = self._columns[block.metrics] = [i for i, metric in enumerate(block.metrics) if metric in KEPT_METRICS]
            if columns and block.components:
                # A block holds two or three times as much as is kept, and would hold the memory until it is written.
                kept = block.values[:, columns].T
                look = _Look(block.at.timestamp(), block.components, kept if len(block.components) < MANY else list(map(_held, kept)))
                self._looks.setdefault((block.source, block.metrics), []).append(look)
                self.bytes += sum(column.nbytes for column in look.columns if column.strides[0])
        if samples:
            self._samples.append(samples)
            self.bytes += BYTES_A_SAMPLE * len(samples)
        self.events += events
        if self.first is None and self:
            self.first = now

    def figures(self) -> Iterator[Figures]:
        """All of it, in pieces that each stand in one part of the rows as they came and have the same columns from row to row."""
        for (source, metrics), looks in self._looks.items():
            names = [metrics[i] for i in self._columns[metrics]]
            for piece in _pieces(looks):
                seconds = np.array([look.seconds for look in piece])
                for place, metric in enumerate(names):
                    values = np.array([look.columns[place] for look in piece])
                    if not np.isnan(values).all():
                        yield Figures(source, metric, piece[0].components, seconds, values)
        yield from self._single()

    def _single(self) -> Iterator[Figures]:
        found: dict[tuple[str, int], list[Sample]] = {}
        for sample in (sample for samples in self._samples for sample in samples):
            found.setdefault((sample.metric, RAW.part_of(sample.at.timestamp())), []).append(sample)
        for (metric, _), samples in found.items():
            components = tuple(dict.fromkeys(sample.component for sample in samples))
            seconds, rows = np.unique([sample.at.timestamp() for sample in samples], return_inverse=True)
            place = {name: i for i, name in enumerate(components)}
            values = np.full((len(seconds), len(components)), np.nan)
            # The later word about the same instant holds.
            for row, sample in zip(rows.tolist(), samples, strict=True):
                values[row, place[sample.component]] = sample.value
            yield Figures(SAMPLES, metric, components, seconds, values)


def _held(column: Floats) -> Floats:
    """What is the same of all components, as most states, weights and limits are, is held once: of 1,000 servers a look waits with 40 KB
    instead of 130."""
    if (column == column[0]).all() or np.isnan(column).all():
        return np.broadcast_to(column[0].copy(), column.shape)
    return column.copy()


def _pieces(looks: list[_Look]) -> Iterator[list[_Look]]:
    piece: list[_Look] = []
    for look in looks:
        if piece and (look.components != piece[-1].components or RAW.part_of(look.seconds) != RAW.part_of(piece[-1].seconds)):
            yield piece
            piece = []
        piece.append(look)
    if piece:
        yield piece
