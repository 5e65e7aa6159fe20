"""Every write takes far longer inside the database: the server-side statement mean rises, no lock is waited for."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.postgres import connect
from poise.lab.stack import Lab

_FUNCTION = """
CREATE OR REPLACE FUNCTION items_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$
"""
_TRIGGER = "CREATE TRIGGER items_audit BEFORE UPDATE ON items FOR EACH STATEMENT EXECUTE FUNCTION items_audit()"


async def _define(lab: Lab, body: str) -> None:
    session = await connect(lab.addresses.database.direct[1])
    try:
        await session.execute(_FUNCTION.format(body=body))
        if not await session.fetchval("SELECT 1 FROM pg_trigger WHERE tgname = 'items_audit'"):
            await session.execute(_TRIGGER)
    finally:
        await session.close()


async def _inject(lab: Lab) -> Mode:
    await _define(lab, f"PERFORM pg_sleep({lab.plan.statement_ms / 1000.0:.3f});")
    return "session"


async def _clear(lab: Lab) -> None:
    # The function is emptied and the trigger stays: dropping it would wait for, and block, every open transaction.
    await _define(lab, "")


FAULT = LabFault("database-slow", "database", lambda plan: ("database main",), ("session",), _inject, _clear)
