"""Chunks as rows, for who reads them and who makes them coarser."""

import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from poise.model.frame import is_counter
from poise.store.history.codec import CodecError, unpacked
from poise.store.history.merge import Floats, Rows, joined, nothing, risen
from poise.store.history.schema import CHUNK, LAYOUT
from poise.store.history.tiers import RAW, Tier

MOST_NAMES_BYTES = 64 * 1024 * 1024


class Names:
    """The components of layouts, each read once. `unreadable` counts what could not be understood."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, tuple[str, ...]] = {}
        self.unreadable = 0

    def of(self, layout: int) -> tuple[str, ...]:
        """Empty where they cannot be read."""
        if layout not in self._known:
            data = self._connection.execute(select(LAYOUT.c.names).where(LAYOUT.c.id == layout)).scalar()
            self._known[layout] = _names(data)
        return self._known[layout]


@dataclass(frozen=True, slots=True)
class Span:
    """Which chunks: of these parts, of one series, those that may hold rows from `start` on and before `end`; of `only` these components,
    in their order; of all that, the `newest` chunks alone."""

    parts: Collection[int]
    series: int
    start: float = -np.inf
    end: float = np.inf
    only: tuple[str, ...] | None = None
    newest: int | None = None


def rows_of(connection: Connection, names: Names, span: Span, metric: str, tier: Tier) -> Rows:
    """Those rows, in order. Counters of raw rows are made to rises."""
    rows = stored(connection, names, span)
    if tier is RAW and is_counter(metric):
        rises = risen(rows.values)
        return Rows(rows.components, rows.seconds, rises, rises, rises)
    return rows


def stored(connection: Connection, names: Names, span: Span) -> Rows:
    """Those rows as they stand: a counter's raw ones are its totals."""
    query = select(CHUNK.c.kind, CHUNK.c.start, CHUNK.c.layout, CHUNK.c.data)
    mine = (CHUNK.c.part.in_(list(span.parts)), CHUNK.c.series == span.series)
    if np.isfinite(span.start):
        # The chunk that `start` falls into begins before it.
        first = connection.execute(select(func.max(CHUNK.c.start)).where(*mine, CHUNK.c.start <= span.start)).scalar()
        query = query.where(CHUNK.c.start >= (span.start if first is None else first))
    if np.isfinite(span.end):
        query = query.where(CHUNK.c.start < span.end)
    query = query.where(*mine)
    if span.newest is None:
        chunks = connection.execute(query.order_by(CHUNK.c.start, CHUNK.c.id)).all()
    else:
        chunks = connection.execute(query.order_by(CHUNK.c.start.desc(), CHUNK.c.id.desc()).limit(span.newest)).all()[::-1]
    found: list[Rows] = []
    held: list[Any] = []
    for chunk in chunks:
        if held and chunk.kind == 0:
            found += _rows(names, held, span.only)
            held = []
        held.append(chunk)
    found += _rows(names, held, span.only)
    return _in_order(joined(found) if found else nothing(), span.only)


def _rows(names: Names, chunks: Sequence[Any], wanted: tuple[str, ...] | None) -> Iterable[Rows]:
    """The rows of one chunk and of its least and most; none where it cannot be read, which is counted."""
    if not chunks or chunks[0].kind != 0:
        names.unreadable += len(chunks)
        return
    components = names.of(chunks[0].layout)
    columns: Any = slice(None)
    if wanted is not None:
        place = {name: i for i, name in enumerate(components)}
        kept = tuple(name for name in wanted if name in place)
        columns = [place[name] for name in kept]
    try:
        seconds, values = unpacked(chunks[0].data)
        if values.shape[1] != len(components):
            raise CodecError("its columns have other names")
        others: dict[int, Floats] = {}
        for chunk in chunks[1:]:
            _, others[chunk.kind] = unpacked(chunk.data)
            if others[chunk.kind].shape != values.shape:
                raise CodecError("its least and most are of other rows")
    except CodecError:
        names.unreadable += 1
        return
    least, most = others.get(1, values), others.get(2, values)
    here = components if wanted is None else kept
    if here:
        yield Rows(here, seconds, values[:, columns], least[:, columns], most[:, columns])


def _in_order(rows: Rows, wanted: tuple[str, ...] | None) -> Rows:
    """With these components alone, as far as there are any, in this order."""
    if wanted is None:
        return rows
    here = tuple(name for name in wanted if name in rows.components)
    if here == rows.components:
        return rows
    place = [rows.components.index(name) for name in here]
    return Rows(here, rows.seconds, rows.values[:, place], rows.least[:, place], rows.most[:, place])


def _names(data: Any) -> tuple[str, ...]:
    try:
        found = json.loads(zlib.decompressobj().decompress(data, MOST_NAMES_BYTES))
    except (TypeError, ValueError, zlib.error):
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()
