"""The real stack: clients -> load balancer -> application servers -> PostgreSQL, each a process of its own, in one private directory."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from poise.balancers.http_fetch import fetch
from poise.lab import certificates
from poise.lab.addresses import HOST, Addresses, text
from poise.lab.binaries import Envoy, Haproxy, Nginx, Postgres, find_postgres
from poise.lab.config import needs_text
from poise.lab.envoy import ENVOY
from poise.lab.error import LabError
from poise.lab.haproxy import HAPROXY
from poise.lab.namespace import PATH_HOSTS, Namespace
from poise.lab.nginx import NGINX
from poise.lab.plan import LabPlan
from poise.lab.ports import BLOCK, PortBlock, take_ports
from poise.lab.postgres import run as run_postgres
from poise.lab.postgres import start as start_postgres
from poise.lab.processes import Control, Process, Supervisor
from poise.lab.product import LiveBalancer, Product, ProductName, replace_file
from poise.model.could_not import CouldNot

# sun_path holds 108 bytes (unix(7)); HAProxy binds NAME.PID.tmp first.
_LONGEST_DIRECTORY = 80
PRODUCTS: Mapping[ProductName, Product] = {"haproxy": HAPROXY, "nginx": NGINX, "envoy": ENVOY}


class Lab:
    """One stack. Use it from the main thread; `stop` is safe at any moment and twice.

    With a `namespace` (entered by this process before) network faults are true packet faults; one lab to a namespace.
    """

    def __init__(
        self,
        directory: Path,
        plan: LabPlan,
        balancer: Haproxy | Nginx | Envoy | None = None,
        postgres: Postgres | None = None,
        namespace: Namespace | None = None,
        product: ProductName = "haproxy",
    ) -> None:
        self.directory, self.plan = directory.absolute(), plan
        self.product = PRODUCTS[product]
        self.config_path = self.directory / self.product.config
        self.needs_path = self.directory / "poise.toml"
        self.change_log_path = self.directory / "changes.jsonl"
        self.load_samples_path = self.directory / "load.csv"
        self.namespace = namespace
        self.mode: str | None = None
        # When the load balancer last began to take its files, or a fault that takes a while to make began to work.
        self.taken_at: datetime | None = None
        self.held: dict[str, list[asyncpg.Connection]] = {}
        self.background: set[asyncio.Task[None]] = set()
        self._balancer, self._postgres = balancer, postgres
        self._supervisor = Supervisor(self.directory)
        self._ports: PortBlock | None = None
        self._addresses: Addresses | None = None
        self._live: LiveBalancer | None = None
        self._database: Process | None = None
        self._changes: dict[str, Any] = {}
        self._children: dict[str, Process] = {}

    @property
    def addresses(self) -> Addresses:
        """Where everything listens. LabError before `start`."""
        if self._addresses is None:
            raise LabError("the lab has no addresses yet: start it first")
        return self._addresses

    @property
    def last_port(self) -> int:
        """The last of the lab's ports, at which nothing listens."""
        if self._ports is None:
            raise LabError("the lab has no ports: start it first")
        return self._ports.first + BLOCK - 1

    @property
    def dsn(self) -> str:
        """The database, around the network path."""
        host, port = self.addresses.database.direct
        return f"postgresql://poise@{host}:{port}/app"

    @property
    def processes(self) -> tuple[Process, ...]:
        """Everything that was started."""
        return self._supervisor.processes

    async def start(self) -> None:
        """Brings all up; returns when clients are being served. On any failure or cancellation nothing is left running."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        balancer, postgres = self._found()
        if len(os.fsencode(self.directory)) > _LONGEST_DIRECTORY:
            raise LabError(f"{self.directory} is too long for Unix sockets; choose one of at most {_LONGEST_DIRECTORY} bytes")
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._ports = take_ports(self.plan.seed * 7)
        tun = self.namespace.tun if self.namespace is not None else None
        self._addresses = Addresses.of(self.plan, self._ports.first, PATH_HOSTS if tun is not None else None)
        self.write_config()
        self.needs_path.write_text(needs_text(self.plan, self._addresses, self.dsn, self.product.server_name))
        self.change_log_path.touch()
        if self.plan.tls:
            await certificates.make(self._supervisor, self.directory)
        if tun is not None:
            self._spawn("paths", "poise.lab.reflector", tun, keep_open=(tun,))
        else:
            self._spawn("paths", "poise.lab.relay", self._relay_settings())
        await self.control("paths").ready()
        if self.plan.names_resolved:
            self._spawn("dns", "poise.lab.dns_server", {"port": self._addresses.name_server[1], "address": "127.0.0.1"})
            await self.control("dns").ready()
        # The app servers wait for the database themselves, so that their interpreters start while initdb runs.
        for name in self.plan.names:
            self._spawn(name, "poise.lab.app_server", self._application(name))
        connections = self.plan.servers * self.plan.connections + 30
        self._database = await start_postgres(
            postgres, self._supervisor, self.directory, self._addresses.database.direct[1], connections, HOST if tun is not None else None
        )
        await asyncio.gather(*(self.control(name).ready() for name in self.plan.names))
        self._live = self.product.live(balancer, self._supervisor, self.directory)
        await self._live.start()
        await self._until_served()
        await self.start_load()

    async def start_load(self) -> None:
        """Starts the clients; again where somebody ended them."""
        settings = {
            "host": self.addresses.dialled[0],
            "port": self.addresses.dialled[1],
            "rate": self.plan.rate,
            "samples": str(self.load_samples_path),
            "seed": self.plan.seed,
            "pattern": self.plan.pattern,
            "highest_rate": 0.95 * self.plan.peak,
        }
        self._spawn("load", "poise.lab.load", settings)
        await self.control("load").ready()

    def _found(self) -> tuple[object, Postgres]:
        balancer, postgres = self._balancer or self.product.find(), self._postgres or find_postgres()
        if isinstance(balancer, CouldNot):
            raise LabError(f"{balancer.what}: {balancer.reason}")
        if isinstance(postgres, CouldNot):
            raise LabError(f"{postgres.what}: {postgres.reason}")
        return balancer, postgres

    def _spawn(self, name: str, module: str, settings: object, keep_open: tuple[int, ...] = ()) -> None:
        command = [sys.executable, "-m", module, json.dumps(settings)]
        self._children[name] = self._supervisor.spawn(name, command, signal.SIGKILL, control=True, keep_open=keep_open)

    def _application(self, name: str) -> Mapping[str, object]:
        """What the app server of that name is told."""
        index = self.plan.names.index(name)
        server, tun = self.addresses.servers[index], self.namespace is not None and self.namespace.tun is not None
        return {
            "name": name,
            "port": server.direct[1],
            "slots": self.plan.slots,
            "queue": self.plan.queue,
            "service_ms": self.plan.service_ms,
            "database_host": self.addresses.database.path[0],
            "database_port": self.addresses.database.path[1],
            "connections": self.plan.connections,
            "seed": self.plan.seed * 100 + index,
            "hosts": ["127.0.0.1", HOST] if tun else ["127.0.0.1"],
            "page_port": server.page[1] if server.page is not None else None,
            "certificate": certificates.VALID if self.plan.tls else None,
        }

    def _relay_settings(self) -> list[Mapping[str, object]]:
        addresses = self.addresses
        paths: list[Mapping[str, object]] = [
            {"group": "lb-servers", "listen": server.path, "target": server.direct} for server in addresses.servers
        ]
        paths.append({"group": "servers-database", "listen": addresses.database.path, "target": addresses.database.direct})
        if addresses.client_path is not None:
            paths.append({"group": "clients-lb", "listen": addresses.client_path, "target": addresses.client})
        return paths

    async def _until_served(self) -> None:
        deadline = asyncio.get_running_loop().time() + 30.0
        while asyncio.get_running_loop().time() < deadline:
            try:
                async with asyncio.timeout(5.0):
                    if (await fetch(text(self.addresses.client), "/")).status == 200:
                        return
            except (OSError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(0.05)
        raise LabError(f"the stack did not answer clients with 200 within 30 s; see the logs in {self.directory}")

    def control(self, name: str) -> Control:
        """The control line of `paths`, `load` or an app server. LabError if there is none."""
        process = self._children.get(name)
        if process is None or process.control is None:
            raise LabError(f"{name} is not running: start the lab first")
        return process.control

    def write_config(self, **changes: Any) -> None:
        """Writes the load balancer's files, with these changes of the plan's settings and those written before; without any, as planned.

        What runs keeps the old ones until a reload.
        """
        write = self.product.write or replace_file
        self._changes = {**self._changes, **changes} if changes else {}
        settings = replace(self.plan.balancer, **self._changes)
        for name, content in self.product.texts(self.plan, self.addresses, self.directory, settings).items():
            write(self.directory / name, content)

    async def set_rate(self, rate: float) -> None:
        """Requests/s of the clients from now on (the middle of a varying pattern)."""
        await self.control("load").call("set_rate", rate=rate)

    async def reload(self) -> None:
        """Makes the load balancer take its files as they are now, without losing a request where the product can."""
        if self._live is None:
            raise LabError(f"{self.product.name} is not running: start the lab first")
        await self._live.reload(self._taking)

    def _taking(self) -> None:
        self.taken_at = datetime.now(UTC)

    async def restart_balancer(self) -> None:
        """Stops and starts the load balancer from its files: does a fix hold that was made at run time?"""
        if self._live is None:
            raise LabError(f"{self.product.name} is not running: start the lab first")
        await self._live.restart()

    async def restart_load(self) -> None:
        """Ends the clients and starts them again at the plan's rate."""
        await self._supervisor.end(self._children["load"])
        await self.start_load()

    async def restart_application(self, name: str) -> None:
        """Ends that application server and starts it again; what it has is lost."""
        process = self._children.get(name)
        if process is None or name not in self.plan.names:
            raise LabError(f"there is no application server {name!r}; there are {', '.join(self.plan.names)}")
        await self._supervisor.end(process)
        self._spawn(name, "poise.lab.app_server", self._application(name))
        await self.control(name).ready()

    async def restart_database(self) -> None:
        """Ends PostgreSQL, and every session, and starts it again on its data."""
        if self._database is None:
            raise LabError("PostgreSQL is not running: start the lab first")
        await self._supervisor.end(self._database)
        _, postgres = self._found()
        self._database = await run_postgres(postgres, self._supervisor, self.directory, self.addresses.database.direct[1])

    async def end_balancer(self) -> None:
        """Ends the load balancer alone; `restart_balancer` brings it back."""
        if self._live is None:
            raise LabError(f"{self.product.name} is not running: start the lab first")
        await self._live.end()

    async def stop(self) -> None:
        """Ends everything within 2 s."""
        for task in self.background:
            task.cancel()
        await self._supervisor.stop()
        if self._ports is not None:
            self._ports.release()
            self._ports = None
