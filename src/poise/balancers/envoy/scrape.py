"""What a running Envoy says of itself, asked at its admin interface: `/clusters`, `/stats`, and `/config_dump` when it may have changed.

The interface is that of every product's collector: `topology` may be replaced when the file changes, `scrape` never raises for an Envoy
that does not answer. Servers that run and that no file names (management server, DNS) are `Scrape.found`.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.balancers import accept_queue
from poise.balancers.envoy.admin import COST, Admin, AdminError
from poise.balancers.envoy.drift import Drift
from poise.balancers.envoy.running import endpoints, statistics
from poise.balancers.envoy.running.differences import by_component
from poise.balancers.envoy.running.others import changes, listener_samples, process_samples
from poise.balancers.envoy.running.statistics import Statistics
from poise.balancers.envoy.running.tables import Tables
from poise.model.could_not import CouldNot
from poise.model.sample import Component, Event, Sample
from poise.model.scrape import Scrape
from poise.model.topology import Topology

__all__ = ["Scrape", "Scraper"]

MOST_TOLD = 3
# Envoy renews `server.uptime` every five seconds (1.40): one that replaces another that young has the same figures.
YOUNG_SECONDS = 10.0


class Scraper:
    """Reads one running Envoy. `admin` (host:port, a URL, a socket's path) takes the place of what the file says;
    `credentials` (`user:password`) are for what stands before it and asks for them, Envoy itself never does."""

    def __init__(
        self,
        topology: Topology,
        load_balancer: str = "lb1",
        *,
        admin: str | None = None,
        credentials: str | None = None,
        timeout: timedelta = timedelta(seconds=2),
    ) -> None:
        self.topology = topology
        self.load_balancer = load_balancer
        self.timeout = timeout
        self._admin, self._credentials = admin, credentials
        self._tables = Tables(load_balancer)
        self._drift = Drift()
        self._uptime, self._starts = 0.0, 0

    async def scrape(self, now: datetime) -> Scrape:
        """One look."""
        address = self._address()
        if isinstance(address, CouldNot):
            return Scrape((), (address,))
        admin = Admin(address, self.timeout, self._credentials)
        began = time.monotonic()
        try:
            clusters, answered = await admin.get("/clusters"), await admin.get(statistics.QUESTION)
            took = time.monotonic() - began
            try:
                found, figures = endpoints.read(clusters), Statistics(answered)
            except ValueError as error:
                raise admin.not_envoy(error) from None
            if not figures.envoys:
                raise admin.not_envoy(ValueError(f"it has no statistic 'server.live' but {answered.strip()[:40]!r}"))
        except AdminError as error:
            return Scrape((), (error.could_not,))
        servers = self._tables.server_block(now, found, self.topology, figures)
        pools = self._tables.pool_block(now, found, figures, self.topology)
        others = {
            **listener_samples(figures, self.topology),
            **process_samples(figures, self.topology, self.load_balancer, self._tables.staleness, now),
        }
        events = [*self._started(now, figures), *self._differ(now, admin, figures, found)]
        others.update(self._differing())
        samples = [Sample(now, component, metric, value) for (component, metric), value in others.items()]
        if accept_queue.local(admin.address):
            samples += accept_queue.samples(self.topology, now)
        return Scrape(
            tuple(samples),
            (*self._not_understood(found, admin.address), *self._drift.could_not),
            answer_seconds=took,
            answer_bytes=len(clusters) + len(answered),
            found=tuple(
                (pool, Component(name, "server", address))
                for pool, name, address, server in zip(found.pools, self._tables.names, found.addresses, self._tables.servers, strict=True)
                if server is None
            ),
            events=tuple(events),
            blocks=(servers, pools),
        )

    async def close(self) -> None:
        """Abandon what is under way; nothing is held open between two looks."""
        await self._drift.close()

    def _started(self, now: datetime, figures: Statistics) -> Iterable[Event]:
        uptime = figures.values.get("server.uptime", 0.0)
        if uptime < self._uptime:
            self._starts += 1
            yield Event(now, "change", f"Envoy was started {uptime:.0f} s ago, from its file", f"load-balancer {self.load_balancer}")
        self._uptime = uptime

    def _differ(self, now: datetime, admin: Admin, figures: Statistics, found: endpoints.Endpoints) -> Iterable[Event]:
        old = figures.values.get("server.uptime", YOUNG_SECONDS) >= YOUNG_SECONDS
        state = (*changes(figures), float(self._starts), float(old))
        for component, new in by_component(self._drift.step(now, admin, self.topology, state, found)).items():
            shown = [each.text for each in new[:MOST_TOLD]] + ([f"{len(new) - MOST_TOLD} more"] if len(new) > MOST_TOLD else [])
            yield Event(now, "note", f"{component} does not run as its file says: {'; '.join(shown)}", component)

    def _differing(self) -> dict[tuple[str, str], float]:
        """`file_differences` by component, and of all together at the load balancer; nothing before they were compared."""
        if self._drift.found is None:
            return {}
        parts = {f"pool {pool.name}": pool.name for pool in self.topology.pools}
        names = (listener.name for listener in self.topology.listeners)
        parts |= {f"listener {name}": self.topology.listener_component(name) for name in names}
        counted = dict.fromkeys(parts.values(), 0.0)
        for each in self._drift.found:
            if each.component in parts:
                counted[parts[each.component]] += 1
        return {(name, "file_differences"): count for name, count in counted.items()} | {
            (self.load_balancer, "file_differences"): float(len(self._drift.found))
        }

    def _address(self) -> str | CouldNot:
        if self._admin is not None:
            return self._admin
        if not self.topology.control_sockets:
            return CouldNot(
                self.topology.file,
                "it has no 'admin' section, so the running Envoy cannot be asked: add "
                "'admin: {address: {pipe: {path: /run/envoy/admin.sock, mode: 432}}}' (0660) and restart, or say where its admin "
                f"interface is; {COST}",
                cause="barred",
            )
        address = self.topology.control_sockets[0].address
        if address.endswith(":0"):
            return CouldNot(
                self.topology.file,
                "its admin interface is on port 0, which Envoy chooses when it starts: write a port, or say the one that "
                f"--admin-address-path names; {COST}",
                cause="barred",
            )
        return address

    def _not_understood(self, found: endpoints.Endpoints, address: str) -> Iterable[CouldNot]:
        if found.broken:
            yield CouldNot(address, f"{found.broken} endpoints of /clusters were not understood: they are missing from the shares")
        lacking = [name for name in ("rq_total", "rq_error") if found.pools and name not in found.figures]
        lacking += [name for name in ("health_flags", "weight") if found.pools and name not in found.words]
        if lacking:
            yield CouldNot(address, f"this version of Envoy does not tell {', '.join(lacking)} of an endpoint: what needs it is not judged")
