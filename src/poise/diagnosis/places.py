"""Where the parts of this stack are asked, as words of a command line: real names, quoted for a shell, without passwords. Pure."""

import re
from dataclasses import dataclass
from shlex import quote

from poise.model.sample import Window
from poise.model.topology import Topology
from poise.model.without_secrets import without_userinfo

LAST_LINES = 20000
MOST_SERVERS = 12
HOST_PORT = re.compile(r"[\w.\[\]:-]+:\d+")
# In a URL `user:password@`, as a libpq key `password=…`.
PASSWORD = re.compile(r"(://[^/?@\s:]*):[^/?\s]*(?=@)")
PASSWORD_KEY = re.compile(r"(?:^|\s)password\s*=\s*(?:'(?:\\.|[^'\\])*'|\S*)|(?<=[?&])password=[^&\s]*&?")
# What stands where a place is not known.
UNKNOWN = re.compile(r"//DATABASE\b|//LISTENER/|\bSERVER:PORT\b|(?<= state )POOL\b|\bPOOL=POOL\b|\bcluster%5C\.POOL\b")
ANYWHERE = frozenset(("", "*", "0.0.0.0", "::", "[::]"))  # noqa: S104 - compared with, never bound
NUMERIC = re.compile(r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\]):\d+")


@dataclass(frozen=True, slots=True)
class Places:
    """Of one load balancer, one of its pools and one of its servers. What is not known is a word in capitals: see `unknown`. `file` is the
    configuration's place on its machine, "" where only its name is known; `ports` those that it listens on; `metrics` the URL of the
    server's figures."""

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
    file: str = ""
    ports: tuple[str, ...] = ()
    metrics: str = ""

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


def unknown(command: str) -> bool:
    """Whether the command holds a word that stands for what is not known: it cannot be run as it is."""
    return UNKNOWN.search(command) is not None


def places_of(window: Window, pool: str | None = None, component: str = "") -> Places:
    """The places of the pool of that name, else of the first with servers; of its servers that which `component` is about, in the
    contract's words (a server, the hop to it, its application), else the first."""
    watch, stack = window.needs.watch, window.stack
    topology = next((t for t in window.topologies if pool is not None and t.pool(pool) is not None), next(iter(window.topologies), None))
    found = None if topology is None else topology.pool(pool or "") or next((p for p in topology.pools if p.servers), None)
    of_stack = next((c.name for c in stack.of_kind("pool")), "POOL")
    name = found.name if found is not None else pool or of_stack
    seen = tuple(c.address or c.name.partition("/")[2] for c in stack.of_kind("server") if c.name.startswith(f"{name}/"))
    servers = tuple(s.address for s in found.servers) if found is not None and found.servers else seen
    database = next(iter(watch.database.values()), None)
    addresses = {c.kind: c.address for c in reversed(stack.components) if c.address}
    named = _server(window, name, component)
    server = watch.server.get(named or "") or (None if named else next(iter(watch.server.values()), None))
    own = next((c.address for c in stack.of_kind("server") if c.name == named and c.address), None)
    direct = server.direct if server is not None else None
    path = own or next(iter(servers), None) or addresses.get("server") or direct or "SERVER:PORT"
    port = ((database.path if database is not None else None) or addresses.get("database") or ":5432").rpartition(":")[2]
    return Places(
        product=topology.product if topology is not None else "haproxy",
        pool=name,
        servers=servers,
        control=_control(topology, watch.socket, watch.admin),
        log=_log(topology, name, watch.access_log),
        direct=without_userinfo(direct or _behind(window, named) or path),
        path=without_userinfo(path),
        check=next((s.check.path for s in (found.servers if found is not None else ()) if s.check and s.check.path), "/healthz"),
        dsn=_dsn((database.dsn if database is not None else None) or addresses.get("database")),
        database_port=port if port.isdecimal() else "5432",
        client=_client(window, topology),
        file=_file(window, topology),
        ports=_ports(topology, window),
        metrics=without_userinfo((server.metrics if server is not None else None) or ""),
    )


def _server(window: Window, pool: str, component: str) -> str | None:
    """The server of this pool that the component is about."""
    kind, _, name = component.partition(" ")
    servers = [c.name for c in window.stack.of_kind("server") if c.name.startswith(f"{pool}/")]
    if kind == "server":
        return name if name in servers else None
    end = name.rpartition("→")[2]
    return next((s for s in servers if s.partition("/")[2] == end or end in window.stack.downstream(s)), None)


def _behind(window: Window, server: str | None) -> str | None:
    """Where the application of that server listens itself, past the path."""
    told = {c.name: c.address for c in window.stack.of_kind("application")}
    found = (told.get(name) for name in window.stack.downstream(server or ""))
    return next((address for address in found if address and HOST_PORT.fullmatch(address)), None)


def _dsn(told: str | None) -> str:
    """Without its password, so that psql asks or finds it in ~/.pgpass; a bare address as a URL."""
    if not told:
        return "postgresql://DATABASE"
    if HOST_PORT.fullmatch(told):
        told = f"postgresql://{told}/"
    return without_userinfo(PASSWORD_KEY.sub("", PASSWORD.sub(r"\1", told)).strip())


def _client(window: Window, topology: Topology | None) -> str:
    told = window.needs.watch.client or next((c.address for c in window.stack.of_kind("client") if c.address), None)
    if told is not None and "://" in told:
        return without_userinfo(told)
    for bind in (bind for listener in (topology.listeners if topology is not None else ()) for bind in listener.binds):
        host, _, port = bind.address.rpartition("@")[2].rpartition(":")
        if port.isdecimal() and "/" not in bind.address:
            return f"{'https' if bind.tls else 'http'}://{'127.0.0.1' if host in ANYWHERE else host}:{port}/"
    seen = next((c.address for c in window.stack.of_kind("listener") if c.address and HOST_PORT.fullmatch(c.address)), None)
    return f"http://{seen}/" if seen is not None else "http://LISTENER/"


def _file(window: Window, topology: Topology | None) -> str:
    """Recordings hold the configuration under its bare name; where it stood is the load balancer's address in the stack."""
    if topology is not None and topology.file.startswith("/"):
        return topology.file
    return next((c.address for c in window.stack.of_kind("load-balancer") if c.address and c.address.startswith("/")), "")


def _ports(topology: Topology | None, window: Window) -> tuple[str, ...]:
    binds = [bind.address for listener in (topology.listeners if topology is not None else ()) for bind in listener.binds]
    binds += [c.address for c in window.stack.of_kind("listener") if c.address]
    found = (address.rpartition(":")[2] for address in binds)
    return tuple(dict.fromkeys(port for port in found if port.isdecimal()))[:MOST_SERVERS]


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
