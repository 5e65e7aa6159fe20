"""Where the parts of this stack are asked, as words of a command line: real names, quoted for a shell, without passwords. Pure."""

import re
from dataclasses import dataclass
from shlex import quote

from poise.model.sample import Window
from poise.model.topology import Topology
from poise.model.without_secrets import without_userinfo

LAST_LINES = 20000
MOST_SERVERS = 12
NUMERIC = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):\d+")


@dataclass(frozen=True, slots=True)
class Places:
    """Of one load balancer and one of its pools. `ask` begins a command that asks the running load balancer: what is asked follows."""

    product: str
    pool: str
    servers: tuple[str, ...]
    control: str
    log: str | None
    direct: str
    path: str
    check: str
    dsn: str
    database_port: str
    client: str

    def haproxy(self, words: str) -> str:
        """A command for HAProxy's control socket."""
        place = self.control.partition("@")[2] if self.control.startswith(("unix@", "ipv4@", "ipv6@", "tcp@")) else self.control
        place = place.removeprefix("tcp://")
        return f"echo {quote(words)} | socat stdio {quote(place if place.startswith('/') else f'TCP:{place}')}"

    def envoy(self, path: str) -> str:
        """A GET of Envoy's admin interface: it changes nothing."""
        if self.control.startswith("@"):
            return f"curl -s --abstract-unix-socket {quote(self.control[1:])} {quote('http://localhost' + path)}"
        if self.control.startswith("/"):
            return f"curl -s --unix-socket {quote(self.control)} {quote('http://localhost' + path)}"
        return f"curl -s {quote('http://' + self.control.removeprefix('http://') + path)}"

    @property
    def sockets(self) -> str | None:
        """A filter of `ss` for the connections to the servers; None where their addresses are names."""
        known = [s for s in self.servers if NUMERIC.fullmatch(s)][:MOST_SERVERS]
        return quote(f"( {' or '.join(f'dst {s}' for s in known)} )") if known else None


def places_of(window: Window, pool: str | None = None) -> Places:
    """The places of the pool of that name, else of the first with servers."""
    watch, stack = window.needs.watch, window.stack
    topology = next((t for t in window.topologies if pool is not None and t.pool(pool) is not None), next(iter(window.topologies), None))
    found = None if topology is None else topology.pool(pool or "") or next((p for p in topology.pools if p.servers), None)
    of_stack = next((c.name for c in stack.of_kind("pool")), "POOL")
    name = found.name if found is not None else pool or of_stack
    seen = tuple(c.address or c.name.partition("/")[2] for c in stack.of_kind("server") if c.name.startswith(f"{name}/"))
    servers = tuple(s.address for s in found.servers) if found is not None and found.servers else seen
    database = next(iter(watch.database.values()), None)
    server = next(iter(watch.server.values()), None)
    addresses = {c.kind: c.address for c in reversed(stack.components) if c.address}
    path = next(iter(servers), None) or addresses.get("server") or "SERVER:PORT"
    port = ((database.path if database is not None else None) or addresses.get("database") or ":5432").rpartition(":")[2]
    return Places(
        product=topology.product if topology is not None else "haproxy",
        pool=name,
        servers=servers,
        control=_control(topology, watch.socket, watch.admin),
        log=_log(topology, name, watch.access_log),
        direct=without_userinfo((server.direct if server is not None else None) or path),
        path=without_userinfo(path),
        check=next((s.check.path for s in (found.servers if found is not None else ()) if s.check and s.check.path), "/healthz"),
        dsn=without_userinfo((database.dsn if database is not None else None) or "postgresql://DATABASE"),
        database_port=port if port.isdecimal() else "5432",
        client=without_userinfo(watch.client or "http://LISTENER/"),
    )


def _control(topology: Topology | None, socket: str | None, admin: str | None) -> str:
    own = next((s.address for s in topology.control_sockets), None) if topology is not None else None
    if topology is not None and topology.product == "envoy":
        return without_userinfo(admin or own or "127.0.0.1:9901")
    return socket or own or "/run/haproxy/admin.sock"


def _log(topology: Topology | None, pool: str, override: str | None) -> str | None:
    """The access log that names servers, None where there is none of that kind."""
    if override is not None:
        return override if override.startswith("/") else None
    for logged in topology.logged if topology is not None else ():
        if pool in logged.pools:
            for log in logged.logs:
                named = log.format is not None and "$upstream_addr" in log.format.template
                if named and log.target and not log.target.startswith("syslog:") and "$" not in log.target:
                    return log.target
    return None
