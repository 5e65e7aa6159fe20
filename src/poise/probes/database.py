"""What PostgreSQL says of itself, from catalog views alone: they take no lock that an application can hold."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import asyncpg

from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.model.without_secrets import without_userinfo
from poise.probes.source import Reading

FROM_STATEMENTS, FROM_DATABASE = 1.0, 2.0
# Other sessions of ours (application_name poise) are left out, so that watching does not look like work.
ACTIVITY = """SELECT /* poise */
 (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
 current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true)::int, 0) AS connection_limit,
 (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS database_limit,
 count(*) FILTER (WHERE state = 'active') AS active,
 count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock') AS lock_waits,
 count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
 coalesce(extract(epoch FROM max(clock_timestamp() - query_start) FILTER (WHERE state = 'active')), 0)::float8 * 1000
  AS longest_statement_ms,
 coalesce(extract(epoch FROM max(clock_timestamp() - xact_start) FILTER (WHERE state LIKE 'idle in transaction%')), 0)::float8 * 1000
  AS longest_idle_ms
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'poise'"""
DATABASE = """SELECT /* poise */ xact_commit + xact_rollback AS transactions, active_time::float8 AS active_ms,
 deadlocks::float8 AS deadlocks
FROM pg_stat_database WHERE datname = current_database()"""
# Without the texts (showtext false) the server does not read its file of statements; ours are left out by their ids.
STATEMENTS = """SELECT /* poise */ coalesce(sum(calls), 0)::float8 AS calls, coalesce(sum(total_exec_time), 0)::float8 AS ms
FROM pg_stat_statements(false)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT (queryid = ANY($1::bigint[]))"""
OURS = "SELECT /* poise */ queryid FROM pg_stat_statements WHERE query LIKE '%/* poise */%' AND queryid IS NOT NULL"


@dataclass(frozen=True, slots=True)
class _Totals:
    source: float
    calls: float
    ms: float


class DatabaseProbe:
    """Looks at one PostgreSQL over its own connection, kept open: when the server's limit is reached no new one would be let in.

    `name` is the component. The DSN may hold a password; it is in no message. `statement_ms` is the mean since the last look, from
    pg_stat_statements where that is installed (`statement_source` 1), else active time per transaction (2), which lags running statements.
    """

    def __init__(self, dsn: str, name: str = "main", seconds: float = 3.0) -> None:
        self.name = name
        self.where = _where(dsn)
        self._dsn, self._seconds = dsn, seconds
        self._connection: asyncpg.Connection | None = None
        self._ours: list[int] | None = None
        self._last: _Totals | None = None

    async def sample(self, now: datetime) -> tuple[Sample, ...]:
        """One look; no samples where the database cannot be asked (`look` also says why)."""
        return (await self.look(now)).samples

    async def look(self, now: datetime) -> Reading:
        """One look. A refused connection, a log-in that hangs or a lost session gives a CouldNot, and the next look connects again."""
        if self.where is None:
            return self._malformed()
        try:
            async with asyncio.timeout(self._seconds):
                connection = await self._connected()
                values = await self._measure(connection)
        except TimeoutError:
            await self._forget()
            return self._could_not(f"no answer within {self._seconds:g} s: is it overloaded, or the way to it slow?")
        except asyncpg.TooManyConnectionsError:
            return self._could_not(
                "too many clients already: its limit of connections is reached; raise max_connections or shrink the pools"
            )
        except asyncpg.InvalidAuthorizationSpecificationError as error:
            return self._could_not(
                f"{type(error).__name__}: the user or password is not accepted; check dsn in [watch.database.{self.name}]"
            )
        except (asyncpg.exceptions.ClientConfigurationError, ValueError):
            # The library's words repeat a piece of the DSN, which may be one of the password.
            await self._forget()
            return self._malformed()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            # The last of these is what asyncpg raises on a session that was cut in the middle of a statement.
            await self._forget()
            return self._could_not(f"{type(error).__name__}: {without_userinfo(str(error).replace(self._dsn, self.where))}")
        return Reading(tuple(Sample(now, self.name, metric, value) for metric, value in values.items()))

    async def close(self) -> None:
        """End the session."""
        await self._forget()

    async def _connected(self) -> "asyncpg.Connection":
        if self._connection is None or self._connection.is_closed():
            self._last = self._ours = None
            self._connection = await asyncpg.connect(self._dsn, timeout=self._seconds, server_settings={"application_name": "poise"})
            # A statement of ours must not wait behind anything, whatever the views do.
            await self._connection.execute("SET /* poise */ statement_timeout = '2500ms'; SET lock_timeout = '200ms'")
        return self._connection

    async def _measure(self, connection: "asyncpg.Connection") -> dict[str, float]:
        activity = await connection.fetchrow(ACTIVITY)
        database = await connection.fetchrow(DATABASE)
        assert activity is not None
        values = {name: float(activity[name]) for name in ("connections", "active", "lock_waits", "idle_in_transaction")}
        values |= {name: float(activity[name]) for name in ("longest_statement_ms", "longest_idle_ms", "connection_limit")}
        if activity["database_limit"] >= 0:
            values["connection_limit"] = min(values["connection_limit"], float(activity["database_limit"]))
        totals = await self._statements(connection)
        if database is not None:
            values |= {"transactions_total": float(database["transactions"]), "deadlocks_total": float(database["deadlocks"])}
            totals = totals or _Totals(FROM_DATABASE, float(database["transactions"]), float(database["active_ms"]))
        if totals is not None:
            last, self._last = self._last, totals
            values["statement_source"] = totals.source
            # Fewer calls than before: the statistics were reset.
            if last is not None and last.source == totals.source and totals.calls > last.calls and totals.ms >= last.ms:
                values["statement_ms"] = (totals.ms - last.ms) / (totals.calls - last.calls)
        return values

    async def _statements(self, connection: "asyncpg.Connection") -> _Totals | None:
        try:
            if self._ours is None:
                # Twice: only a statement that has run has an id.
                await connection.fetchrow(STATEMENTS, [])
                self._ours = [row["queryid"] for row in await connection.fetch(OURS)]
                self._ours = [row["queryid"] for row in await connection.fetch(OURS)]
            row = await connection.fetchrow(STATEMENTS, self._ours)
        except (
            asyncpg.UndefinedTableError,
            asyncpg.UndefinedFunctionError,
            asyncpg.ObjectNotInPrerequisiteStateError,
            asyncpg.InsufficientPrivilegeError,
        ):
            return None
        return None if row is None else _Totals(FROM_STATEMENTS, row["calls"], row["ms"])

    async def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.terminate()

    def _malformed(self) -> Reading:
        reason = (
            f"dsn in [watch.database.{self.name}] is not understood: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and in the "
            "password %2F for /, %40 for @, %3A for :, %23 for #, %3F for ?"
        )
        return Reading(could_not=(CouldNot(f"database {self.name}", reason),))

    def _could_not(self, reason: str) -> Reading:
        return Reading(could_not=(CouldNot(f"database {self.name} at {self.where}", reason),))


def _where(dsn: str) -> str | None:
    """Host, port and database without user and password; None for what is no such URL, such as one with a bare / in its password."""
    try:
        parts = urlsplit(dsn)
        port = parts.port or 5432
    except ValueError:
        # Several hosts are separated by commas, which asyncpg understands.
        hosts = re.fullmatch(r"postgres(?:ql)?://(?:[^@/?#]*@)?((?:[\w.-]+(?::\d+)?,)+[\w.-]+(?::\d+)?)(/[\w.-]*)?(?:\?[^@]*)?", dsn)
        return f"{hosts[1]}{hosts[2] or ''}" if hosts else None
    if parts.scheme not in ("postgresql", "postgres") or "@" in parts.path + parts.fragment:
        return None
    return f"{parts.hostname or 'local socket'}:{port}{parts.path}"
