"""What the databases show on their own side: only that separates a slow database from a slow way to it."""

from collections.abc import Iterable
from statistics import median

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import databases
from poise.diagnosis.shift import certainty, degree
from poise.faults.sign import Sign


def observe_databases(cut: Halves) -> Iterable[Sign]:
    """All signs of all databases."""
    for name in databases(cut):
        yield from _own(cut, name)
        yield from _connections(cut, name)
        yield from _fell(cut, name)
        yield from _between(cut, name)


def _own(cut: Halves, name: str) -> Iterable[Sign]:
    locks = cut.now(name, "lock_waits")
    if len(locks):
        usual = cut.median_normal(name, "lock_waits") or 0.0
        # A mean, not a median: waits come and go between two looks.
        waits = float(locks.mean())
        label = f"sessions of database {name} that wait for a lock"
        yield Sign("lock waits", name, label, usual, round(waits, 1), degree(4 * (waits - usual), certainty(len(locks))), "lock_waits")
    if (moved := cut.shift(name, "statement_ms", 1.0, 0.5, implied=2.0)) is not None:
        label = f"statement mean on the side of database {name}, ms"
        yield Sign("statement time", name, label, round(moved.expected, 2), round(moved.observed, 2), moved.degree_up, "statement_ms")
    if (moved := cut.shift(name, "active", 1.0, 0.5, implied=1.0)) is not None:
        label = f"active sessions of database {name}"
        yield Sign("active sessions", name, label, round(moved.expected, 1), round(moved.observed, 1), moved.degree_up, "active")


def _fell(cut: Halves, name: str) -> Iterable[Sign]:
    """Connections that applications gave back for good: a pool was made smaller, or its owner is gone."""
    moved = cut.shift(name, "connections", 1.0, 0.06)
    if moved is not None:
        label = f"connections of database {name}, which applications keep open"
        yield Sign("connections fell", name, label, round(moved.expected, 1), round(moved.observed, 1), moved.degree_down, "connections")


def _connections(cut: Halves, name: str) -> Iterable[Sign]:
    held, limit = cut.now(name, "connections"), cut.last(name, "connection_limit")
    if not len(held) or not limit:
        return
    ratio = float(held.max()) / limit
    label = f"connections of database {name}, its limit {limit:g}"
    surely = degree(3 + 25 * (ratio - 0.92), certainty(len(held)))
    yield Sign("connections", name, label, f"below {limit:g}", float(held.max()), surely, "connections, connection_limit")


def _between(cut: Halves, name: str) -> Iterable[Sign]:
    """Database time that the applications see and the database does not: what the network between them takes, in milliseconds added."""
    added = cut.shift(name, "statement_ms", 1.0, 0.5, implied=2.0)
    seen = [m for a in cut.window.stack.upstream(name) if (m := cut.shift(a, "database_ms", 2.0, 0.5, implied=2.0)) is not None]
    if added is None or not seen:
        return
    outside = median(m.observed - m.expected for m in seen) - max(added.observed - added.expected, 0.0)
    usual = median(m.expected for m in seen)
    sure = min(added.certainty, median(m.certainty for m in seen))
    label = f"time per statement that applications see added and database {name} does not, ms"
    surely = degree(outside / max(3.0, 0.5 * usual), sure)
    yield Sign("time before the database", name, label, 0.0, round(outside, 2), surely, "database_ms less statement_ms")
