"""A job holds all the connections that the database gives; the applications' own end one by one and cannot be opened again."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.postgres import connect
from poise.lab.stack import Lab

_NAME = "database-connections"
# Idle sessions of the applications end as at their pools' maximum lifetime; what they open again is beyond the limit.
_END_IDLE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = 'app' AND application_name <> 'report-export' AND state = 'idle'
"""
_ROUNDS, _AT_ONCE = 20, 12


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    del draw
    # A process of PostgreSQL for each: no more than two cores can start in a moment.
    return replace(plan, spare_connections=min(plan.connections - plan.slots, max(1, 60 // plan.servers - plan.slots)))


async def _inject(lab: Lab) -> Mode:
    port = lab.addresses.database.direct[1]
    held = lab.held.setdefault(_NAME, [])
    administrator = await connect(port, application="lab")
    try:
        while await _take(port, held):
            pass
        lab.taken_at = datetime.now(UTC)
        for _ in range(_ROUNDS):
            if not await administrator.fetchval(_END_IDLE):
                break
            await _take(port, held)
    finally:
        await administrator.close()
    return "session"


async def _take(port: int, held: list[asyncpg.Connection]) -> bool:
    """Some more at once; whether all of them were given."""
    asked = [connect(port, application="report-export", user="app") for _ in range(_AT_ONCE)]
    given = await asyncio.gather(*asked, return_exceptions=True)
    held += [session for session in given if isinstance(session, asyncpg.Connection)]
    return not any(isinstance(session, BaseException) for session in given)


async def _clear(lab: Lab) -> None:
    for session in lab.held.pop(_NAME, []):
        session.terminate()


FAULT = LabFault(_NAME, "database", lambda plan: ("database main",), ("session",), _inject, _clear, prepare=_prepare)
