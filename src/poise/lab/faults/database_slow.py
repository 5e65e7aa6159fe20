"""Every write takes far longer inside the database: the server-side statement mean rises, no lock is waited for."""

import random
from dataclasses import replace

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.plan import LabPlan
from poise.lab.postgres import connect
from poise.lab.stack import Lab

_FUNCTION = """
CREATE OR REPLACE FUNCTION items_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$
"""
_TRIGGER = "CREATE TRIGGER items_audit BEFORE UPDATE ON items FOR EACH STATEMENT EXECUTE FUNCTION items_audit()"


async def define(lab: Lab, milliseconds: float) -> None:
    """Every write takes so much longer from now on; 0 is as before."""
    body = f"PERFORM pg_sleep({milliseconds / 1000.0:.4f});" if milliseconds else ""
    session = await connect(lab.addresses.database.direct[1])
    try:
        await session.execute(_FUNCTION.format(body=body))
        if not await session.fetchval("SELECT 1 FROM pg_trigger WHERE tgname = 'items_audit'"):
            await session.execute(_TRIGGER)
    finally:
        await session.close()


def _prepare(plan: LabPlan, draw: random.Random) -> LabPlan:
    return replace(plan, statement_ms=round(plan.service_ms * draw.uniform(1.2, 2.0) / plan.load))


async def _inject(lab: Lab) -> Mode:
    await define(lab, lab.plan.statement_ms)
    return "session"


async def _clear(lab: Lab) -> None:
    # The function is emptied and the trigger stays: dropping it would wait for, and block, every open transaction.
    await define(lab, 0.0)


FAULT = LabFault("database-slow", "database", lambda plan: ("database main",), ("session",), _inject, _clear, prepare=_prepare)
