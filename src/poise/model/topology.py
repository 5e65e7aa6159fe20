"""What a load balancer's configuration means: listeners, routes, pools, servers and their health checks, in words all products share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any, Literal, TypeVar, cast

from poise.model.access_log import Logged
from poise.model.control import ControlSocket, StatusPage
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.listener_component import listener_component
from poise.model.locality import Locality
from poise.model.location import Location
from poise.model.spots import NOWHERE, Spots
from poise.model.variable import Variable

Found = TypeVar("Found")
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
    timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """One server of a pool. `weight` is the effective configured weight.

    `location` spans the server's whole line (nginx: its directive, Envoy: its endpoint), without the line end; `spots` tells where its
    figures stand. `options` keeps every keyword as written, for rules; `places` tells where each option's value stands. `max_fails` and
    `fail_timeout` are nginx's, with its defaults; `priority` 0 and `locality` (region/zone/sub-zone) are Envoy's. `health` is a state that
    the file itself declares (UNHEALTHY). `template` is the number of servers that one line declared together (HAProxy's server-template),
    None where a line declares one.
    """

    name: str
    address: str
    role: Role
    weight: int
    location: Location
    backup: bool = False
    disabled: bool = False
    check: HealthCheck | None = None
    track: str | None = None
    agent_check: bool = False
    maxconn: int | None = None
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
    max_fails: int | None = None
    fail_timeout: timedelta | None = None
    priority: int = 0
    locality: str | None = None
    health: str | None = None
    template: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)
    spots: Spots = field(default=NOWHERE, compare=False, repr=False)


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
    `discovery` is the product's own word for where servers come from (Envoy: STATIC, STRICT_DNS, LOGICAL_DNS, EDS …; nginx: resolve,
    variable); `discovered` says that the list here is not all there is, or that it changes without a reload. `implicit`: no group was
    declared, a route names its one target itself. `options` by keyword (Envoy: by path below the cluster, `outlier_detection.interval`,
    `health_checks.0.timeout`), `places` where each stands.
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
    discovery: str | None = None
    discovered: bool = False
    implicit: bool = False
    localities: tuple[Locality, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)
    # What was found out about it, by what was asked: fifty rules, and the forecast of every loss, ask the same of every pool.
    asked: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def partly_read(self) -> bool:
        """Whether a line of a server was refused (HAProxy), so that nobody knows what share each server would get.

        HAProxy refuses the second server of a name too (2.6.12, 2.8.25).
        """
        return self.product == "haproxy" and ("server" in self.options or len({s.name for s in self.servers}) < len(self.servers))

    def once(self, what: str, find: Callable[["Pool"], Found]) -> Found:
        """What `find` finds in this pool, found once: it may depend on nothing but the pool. `what` names it, alike for all who ask."""
        if what not in self.asked:
            self.asked[what] = find(self)
        return cast(Found, self.asked[what])

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
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """Which traffic goes to which pool: `condition` as written, None for all that is left.

    `target` is what the file says (`https://web/api`), `tls` whether servers are spoken to in TLS, `weight` the part of a weighted split.
    `options` are the settings in effect for this route, inherited ones included, by the product's words (nginx: `proxy_read_timeout`;
    Envoy: by path, `retry_policy.num_retries`, `hash_policy.0.header.header_name`), `places` where each stands. Defaults that nobody wrote
    are not among them.
    """

    pool: str
    condition: str | None
    location: Location
    target: str | None = None
    tls: bool = False
    weight: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)


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
    status_pages: tuple[StatusPage, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topology:
    """One configuration, read whole. `could_not` holds each line that was not understood: it is never empty by silence. `not_judged`
    is what stands in no file at all (Envoy: a management server hands it out), which is no failure to read.

    `file` is the one that was named, `files` all that were read with it; `borrowed` are those of them that an include took from this
    machine's own configuration although the file itself stands elsewhere. `target` is the version that somebody named and `assumed` the
    one that rules judge by without (that of the binary installed here, or poise's choice). `threads` are HAProxy's, `workers` nginx's
    processes (None: as many as cores, or not said). `complete` False says that the file is a fragment: what is not in it (a listener, a
    global section) may stand elsewhere. `variables` are those that it defines (nginx), by name in lower case, without `$`, and (HAProxy)
    maps that choose pools, by `map FILE`; `logged` tells where requests are written down (nginx).
    """

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
    assumed: str | None = None
    workers: int | None = None
    complete: bool = True
    files: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    logged: Sequence[Logged] = ()
    could_not: tuple[CouldNot, ...] = ()
    not_judged: tuple[CouldNot, ...] = ()
    # Routes by pool, pools by address and by name, filled when first asked: rules ask for every pool and server.
    _ways: dict[str, list[tuple[Listener, Route]]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _holders: dict[str, list[Pool]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _named: dict[str, Pool] = field(default_factory=dict, init=False, repr=False, compare=False)
    _bound: dict[str, list[Listener]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def pool(self, name: str) -> Pool | None:
        """The first pool of that name, None if there is none."""
        if not self._named:
            self._named.update((pool.name, pool) for pool in reversed(self.pools))
        return self._named.get(name)

    def listener_component(self, listener: str) -> str:
        """What that listener is called in a stack and among what is measured of it."""
        return listener_component(listener, shared=self.pool(listener) is not None)

    def routes_to(self, pool: str) -> tuple[tuple[Listener, Route], ...]:
        """Every route to that pool, with the listener it stands in."""
        if not self._ways:
            for listener, route in ((each, route) for each in self.listeners for route in each.routes):
                self._ways.setdefault(route.pool, []).append((listener, route))
        return tuple(self._ways.get(pool, ()))

    def pools_with(self, address: str) -> tuple[Pool, ...]:
        """Every pool with a server of that address, once for each such server."""
        if not self._holders:
            for pool, server in ((each, server) for each in self.pools for server in each.servers):
                self._holders.setdefault(server.address, []).append(pool)
        return tuple(self._holders.get(address, ()))

    def listens_at(self, address: str) -> tuple[Listener, ...]:
        """The listeners that take exactly that address, as written."""
        if not self._bound:
            for listener, bind in ((each, bind) for each in self.listeners for bind in each.binds):
                self._bound.setdefault(bind.address, []).append(listener)
        return tuple(self._bound.get(address, ()))
