"""The database probe against a real PostgreSQL: locks that hang the application, a full server, statistics that are and are not there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from test_probes import figures, port

from poise.lab.binaries import find_postgres
from poise.lab.postgres import start
from poise.lab.processes import Supervisor
from poise.model.could_not import CouldNot
from poise.probes.database import FROM_DATABASE, FROM_STATEMENTS, DatabaseProbe

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CONNECTIONS = 12


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[str]:
    found = find_postgres()
    assert not isinstance(found, CouldNot), found
    supervisor, number = Supervisor(folder), port()
    try:
        await start(found, supervisor, folder, number, CONNECTIONS)
        yield f"postgresql://poise:not-told@127.0.0.1:{number}/app"
    finally:
        await supervisor.stop()


async def until(probe: DatabaseProbe, metric: str, value: float) -> dict[str, float]:
    """Look until the figure is there."""
    async with asyncio.timeout(20):
        while True:
            seen = figures(await probe.sample(NOW))
            if seen.get(metric) == value:
                return seen
            await asyncio.sleep(0.05)


@pytest.mark.live
def test_what_the_database_says_while_its_locks_hang_the_application(tmp_path: Path) -> None:
    async def story() -> None:
        async with postgres(tmp_path) as dsn:
            probe = DatabaseProbe(dsn)
            holder, waiter = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
            quiet = figures(await probe.sample(NOW))
            assert (quiet["active"], quiet["lock_waits"]) == (0, 0) and quiet["connections"] == 3
            # max_connections less the three that are kept for the superuser.
            assert quiet["connection_limit"] == CONNECTIONS - 3
            transaction = holder.transaction()
            await transaction.start()
            await holder.execute("LOCK TABLE items")
            hung = asyncio.ensure_future(waiter.fetchval("SELECT count(*) FROM items"))
            locked = await until(probe, "lock_waits", 1)
            assert (locked["active"], locked["idle_in_transaction"]) == (1, 1)
            await transaction.rollback()
            assert await hung == 2000
            await probe.close()
            await holder.close()
            await waiter.close()

    asyncio.run(story())


@pytest.mark.live
def test_statement_times_come_from_the_best_source_there_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with postgres(tmp_path) as dsn:
            probe, application = DatabaseProbe(dsn), await asyncpg.connect(dsn)
            first = figures(await probe.sample(NOW))
            if first["statement_source"] == FROM_STATEMENTS:
                # Our own looks are no statements of the application's.
                assert "statement_ms" not in figures(await probe.sample(NOW))
                for _ in range(5):
                    await application.fetchval("SELECT pg_sleep(0.05)")
                assert 50 <= figures(await probe.sample(NOW))["statement_ms"] < 500
                await application.execute("DROP EXTENSION pg_stat_statements")
            assert figures(await probe.sample(NOW))["statement_source"] == FROM_DATABASE
            for _ in range(5):
                await application.fetchval("SELECT pg_sleep(0.05)")
            await application.close()
            mean = 0.0
            async with asyncio.timeout(20):
                while mean < 20:
                    await asyncio.sleep(0.1)
                    mean = figures(await probe.sample(NOW)).get("statement_ms", 0.0)
            assert mean < 500
            await probe.close()

    asyncio.run(story())


@pytest.mark.live
def test_a_full_server_still_answers_the_session_that_was_there_and_comes_back(tmp_path: Path) -> None:
    async def story() -> None:
        async with postgres(tmp_path) as dsn:
            probe = DatabaseProbe(dsn)
            await probe.sample(NOW)
            others = []
            with pytest.raises(asyncpg.TooManyConnectionsError):
                for _ in range(CONNECTIONS):
                    others.append(await asyncpg.connect(dsn))
            assert figures(await probe.sample(NOW))["connections"] == CONNECTIONS
            late = await DatabaseProbe(dsn).look(NOW)
            assert not late.samples and "too many clients" in late.could_not[0].reason
            # A lost session is told once and opened again.
            killer = others.pop()
            await killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'poise'")
            readings = [await probe.look(NOW) for _ in range(3)]
            assert readings[-1].samples and "not-told" not in str([r.could_not for r in readings])
            for one in (*others, killer):
                await one.close()
            await probe.close()

    asyncio.run(story())


@pytest.mark.live
def test_a_database_that_is_not_there_is_told_without_its_password() -> None:
    async def story() -> None:
        number = port()
        found = await DatabaseProbe(f"postgresql://poise:not-told@127.0.0.1:{number}/app").look(NOW)
        assert not found.samples and f"127.0.0.1:{number}/app" in found.could_not[0].what
        assert "not-told" not in str(found.could_not)

    asyncio.run(story())
