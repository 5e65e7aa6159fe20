"""What a running Envoy says of itself, asked at its admin interface: `/clusters`, `/stats`.

The interface is that of every product's collector: `topology` may be replaced when the file changes, `scrape` never raises for an Envoy
that does not answer. Servers that run and that no file names (management server, DNS) are `Scrape.found`.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from poise.balancers.envoy.admin import COST, Admin, AdminError
from poise.balancers.envoy.running import endpoints, statistics
from poise.balancers.envoy.running.others import listener_samples, process_samples
from poise.balancers.envoy.running.statistics import Statistics
from poise.balancers.envoy.running.tables import Tables
from poise.model.could_not import CouldNot
from poise.model.sample import Component, Sample
from poise.model.scrape import Scrape
from poise.model.topology import Topology

__all__ = ["Scrape", "Scraper"]


class Scraper:
    """Reads one running Envoy. `admin` (host:port, a URL, a socket's path) takes the place of what the file says."""

    def __init__(
        self, topology: Topology, load_balancer: str = "lb1", *, admin: str | None = None, timeout: timedelta = timedelta(seconds=2)
    ) -> None:
        self.topology = topology
        self.load_balancer = load_balancer
        self.timeout = timeout
        self._admin = admin
        self._tables = Tables(load_balancer)

    async def scrape(self, now: datetime) -> Scrape:
        """One look."""
        address = self._address()
        if isinstance(address, CouldNot):
            return Scrape((), (address,))
        admin = Admin(address, self.timeout)
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
        servers = self._tables.server_block(now, found, self.topology)
        pools = self._tables.pool_block(now, found, figures, self.topology)
        others = {**listener_samples(figures, self.topology), **process_samples(figures, self.topology, self.load_balancer)}
        samples = tuple(Sample(now, component, metric, value) for (component, metric), value in others.items())
        return Scrape(
            samples,
            tuple(self._not_understood(found, admin.address)),
            answer_seconds=took,
            answer_bytes=len(clusters) + len(answered),
            found=tuple(
                (pool, Component(name, "server", address))
                for pool, name, address, server in zip(found.pools, self._tables.names, found.addresses, self._tables.servers, strict=True)
                if server is None
            ),
            blocks=(servers, pools),
        )

    async def close(self) -> None:
        """Nothing is held open between two looks."""

    def _address(self) -> str | CouldNot:
        if self._admin is not None:
            return self._admin
        if not self.topology.control_sockets:
            return CouldNot(
                self.topology.file,
                "it has no 'admin' section, so the running Envoy cannot be asked: add "
                "'admin: {address: {pipe: {path: /run/envoy/admin.sock, mode: 432}}}' (0660) and restart, or say where its admin "
                f"interface is; {COST}",
            )
        address = self.topology.control_sockets[0].address
        if address.endswith(":0"):
            return CouldNot(
                self.topology.file,
                "its admin interface is on port 0, which Envoy chooses when it starts: write a port, or say the one that "
                f"--admin-address-path names; {COST}",
            )
        return address

    def _not_understood(self, found: endpoints.Endpoints, address: str) -> Iterable[CouldNot]:
        if found.broken:
            yield CouldNot(address, f"{found.broken} endpoints of /clusters were not understood: they are missing from the shares")
        lacking = [name for name in ("rq_total", "rq_error") if found.pools and name not in found.figures]
        lacking += [name for name in ("health_flags", "weight") if found.pools and name not in found.words]
        if lacking:
            yield CouldNot(address, f"this version of Envoy does not tell {', '.join(lacking)} of an endpoint: what needs it is not judged")
