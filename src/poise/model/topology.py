"""What a load balancer's configuration means: listeners, routes, pools, servers and their health checks, in words all products share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.location import Location

Role = Literal["active", "backup", "disabled"]
Mode = Literal["http", "tcp"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Durations as configured; None means not set, which in most products means without limit."""

    connect: timedelta | None = None
    client: timedelta | None = None
    server: timedelta | None = None
    queue: timedelta | None = None
    check: timedelta | None = None
    tunnel: timedelta | None = None
    http_request: timedelta | None = None
    http_keep_alive: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """An active check of one server. `kind` is what it speaks; `address` is set only where it differs from the traffic's."""

    kind: Literal["tcp", "http", "other"]
    interval: timedelta
    fall: int
    rise: int
    method: str | None = None
    path: str | None = None
    address: str | None = None
    port: int | None = None
    expect: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """One server of a pool. `weight` is the effective configured weight; `weight_location` the span of its digits, None when not written.

    `location` spans the server's whole line, without the line end. `options` keeps every keyword as written, for rules.
    """

    name: str
    address: str
    role: Role
    weight: int
    location: Location
    weight_location: Location | None = None
    address_location: Location | None = None
    backup: bool = False
    disabled: bool = False
    check: HealthCheck | None = None
    track: str | None = None
    agent_check: bool = False
    maxconn: int | None = None
    maxconn_location: Location | None = None
    minconn: int | None = None
    maxqueue: int | None = None
    slow_start: timedelta | None = None
    cookie: str | None = None
    server_id: int | None = None
    tls: bool = False
    tls_verify: str | None = None
    resolvers: str | None = None
    init_addr: str | None = None
    on_error: str | None = None
    observe: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How a pool splits its traffic. `name` is the product's own word: roundrobin, leastconn, source, uri, random …

    `argument` is what stands in brackets or behind the name (`hdr(X-User)` → "X-User", `random(2)` → "2").
    `location` is None when the product's default applies.
    """

    name: str
    argument: str | None = None
    hash_method: Literal["map-based", "consistent"] | None = None
    hash_function: str | None = None
    hash_modifier: str | None = None
    hash_balance_factor: int | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """A group of servers that share traffic: HAProxy's backend (or listen), nginx's upstream, Envoy's cluster.

    `default_server_locations`: the section's own lines of defaults for servers, in order; those of `defaults` sections are not among them.
    """

    name: str
    product: str
    mode: Mode
    algorithm: Algorithm
    servers: tuple[Server, ...]
    location: Location
    timeouts: Timeouts = Timeouts()
    retries: int = 3
    retry_on: tuple[str, ...] = ()
    redispatch: bool = False
    all_backups: bool = False
    http_check: bool = False
    http_check_location: Location | None = None
    persistence: str | None = None
    persistence_location: Location | None = None
    fullconn: int | None = None
    http_reuse: str | None = None
    close_mode: str | None = None
    use_server: tuple[tuple[str, str], ...] = ()
    default_server_locations: tuple[Location, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def server(self, name: str) -> Server | None:
        """The first server of that name, None if there is none."""
        return next((s for s in self.servers if s.name == name), None)


@dataclass(frozen=True, slots=True)
class Bind:
    """One address that a listener accepts connections on. `address` is host:port, `*:port` for all, or a socket's path."""

    address: str
    location: Location
    tls: bool = False
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which traffic goes to which pool: `condition` as written, None for all that is left."""

    pool: str
    condition: str | None
    location: Location


@dataclass(frozen=True, slots=True)
class Listener:
    """Where clients come in: HAProxy's frontend (or listen), nginx's server, Envoy's listener."""

    name: str
    product: str
    mode: Mode
    binds: tuple[Bind, ...]
    routes: tuple[Route, ...]
    location: Location
    maxconn: int | None = None
    maxconn_location: Location | None = None
    timeouts: Timeouts = Timeouts()
    stats_uri: str | None = None
    stats_auth: bool = False
    stats_admin: bool = False
    stats_location: Location | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlSocket:
    """A socket that answers questions about the running load balancer or changes it. `level` is user, operator or admin."""

    address: str
    level: str
    location: Location
    mode: str | None = None
    expose_listeners: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """One configuration, read whole. `could_not` holds each line that was not understood: it is never empty by silence."""

    product: str
    file: str
    listeners: tuple[Listener, ...] = ()
    pools: tuple[Pool, ...] = ()
    control_sockets: tuple[ControlSocket, ...] = ()
    maxconn: int | None = None
    maxconn_location: Location | None = None
    threads: int | None = None
    pid_file: str | None = None
    server_state_file: str | None = None
    hard_stop_after: timedelta | None = None
    target: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    could_not: tuple[CouldNot, ...] = ()

    def pool(self, name: str) -> Pool | None:
        """The first pool of that name, None if there is none."""
        return next((p for p in self.pools if p.name == name), None)
