"""The database's sessions wait for locks, its statements take longer than they used to, or it has no connection left.

Only what the server itself says counts: an application's database time is the same with a slow network in between.
"""

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from poise.detectors.reading import latest, past, values
from poise.model.alert import State, Verdict
from poise.model.sample import Window

SECONDS = 6.0
# Two sessions behind a lock for six seconds, and a quarter of those at work: one waiting for another now and then is normal.
WAITERS, WAITING_PART = 2.0, 0.25
# Statements: five times their own past and 20 ms more. Without a past, only the absolute figure speaks.
TIMES, MORE_MS, LONE_MS = 5.0, 20.0, 250.0


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each database."""
    for database in window.stack.of_kind("database"):
        waits, active = values(window, database.name, "lock_waits", SECONDS), values(window, database.name, "active", SECONDS)
        if len(waits) < 3:
            why = "the database gave no samples"
            yield Verdict("database_waiting", f"database {database.name}", "unknown", "warning", False, "not measured", why)
            continue
        locked = float(np.median(waits)) >= max(WAITERS, WAITING_PART * float(np.median(active)))
        statement = values(window, database.name, "statement_ms", SECONDS)
        before = past(window, database.name, "statement_ms")
        usual = float(np.median(before)) if len(before) >= 10 else None
        mean = float(np.median(statement)) if len(statement) else 0.0
        limit = LONE_MS if usual is None else max(TIMES * usual, usual + MORE_MS)
        slow = len(statement) >= 3 and mean > limit
        used, allowed = latest(window, database.name, "connections"), latest(window, database.name, "connection_limit")
        full = bool(used and allowed and used >= allowed)
        said = "no waits"
        if locked:
            said = f"{np.median(waits):.0f} of {np.median(active):.0f} active sessions wait for a lock"
        elif slow:
            said = f"statements take {mean:.0f} ms"
        elif full:
            said = f"all {allowed:.0f} connections are taken"
        reason = (
            f"over {SECONDS:g} s: {np.median(waits):.0f} sessions wait for locks, statements {mean:.2f} ms"
            f" (before {'unknown' if usual is None else f'{usual:.2f} ms'}, alarm at {limit:.0f} ms), connections"
            f" {used or 0:.0f} of {allowed or 0:.0f}"
        )
        state: State = "bad" if locked or slow or full else "ok"
        figures = {"lock_waits": float(np.median(waits)), "statement_ms": mean}
        faults = ("database-locked",) if locked else ("database-slow",) if slow else ("database-connections",) if full else ()
        yield Verdict("database_waiting", f"database {database.name}", state, "warning", False, said, reason, faults, figures)
