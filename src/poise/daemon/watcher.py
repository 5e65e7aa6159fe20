"""The loop's one turn: look at everything at once, judge, alert."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from poise.alerting import lifecycle
from poise.alerting.lifecycle import Effect
from poise.balancers.haproxy.scrape import Scraper
from poise.daemon.configuration import Configuration
from poise.daemon.history import History
from poise.daemon.running_changes import RunningChanges
from poise.daemon.stack_of import HOST, application_of, hop_name, probe_name, stack_of
from poise.detectors import DETECTORS
from poise.detectors.detector import Detector
from poise.detectors.judging import judged
from poise.model.alert import Alert, Verdict
from poise.model.could_not import CouldNot
from poise.model.needs import Needs
from poise.model.sample import Block, Event, Sample, Window
from poise.probes.application import ApplicationProbe
from poise.probes.change_log import ChangeLog
from poise.probes.client import ClientProbe
from poise.probes.database import DatabaseProbe
from poise.probes.hop import HopProbe
from poise.probes.host import HostProbe
from poise.probes.sample_file import SampleFile
from poise.probes.source import Reading, Source, gather

# A turn must end within its second, whatever hangs; what is late is delivered at a later turn.
ROUND_SECONDS = 0.85


@dataclass(frozen=True, slots=True)
class Tick:
    """One turn. `alerts` are those that live now, `effects` what changed about them; `samples`, `blocks` and `events` are this turn's."""

    at: datetime
    window: Window
    verdicts: tuple[Verdict, ...] = ()
    alerts: tuple[Alert, ...] = ()
    effects: tuple[Effect, ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    samples: tuple[Sample, ...] = ()
    events: tuple[Event, ...] = ()
    blocks: tuple[Block, ...] = ()


class Watcher:
    """Watches one HAProxy and what `[watch]` names. `base` is the folder that paths in `[watch]` are relative to (that of the first
    configuration file by default). Nothing is opened before the first tick."""

    def __init__(
        self,
        config_paths: Sequence[str],
        needs: Needs,
        *,
        base: Path | None = None,
        load_balancer: str = "lb1",
        detectors: Sequence[Detector] = DETECTORS,
        history: timedelta = timedelta(minutes=20),
    ) -> None:
        self.needs, self.load_balancer = needs, load_balancer
        self.configuration = Configuration(config_paths, needs, load_balancer)
        self._base = base or (Path(config_paths[0]).resolve().parent if config_paths else Path())
        self._detectors = tuple(detectors)
        self._history = History(history)
        self._alerts = lifecycle.start(self._detectors)
        self._running = RunningChanges(load_balancer)
        self._clients: list[ClientProbe] = []
        self._databases: list[DatabaseProbe] = []
        self._scraper: Scraper | None = None
        self._sources = self._build()
        self._of_servers = self._server_sources()

    async def tick(self, now: datetime) -> Tick:
        """One turn, in about a second at most."""
        events = list(self.configuration.refresh(now))
        topology = self.configuration.topology
        if topology is not None and self._scraper is not None and self._scraper.topology is not topology:
            self._scraper.topology = topology
            if events:
                await self._rebuild()
        topologies = (topology,) if topology else ()
        stack = stack_of(topologies, self.needs, (self.load_balancer,))
        readings = await gather((*self._sources, *self._of_servers.values()), now, ROUND_SECONDS)
        samples = tuple(sample for reading in readings for sample in reading.samples)
        blocks = tuple(block for reading in readings for block in reading.blocks)
        events += [event for reading in readings for event in reading.events]
        events += self._running.see(samples, now, {c.name: c.kind for c in stack.components}, blocks)
        could_not = (*self.configuration.could_not, *(c for reading in readings for c in reading.could_not))
        self._history.add(samples)
        self._history.add_blocks(blocks)
        for event in events:
            self._history.add_event(event)
        window = self._history.window(now, stack, topologies, self.needs, could_not)
        verdicts, broken = judged(self._detectors, window, now, self._alerts.tracked)
        # A file that cannot be read says nothing of what was removed.
        known = {c.name for c in stack.components} if topology is not None else None
        self._alerts, effects = lifecycle.step(self._alerts, verdicts, now, known)
        told = [
            Event(now, "alert", f"{e.kind}: {e.alert.verdict.summary}", e.alert.verdict.component) for e in effects if e.kind != "pending"
        ]
        for event in told:
            self._history.add_event(event)
        return Tick(now, window, verdicts, self._alerts.alerts, effects, (*could_not, *broken), samples, (*events, *told), blocks)

    async def close(self) -> None:
        """End all probes and sessions."""
        for source in (*self._sources, *self._of_servers.values()):
            await source.close()
        for client in self._clients:
            await client.close()
        for database in self._databases:
            with suppress(OSError):
                await database.close()

    async def _rebuild(self) -> None:
        """Servers came, went or moved: their hops and pages do too. What stayed keeps its probe and its counters."""
        wanted = self._server_sources()
        for key in self._of_servers.keys() - wanted.keys():
            await self._of_servers.pop(key).close()
        self._of_servers = {key: self._of_servers.get(key, source) for key, source in wanted.items()}

    def _build(self) -> list[Source]:
        watch = self.needs.watch
        sources = [_plain(SampleFile(self._base / name), f"samples {name}") for name in watch.samples]
        sources += [_plain(ChangeLog(self._base / name), f"changes {name}") for name in watch.changes]
        if self.configuration.topology is not None:
            self._scraper = scraper = Scraper(self.configuration.topology, self.load_balancer)

            async def scrape(now: datetime) -> Reading:
                found = await scraper.scrape(now)
                return Reading(found.samples, found.events, found.could_not, found.blocks)

            sources.append(Source(f"load-balancer {self.load_balancer}", scrape, vital=True))
        probe = probe_name(self.needs)
        if probe is not None and watch.client:
            self._clients.append(ClientProbe(probe, watch.client))
        sources += [_plain(client, f"client {client.name}") for client in self._clients]
        for name, database in watch.database.items():
            if database.dsn:
                self._databases.append(DatabaseProbe(database.dsn, name))
            if database.path:
                sources.append(_hop(HopProbe(f"app→{name}", database.path, database.direct, "postgres")))
        sources += [Source(f"database {database.name}", database.look) for database in self._databases]
        sources.append(_plain(HostProbe(HOST), HOST))
        return sources

    def _server_sources(self) -> dict[tuple[str, str], Source]:
        """By name and address."""
        found: dict[tuple[str, str], Source] = {}
        topology = self.configuration.topology
        for pool in topology.pools if topology else ():
            for server in pool.servers:
                full = f"{pool.name}/{server.name}"
                watched, application = self.needs.watch.server.get(full), application_of(full, self.needs)
                if watched is None or application is None:
                    continue
                if watched.metrics:
                    found[application, watched.metrics] = _plain(
                        ApplicationProbe(application, watched.metrics), f"application {application}"
                    )
                # What speaks TLS answers a plain request with an alert or not at all: nothing to time.
                if not server.tls and not server.address.startswith("/"):
                    page = server.check.path if server.check and server.check.path else "/healthz"
                    name = hop_name(full, self.needs)
                    found[name, server.address] = _hop(HopProbe(name, server.address, watched.direct, "http", http_path=page))
        return found


def _plain(probe: SampleFile | ChangeLog | ClientProbe | HostProbe | ApplicationProbe, name: str) -> Source:
    return Source(name, probe.sample)


def _hop(probe: HopProbe) -> Source:
    async def look(now: datetime) -> Reading:
        return Reading(await probe.sample(now))

    return Source(f"hop {probe.name}", look)
