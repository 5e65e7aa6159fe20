"""The lab's application: worker slots, a bounded queue, a small database pool, and one read and one write for each request.

    python -m poise.lab.app_server '{"name": "app1", "port": 21001, …}'

A connection to the database is borrowed when the request *arrives*, before it has a worker slot, as frameworks do that open a transaction
per request. So an overloaded server runs out of database connections first and logs errors that name the database: the red herring of
10 November 2023 is genuine.
"""

import asyncio
import json
import math
import random
import sys
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass

import asyncpg

from poise.lab.app_listener import AppListener
from poise.lab.http_server import Answer, HttpServer
from poise.lab.serve_control import serve_control

_ACQUIRE_SECONDS = 2.0
_ITEMS = 2000
# A deep check writes to each of so many tables, as those do that ask every dependency.
_DEEP_STATEMENTS, _DEEP_SECONDS = 5, 5.0


@dataclass(frozen=True, slots=True)
class AppSettings:
    """What the lab tells an app server. `database_host` and `database_port` are its path;
    `spread` the coefficient of variation of service times; `page_port` and `certificate` are for one that speaks TLS."""

    name: str
    port: int
    slots: int
    queue: int
    service_ms: float
    database_host: str
    database_port: int
    connections: int
    seed: int
    hosts: tuple[str, ...] = ("127.0.0.1",)
    spread: float = 0.35
    page_port: int | None = None
    certificate: str | None = None


