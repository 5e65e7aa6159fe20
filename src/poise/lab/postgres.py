"""The lab's PostgreSQL: a cluster of its own in the lab's directory."""

import asyncio
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import asyncpg

from poise.lab.binaries import Postgres
from poise.lab.error import LabError
from poise.lab.processes import Process, Supervisor

_CONF = """
listen_addresses = '{hosts}'
unix_socket_directories = ''
max_connections = {connections}
shared_buffers = 16MB
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
log_lock_waits = on
log_min_duration_statement = 1000
log_line_prefix = '%m [%p] %a '
{preload}
"""

_SCHEMA = """
CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, hits bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 2000) n;
CREATE ROLE app LOGIN;
GRANT ALL ON items TO app;
"""


def account() -> str:
    """How to run PostgreSQL, which refuses root: as we are, or in a user namespace, or where those are forbidden as `nobody`."""
    if os.geteuid() != 0:
        return "-"
    # initdb looks its user up, so the number must be one of this machine's accounts.
    uid = next((e.pw_uid for e in pwd.getpwall() if e.pw_name == "nobody"), 65534)
    return f"{'namespace' if _namespaces_allowed() else 'setuid'}:{uid}"


@cache
def _namespaces_allowed() -> bool:
    check = "import ctypes,sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"
    return subprocess.run([sys.executable, "-I", "-S", "-c", check], check=False, capture_output=True).returncode == 0


def prepare(directory: Path, who: str) -> None:
    """Lets the `nobody` of `setuid:UID` reach its folder; nothing to do otherwise."""
    if who.startswith("setuid:"):
        directory.chmod(0o711)
        uid = int(who.partition(":")[2])
        (directory / "database").mkdir()
        os.chown(directory / "database", uid, uid)


async def start(
    found: Postgres, supervisor: Supervisor, directory: Path, port: int, connections: int, path_host: str | None = None
) -> Process:
    """initdb, postgres, and the application's table. Returns when the table is there. `path_host`: also listen there (trusting /24)."""
    who = account()
    data = directory / "database"
    prepare(directory, who)
    options = ["-D", str(data), "-A", "trust", "-U", "poise", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    initdb = supervisor.spawn("initdb", [str(found.bin / "initdb"), *options], environment=_environment(found), account=who)
    code = await initdb.ended(60.0)
    if code != 0:
        raise LabError(f"initdb {'ended with ' + str(code) if code is not None else 'took over 60 s'}: {initdb.last_words()}")
    await supervisor.end(initdb)
    preload = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = off" if found.has_statements else ""
    # The folder belongs to root or to us also inside the namespace; under setuid only root may still write here, and we are root then.
    with (data / "postgresql.conf").open("a") as file:
        file.write(_CONF.format(hosts=",".join(filter(None, ("127.0.0.1", path_host))), connections=connections, preload=preload))
    if path_host is not None:
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {path_host}/24 trust\n")
    process = _spawn(found, supervisor, directory, port)
    await _create(process, port, found)
    return process


async def run(found: Postgres, supervisor: Supervisor, directory: Path, port: int) -> Process:
    """postgres on the data that are there. Returns when it answers."""
    process = _spawn(found, supervisor, directory, port)
    await (await _session(process, port, found)).close()
    return process


def _environment(found: Postgres) -> Mapping[str, str]:
    # LC_ALL: initdb stops at a locale that the machine does not have.
    return {**found.environment, "LC_ALL": "C", "TZ": "UTC"}


def _spawn(found: Postgres, supervisor: Supervisor, directory: Path, port: int) -> Process:
    command = [str(found.bin / "postgres"), "-D", str(directory / "database"), "-p", str(port)]
    # SIGQUIT: the only signal on which postgres drops its clients and its own session-leading children at once.
    return supervisor.spawn("postgres", command, signal.SIGQUIT, _environment(found), account())


async def connect(port: int, database: str = "app", application: str = "lab", user: str = "poise") -> asyncpg.Connection:
    """A direct session, around the network path. `application` is the name that pg_stat_activity shows; the user `poise` may also have
    the connections that are kept for administrators."""
    return await asyncpg.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        database=database,
        ssl=False,
        timeout=2.0,
        server_settings={"application_name": application},
    )


async def _session(process: Process, port: int, found: Postgres) -> asyncpg.Connection:
    """The first session that it gives."""
    deadline = asyncio.get_running_loop().time() + 60.0
    while True:
        try:
            return await connect(port, "postgres")
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            if not process.running or asyncio.get_running_loop().time() > deadline:
                raise LabError(f"PostgreSQL {found.version} did not answer on port {port} ({error}): {process.last_words()}") from error
            await asyncio.sleep(0.03)


async def _create(process: Process, port: int, found: Postgres) -> None:
    session = await _session(process, port, found)
    try:
        await session.execute("CREATE DATABASE app")
    finally:
        await session.close()
    session = await connect(port)
    try:
        await session.execute(_SCHEMA)
        if found.has_statements:
            await session.execute("CREATE EXTENSION pg_stat_statements")
    finally:
        await session.close()
