"""A job holds all the connections that the database gives; the applications' own end one by one and cannot be opened again."""

import random
from dataclasses import replace

import asyncpg

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.postgres import connect
from poise.lab.stack import Lab

_NAME = "database-connections"
# Idle sessions of the applications end as at their pools' maximum lifetime.
_END_IDLE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename = 'app' AND application_name <> 'report-export' AND state = 'idle' LIMIT 4
"""
_ROUNDS = 40


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    del draw
    # A process of PostgreSQL for each: no more than two cores can start in a moment.
    return replace(plan, spare_connections=min(plan.connections - plan.slots, max(1, 120 // plan.servers - plan.slots)))


async def _inject(lab: Lab) -> Mode:
    port = lab.addresses.database.direct[1]
    held = lab.held.setdefault(_NAME, [])
    administrator = await connect(port, application="lab")
    try:
        for _ in range(_ROUNDS):
            await _take_all(port, held)
            if not await administrator.fetch(_END_IDLE):
                break
    finally:
        await administrator.close()
    return "session"


async def _take_all(port: int, held: list[asyncpg.Connection]) -> None:
    while True:
        try:
            held.append(await connect(port, application="report-export", user="app"))
        except (asyncpg.TooManyConnectionsError, OSError, TimeoutError):
            return


async def _clear(lab: Lab) -> None:
    for session in lab.held.pop(_NAME, []):
        session.terminate()


FAULT = LabFault(_NAME, "database", lambda plan: ("database main",), ("session",), _inject, _clear, prepare=_prepare)