class _Session(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing to reset: a round trip less for each request."""
        return ""


class App:
    """The server's state and its figures."""

    def __init__(self, settings: AppSettings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.slots)
        self._pool: asyncpg.Pool | None = None
        self._draw = random.Random(settings.seed)  # noqa: S311 - repeatable on purpose
        self._slow_factor, self._moved = 1.0, False
        self._fail_ratio = self._leak_ratio = 0.0
        self._leaked: list[tuple[asyncpg.Pool, asyncpg.pool.PoolConnectionProxy]] = []
        self._retired: set[asyncio.Task[None]] = set()
        self._waiting = self._working = self._requests = self._shed = self._database_errors = 0
        self._response_seconds = self._database_seconds = 0.0
        self._completed = self._database_calls = 0
        self._logged: dict[str, float] = {}

    def log(self, level: str, message: str) -> None:
        """One line on stderr, at most one a second of each kind."""
        now = time.time()
        if now - self._logged.get(message[:40], 0.0) >= 1.0:
            self._logged[message[:40]] = now
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
            sys.stderr.write(f"{stamp} {level} {self._settings.name} {message}\n")
            sys.stderr.flush()

    async def open(self) -> None:
        """Waits for the database."""
        while self._pool is None:
            try:
                self._pool = await self._pool_of(self._settings.connections)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.1)

    async def _pool_of(self, size: int) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            host=self._settings.database_host,
            port=self._settings.database_port,
            user="app",
            database="app",
            ssl=False,
            min_size=min(2, size),
            max_size=size,
            timeout=5.0,
            max_inactive_connection_lifetime=0,
            connection_class=_Session,
            server_settings={"application_name": self._settings.name},
        )

    def instant(self, path: str) -> Answer | None:
        """What needs no worker slot."""
        if path in ("/healthz", "/livez"):
            return (301, b"/livez") if self._moved and path == "/healthz" else (200, b"ok\n")
        if path == "/metrics":
            return 200, self._metrics()
        if path == "/health":
            return 404, b"no such page\n"
        return None

    async def serve(self, path: str) -> Answer:
        """One request."""
        if path == "/deep":
            return await self._check_deeply()
        self._requests += 1
        if self._fail_ratio and self._draw.random() < self._fail_ratio:
            self.log("ERROR", "NullPointerException in CheckoutController.render (release 4.18.3)")
            return 500, b"internal error\n"
        if self._waiting >= self._settings.queue:
            self._shed += 1
            return 503, b"queue full\n"
        arrived = time.perf_counter()
        try:
            return await self._transact()
        finally:
            self._completed += 1
            self._response_seconds += time.perf_counter() - arrived

    async def _transact(self) -> Answer:
        pool = self._pool
        assert pool is not None
        self._waiting += 1
        waiting = True
        host, port = self._settings.database_host, self._settings.database_port
        try:
            session = await pool.acquire(timeout=_ACQUIRE_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            self._waiting -= 1
            self._database_errors += 1
            held = pool.get_size()
            self.log(
                "ERROR",
                f"could not get a connection to PostgreSQL {host}:{port} within {_ACQUIRE_SECONDS:g} s (pool {held} of {held} busy)",
            )
            return 503, b"database unavailable\n"
        transaction = session.transaction()
        try:
            item = self._draw.randint(1, _ITEMS)
            await self._timed(transaction.start())
            await self._timed(session.fetchrow("SELECT name, hits FROM items WHERE id = $1", item))
            async with self._slots:
                self._waiting -= 1
                waiting = False
                self._working += 1
                try:
                    await asyncio.sleep(self._service_seconds())
                    await self._timed(session.execute("UPDATE items SET hits = hits + 1 WHERE id = $1", item))
                    await self._timed(transaction.commit())
                finally:
                    self._working -= 1
            return 200, b"ok\n"
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            self._database_errors += 1
            self.log("ERROR", f"statement on PostgreSQL {host}:{port} failed: {error}")
            return 500, b"database error\n"
        finally:
            if waiting:
                self._waiting -= 1
            if self._leak_ratio and self._draw.random() < self._leak_ratio:
                self._leaked.append((pool, session))
            else:
                await pool.release(session)

    async def _check_deeply(self) -> Answer:
        """What a check does that asks for all that the application needs; no worker slot."""
        assert self._pool is not None
        try:
            async with asyncio.timeout(_DEEP_SECONDS), self._pool.acquire() as session:
                for _ in range(_DEEP_STATEMENTS):
                    await session.execute("UPDATE items SET hits = hits WHERE id = 0")
            return 200, b"ok\n"
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            return 503, f"database: {type(error).__name__}\n".encode()

    async def _timed(self, statement: object) -> None:
        began = time.perf_counter()
        try:
            await statement  # type: ignore[misc]
        finally:
            self._database_seconds += time.perf_counter() - began
            self._database_calls += 1

    def _service_seconds(self) -> float:
        # Lognormal: service times are skewed to the right and never negative. The mean is exp(mu + sigma²/2).
        sigma = math.sqrt(math.log(1 + self._settings.spread**2))
        mean = self._settings.service_ms / 1000.0 * self._slow_factor
        return self._draw.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)

    def slow(self, factor: float) -> Mapping[str, object]:
        """The control command: service takes `factor` times as long from now on."""
        self._slow_factor = float(factor)
        return {}

    def move_health(self, on: bool) -> Mapping[str, object]:
        """The control command: the page of health redirects to a new one from now on."""
        self._moved = on
        return {}

    def fail(self, ratio: float) -> Mapping[str, object]:
        """The control command: that share of requests is answered 500 at once."""
        self._fail_ratio = float(ratio)
        return {}

    def leak(self, ratio: float) -> Mapping[str, object]:
        """The control command: that share of requests never gives its database connection back; 0 returns those that are held."""
        self._leak_ratio = float(ratio)
        if not ratio:
            leaked, self._leaked = self._leaked, []
            for pool, session in leaked:
                self._later(pool.release(session))
        return {}

    def connections(self, size: int) -> Mapping[str, object]:
        """The control command: a database pool of that size takes the place of the present one."""
        self._later(self._resize(size))
        return {}

    async def _resize(self, size: int) -> None:
        old, self._pool = self._pool, await self._pool_of(size)
        if old is not None:
            await old.close()

    def _later(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)

    def _metrics(self) -> bytes:
        figures = {
            "app_in_flight gauge": self._working,
            "app_slots gauge": self._settings.slots,
            "app_queue gauge": self._waiting,
            "app_shed_total counter": self._shed,
            "app_requests_total counter": self._requests,
            "app_database_errors_total counter": self._database_errors,
        }
        lines = [f"# TYPE {key}\n{key.split()[0]} {value}" for key, value in figures.items()]
        for name, total, count in (
            ("app_response_seconds", self._response_seconds, self._completed),
            ("app_database_seconds", self._database_seconds, self._database_calls),
        ):
            lines.append(f"# TYPE {name} summary\n{name}_sum {total:.6f}\n{name}_count {count}")
        return ("\n".join(lines) + "\n").encode()


async def run(settings: AppSettings) -> None:
    """Serves until the lab hangs up."""
    app = App(settings)
    await app.open()
    listener = AppListener(
        lambda connections: HttpServer(app.instant, app.serve, connections),
        settings.hosts,
        settings.port,
        settings.page_port,
        settings.certificate,
    )
    await listener.listen()
    app.log("INFO", f"listening on port {settings.port}")
    commands = {"slow": app.slow, "fail": app.fail, "move_health": app.move_health, "leak": app.leak, "connections": app.connections}
    await serve_control({**commands, "die": listener.die, "live": listener.live, "certificate": listener.certificate})
    listener.die()


if __name__ == "__main__":
    asyncio.run(run(AppSettings(**json.loads(sys.argv[1]))))
