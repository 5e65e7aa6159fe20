"""What is over becomes coarser, and what is too old or too much is let go of: always a whole part, in one short transaction."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, delete, func, select, text, update

from poise.model.frame import is_counter
from poise.model.needs import KeptHistory
from poise.store.history.chunks import Names, Span, stored
from poise.store.history.codec import packed
from poise.store.history.cuts import note_cut
from poise.store.history.merge import Floats, Rows, merged, risen
from poise.store.history.schema import CHUNK, HAPPENING, LAYOUT, PART, SERIES, SETTING, SUBJECT
from poise.store.history.tiers import HOUR, MINUTE, RAW, TIERS, Tier, is_exact, kept_seconds

if TYPE_CHECKING:
    from poise.store.history.sample_history import Piece, SampleHistory

# Batches of a part that is over may still come: what waits for a locked file is a minute old.
GRACE_SECONDS = 120.0
# A total that is not in so many of the last chunks of the part before is that of somebody who has left.
NEWEST = 4
# Below what was said, so that not every batch has to make room.
ROOM = 0.95
# So many pages at once are given back to the disk.
PAGES = 2000
MOST_HAPPENINGS, MOST_SETTINGS = 20_000, 200


def roll_one(history: "SampleHistory", connection: Connection, now: float) -> bool:
    """Make the oldest part that is over, and is not in the next tier yet, coarser. False where there is none."""
    for tier, coarser in ((RAW, MINUTE), (MINUTE, HOUR)):
        over = (PART.c.tier == tier.number, PART.c.rolled.is_(False), PART.c.start + tier.part_seconds < now - GRACE_SECONDS)
        part = connection.execute(select(PART).where(*over).order_by(PART.c.start).limit(1)).first()
        if part is None:
            continue
        if tier is MINUTE:
            # Its last hour must be in it before it is made coarser.
            inner = (PART.c.subject == part.subject, PART.c.tier == RAW.number, PART.c.rolled.is_(False))
            first = connection.execute(select(func.min(PART.c.start)).where(*inner)).scalar()
            if first is not None and first < part.start + tier.part_seconds:
                continue
        _take_back(connection, part.subject, coarser, part.start, part.start + tier.part_seconds)
        history.insert(connection, part.subject, coarser, coarser.part_of(part.start), _pieces(connection, part, tier, coarser))
        connection.execute(update(PART).where(PART.c.id == part.id).values(rolled=True))
        return True
    return False


def trim(connection: Connection, kept: Mapping[tuple[str, str], KeptHistory], most_bytes: float, now: float) -> bool:
    """Let go of one part that is too old, or, while all is too large, of the oldest of the tier that is farthest above its quota."""
    with connection.begin():
        old = _too_old(connection, kept, now)
        doomed = old if old is not None else _too_much(connection, most_bytes)
        if doomed is not None:
            if old is None:
                note_cut(connection, doomed, most_bytes)
            for table in (CHUNK, LAYOUT):
                connection.execute(delete(table).where(table.c.part == doomed))
            connection.execute(delete(PART).where(PART.c.id == doomed))
        else:
            size, count, free = _pages(connection)
            driver: Any = connection.connection.driver_connection
            # Some at once: nobody who writes waits long for it. Python steps once over what has no columns, which is one page.
            for _ in range(min(free, PAGES) if size * count > most_bytes else 0):
                driver.execute("PRAGMA incremental_vacuum(1)")
    return doomed is not None


def trim_others(connection: Connection, days: float, now: float) -> None:
    """What happened and how the stack was set up: so many at most, and nothing that happened more than `days` ago."""
    longest = now - days * 86_400
    for subject in connection.execute(select(SUBJECT.c.id)).scalars().all():
        for table, most in ((HAPPENING, MOST_HAPPENINGS), (SETTING, MOST_SETTINGS)):
            mine = table.c.subject == subject
            last = connection.execute(select(table.c.at).where(mine).order_by(table.c.at.desc()).offset(most).limit(1)).scalar()
            until = longest if table is HAPPENING else 0.0
            connection.execute(delete(table).where(mine, table.c.at <= max(until, last if last is not None else 0.0)))


def _pieces(connection: Connection, part: Any, tier: Tier, coarser: Tier) -> Iterator["Piece"]:
    from poise.store.history.sample_history import Piece  # noqa: PLC0415 - it imports this module

    names = Names(connection)
    for series in connection.execute(select(SERIES).where(SERIES.c.subject == part.subject)).all():
        rows = stored(connection, names, Span((part.id,), series.id))
        if not len(rows.seconds):
            continue
        if tier is RAW and is_counter(series.metric):
            rises = risen(rows.values, _before(connection, names, part, series.id, rows.components))
            rows = Rows(rows.components, rows.seconds, rises, rises, rises)
        rows = merged(rows, series.metric, coarser.row_seconds)
        for kind, values in enumerate((rows.values, rows.least, rows.most)):
            if kind == 0 or not np.array_equal(values, rows.values, equal_nan=True):
                data = packed(rows.seconds, values, is_exact(series.metric))
                yield Piece(series.source, series.metric, kind, rows.components, float(rows.seconds[0]), data)


def _before(connection: Connection, names: Names, part: Any, series: int, components: tuple[str, ...]) -> Floats:
    """The last totals before this part, NaN where there are none."""
    found = np.full(len(components), np.nan)
    earlier = (PART.c.subject == part.subject, PART.c.tier == RAW.number, PART.c.start < part.start)
    previous = connection.execute(select(PART.c.id).where(*earlier).order_by(PART.c.start.desc()).limit(1)).scalar()
    if previous is None:
        return found
    rows = stored(connection, names, Span((previous,), series, only=components, newest=NEWEST))
    place = {name: i for i, name in enumerate(components)}
    for column, name in enumerate(rows.components):
        known = rows.values[~np.isnan(rows.values[:, column]), column]
        if len(known):
            found[place[name]] = known[-1]
    return found


def _take_back(connection: Connection, subject: int, tier: Tier, start: int, end: int) -> None:
    """What an earlier making of the same span left."""
    part = connection.execute(
        select(PART.c.id).where(PART.c.subject == subject, PART.c.tier == tier.number, PART.c.start == tier.part_of(start))
    ).scalar()
    if part is not None:
        connection.execute(delete(CHUNK).where(CHUNK.c.part == part, CHUNK.c.start >= start, CHUNK.c.start < end))


def _too_old(connection: Connection, kept: Mapping[tuple[str, str], KeptHistory], now: float) -> int | None:
    oldest = select(SUBJECT.c.name, SUBJECT.c.files, PART.c.subject, PART.c.tier, func.min(PART.c.start).label("start"))
    oldest = oldest.join(SUBJECT, SUBJECT.c.id == PART.c.subject).group_by(PART.c.subject, PART.c.tier)
    for row in connection.execute(oldest).all():
        tier = TIERS[row.tier]
        if row.start + tier.part_seconds < now - kept_seconds(kept.get((row.name, row.files), KeptHistory()), tier):
            same = (PART.c.subject == row.subject, PART.c.tier == row.tier, PART.c.start == row.start)
            return int(connection.execute(select(PART.c.id).where(*same)).scalar_one())
    return None


def _too_much(connection: Connection, most_bytes: float) -> int | None:
    size, count, free = _pages(connection)
    if (count - free) * size <= most_bytes * ROOM:
        return None
    sums = connection.execute(select(PART.c.tier, func.sum(PART.c.bytes)).group_by(PART.c.tier)).all()
    held = {int(row[0]): int(row[1]) for row in sums}
    if not held:
        return None
    tier = max(
        (tier for tier in TIERS if held.get(tier.number)), key=lambda tier: held[tier.number] - tier.quota * most_bytes, default=None
    )
    if tier is None:
        return None
    oldest = select(PART.c.id).where(PART.c.tier == tier.number).order_by(PART.c.start, PART.c.bytes.desc()).limit(1)
    return int(connection.execute(oldest).scalar_one())


def _pages(connection: Connection) -> tuple[int, int, int]:
    """The bytes of a page, how many there are, and how many of them are free."""
    size, count, free = (
        int(connection.execute(text(f"PRAGMA {each}")).scalar_one()) for each in ("page_size", "page_count", "freelist_count")
    )
    return size, count, free
