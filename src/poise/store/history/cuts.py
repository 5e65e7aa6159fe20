"""What had to go for want of room though it was not too old."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from poise.store.history.schema import CUT, PART
from poise.store.history.tiers import TIERS


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of that tier before `until` had to go because all together were more than `most_bytes`."""

    until: float
    most_bytes: int


def note_cut(connection: Connection, part: int, most_bytes: float) -> None:
    """That part goes; within the caller's transaction."""
    gone = connection.execute(select(PART).where(PART.c.id == part)).one()
    connection.execute(delete(CUT).where(CUT.c.subject == gone.subject, CUT.c.tier == gone.tier))
    until = gone.start + TIERS[gone.tier].part_seconds
    connection.execute(insert(CUT).values(subject=gone.subject, tier=gone.tier, until=until, most_bytes=int(most_bytes)))


def cuts(connection: Connection) -> dict[tuple[int, int], Cut]:
    """The newest of each load balancer's number and tier."""
    return {(row.subject, row.tier): Cut(row.until, row.most_bytes) for row in connection.execute(select(CUT)).all()}
