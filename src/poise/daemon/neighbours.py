"""What is looked at beside the load balancer: clients, application servers, databases, the paths between them, this machine."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from poise.daemon.certificates_of import certificates_of
from poise.daemon.stack_of import CLIENT, HOST, application_of, hop_name, probe_name
from poise.model.alert import Verdict
from poise.model.component_label import component_label
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.probes.application import ApplicationProbe
from poise.probes.certificate import CertificateProbe
from poise.probes.change_log import ChangeLog
from poise.probes.client import ClientProbe
from poise.probes.database import DatabaseProbe
from poise.probes.hop import HopProbe, Speak
from poise.probes.host import HostProbe
from poise.probes.sample_file import SampleFile
from poise.probes.source import Reading, Source

CERTIFICATE_ENDS = "certificate_ends"
# What is looked at, and where: the same for two load balancers is looked at once. The last part names the component.
Key = tuple[str, str, str]


class Neighbour:
    """One of them: its source, and the end of what the probe holds open."""

    def __init__(self, source: Source, end: Callable[[], Awaitable[None]] | None = None) -> None:
        self.source = source
        self._end = end

    async def close(self) -> None:
        """End the look and the session."""
        await self.source.close()
        if self._end is not None:
            with suppress(OSError):
                await self._end()


def declared(needs: Needs, base: Path, host: bool) -> dict[Key, Callable[[], Neighbour]]:
    """What `[watch]` names, and this machine where `host`, as functions that begin to look. Paths are relative to `base`."""
    watch = needs.watch
    found: dict[Key, Callable[[], Neighbour]] = {}
    for name in watch.samples:
        found["samples", str(base / name), ""] = partial(_sample_file, base / name, name)
    for name in watch.changes:
        found["changes", str(base / name), ""] = partial(_change_log, base / name, name)
    probe = probe_name(needs)
    if probe is not None and watch.client:
        found["client", watch.client, probe] = partial(_client, probe, watch.client)
    for name, database in watch.database.items():
        if database.dsn:
            found["database", database.dsn, name] = partial(_database, name, database.dsn)
        if database.path:
            key = ("hop", f"{database.path} {database.direct}", f"app→{name}")
            found[key] = partial(_hop, f"app→{name}", database.path, database.direct, "postgres")
    if host:
        found["host", "/proc", HOST] = _host
    return found


def of_servers(topology: Topology | None, needs: Needs) -> dict[Key, Callable[[], Neighbour]]:
    """What `[watch.server]` names of the servers that the configuration has."""
    found: dict[Key, Callable[[], Neighbour]] = {}
    for full, watched in needs.watch.server.items() if topology is not None else ():
        pool = topology.pool(full.rpartition("/")[0]) if topology is not None else None
        server = pool.server(full.rpartition("/")[2]) if pool else None
        application = application_of(full, needs)
        if server is None or application is None:
            continue
        if watched.metrics:
            found["application", watched.metrics, application] = partial(_application, application, watched.metrics)
        # What speaks TLS answers a plain request with an alert or not at all: nothing to time.
        if not server.tls and not server.address.startswith("/"):
            page = server.check.path if server.check and server.check.path else "/healthz"
            name = hop_name(full, needs)
            found["hop", f"{server.address} {watched.direct} {page}", name] = partial(
                _hop, name, server.address, watched.direct, "http", page
            )
    return found


def of_listeners(topology: Topology | None, *, local: bool) -> dict[Key, Callable[[], Neighbour]]:
    """The certificates that clients get; `local` whether the load balancer runs on this machine."""
    return {
        ("certificate", f"{address} {asked or ''}", name): partial(_certificate, name, address, asked)
        for name, (address, asked) in certificates_of(topology, local=local).items()
    }


def judged_there(key: Key) -> str:
    """What is judged by who looks at that: a component; of a listener, which each load balancer has for itself, its certificate alone."""
    kind, _, name = key
    return f"{CERTIFICATE_ENDS} {component_label('listener', name)}" if kind == "certificate" else name or CLIENT


def is_among(verdict: Verdict, judged: Collection[str]) -> bool:
    """Whether that verdict is about any of what `judged_there` told."""
    return verdict.component.rpartition(" ")[2] in judged or verdict.key in judged


def _certificate(name: str, address: str, asked: str | None) -> Neighbour:
    return Neighbour(Source(f"certificate of {component_label('listener', name)}", CertificateProbe(name, address, asked).sample))


def _sample_file(path: Path, name: str) -> Neighbour:
    return Neighbour(Source(f"samples {name}", SampleFile(path).sample))


def _change_log(path: Path, name: str) -> Neighbour:
    return Neighbour(Source(f"changes {name}", ChangeLog(path).sample))


def _application(name: str, url: str) -> Neighbour:
    return Neighbour(Source(f"application {name}", ApplicationProbe(name, url).sample))


def _host() -> Neighbour:
    return Neighbour(Source(HOST, HostProbe(HOST).sample))


def _client(name: str, url: str) -> Neighbour:
    client = ClientProbe(name, url)
    return Neighbour(Source(f"client {name}", client.sample), client.close)


def _database(name: str, dsn: str) -> Neighbour:
    probe = DatabaseProbe(dsn, name)
    return Neighbour(Source(f"database {name}", probe.look), probe.close)


def _hop(name: str, path: str, direct: str | None, speak: Speak, page: str = "/healthz") -> Neighbour:
    probe = HopProbe(name, path, direct, speak, http_path=page)

    async def look(now: datetime) -> Reading:
        return Reading(await probe.sample(now))

    return Neighbour(Source(f"hop {name}", look))


class Exchange:
    """Who looks at what several load balancers stand beside: the first that asks for it; the others are handed what it read."""

    def __init__(self) -> None:
        self._owner: dict[Key, str] = {}
        self._wanted: dict[Key, dict[str, None]] = {}
        self._inbox: dict[str, list[Reading]] = {}
        # Rises when nobody looks any more at what others still want: they must ask again.
        self.given_up = 0

    def claim(self, key: Key, who: str) -> bool:
        """Whether `who` is to look itself; else what the one who does read is in `take`."""
        self._wanted.setdefault(key, {})[who] = None
        return self._owner.setdefault(key, who) == who

    def release(self, who: str, but: Mapping[Key, object] | None = None) -> None:
        """Give up what `who` wanted, all `but` these."""
        for key in [key for key, owners in self._wanted.items() if who in owners and key not in (but or {})]:
            del self._wanted[key][who]
            if self._owner.get(key) == who:
                del self._owner[key]
                self.given_up += bool(self._wanted[key])

    def offer(self, key: Key, reading: Reading, who: str) -> None:
        """What `who` read there, for all others that want it."""
        for other in self._wanted.get(key, {}):
            if other != who:
                self._inbox.setdefault(other, []).append(reading)

    def take(self, who: str) -> list[Reading]:
        """What others read for `who` since the last time."""
        return self._inbox.pop(who, [])
