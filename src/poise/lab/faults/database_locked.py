"""A session holds a lock on the table that every request writes, and does nothing."""

from poise.lab.faults.lab_fault import LabFault, Mode
from poise.lab.postgres import connect
from poise.lab.stack import Lab

_NAME = "database-locked"


async def _inject(lab: Lab) -> Mode:
    session = await connect(lab.addresses.database.direct[1], application="nightly-export")
    lab.held[_NAME] = [session]
    # Reads still pass, so a request gets its worker slot and then waits in it: the slots fill up, as with a forgotten migration.
    await session.execute("BEGIN; LOCK TABLE items IN EXCLUSIVE MODE")
    return "session"


async def _clear(lab: Lab) -> None:
    for session in lab.held.pop(_NAME, []):
        # Not close(): whoever repaired the fault may have ended this session already.
        session.terminate()


FAULT = LabFault(_NAME, "database", lambda plan: ("database main",), ("session",), _inject, _clear)
