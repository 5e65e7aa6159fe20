"""What a stack is made of: the balancer's settings, the plant behind it, and what one request went through."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

NAN = math.nan
INF = math.inf
HAPROXY, NGINX, ENVOY = "haproxy", "nginx", "envoy"
PRODUCTS = (HAPROXY, NGINX, ENVOY)


@dataclass(frozen=True)
class Conf:
    """The load balancer's settings. A fault in the balancer is a change of these; the file on disk is rendered from them."""

    algorithm: str = "roundrobin"  # roundrobin | leastconn | source | random
    weights: tuple[int, ...] = ()
    disabled: frozenset[int] = frozenset()
    server_limit: int = 0  # HAProxy maxconn, nginx max_conns: per server; 0 is none
    cluster_limit: int = 1024  # Envoy max_connections of the cluster
    pending_limit: int = 1024  # Envoy max_pending_requests
    frontend_limit: int = 2000  # client connections
    t_connect: float = 2.0
    t_queue: float = 5.0
    t_server: float = 10.0
    retries: int = 3
    retry_5xx: bool = False
    check: bool = True
    check_port: int = 0  # 0 is the server's own port
    check_inter: float = 2.0
    rise: int = 2
    fall: int = 3
    max_fails: int = 1
    fail_timeout: float = 10.0

    def but(self, **changes: object) -> Conf:
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass
class Plan:
    """One drawn stack before anything happens to it."""

    product: str
    lb: str
    listener: str
    pool: str
    apps: list[str]  # names of the applications, in the order of the configuration
    servers: list[str]  # names the product gives them
    addresses: list[str]
    database: str
    duration: float
    resolution: int
    rate: float  # requests per second before anything happens
    load: float  # share of capacity that rate is
    slots: int
    queue_cap: int
    service: float  # mean seconds of an application's own work, a slot is held
    service_cv: float
    statement: float  # mean seconds of a statement on an idle database
    queries: int  # statements per request
    db_cores: int
    pool_size: int  # connections of one application to the database
    pool_timeout: float
    conn_lifetime: float
    connection_limit: int
    other_connections: int
    reuse: float  # share of requests on an open connection to a server
    rtt_client: float
    rtt_app: float
    rtt_db: float
    t_client: float
    clients: int
    idle_sessions: int
    backlog: int
    conf: Conf = field(default_factory=Conf)
    relay: bool = False  # a relay accepts at once: fresh connects do not show its delay

    @property
    def n(self) -> int:
        return len(self.apps)

    @property
    def capacity(self) -> float:
        """Requests per second that all slots together can serve."""
        hold = self.service + self.queries * (self.statement + self.rtt_db)
        return self.n * min(self.slots, self.pool_size) / hold


class Link:
    """A hop: one-way time, loss and what the loss costs TCP (RTO 200 ms doubling; a lost SYN 1 s doubling)."""

    __slots__ = ("history", "jitter", "loss", "random", "resent", "rtt")

    def __init__(self, rtt: float, random: Random) -> None:
        self.rtt, self.loss, self.jitter, self.random = rtt, 0.0, 0.1, random
        self.resent: list[float] = []
        self.history: list[tuple[float, float, float]] = [(-INF, rtt, 0.0)]

    def change(self, now: float, rtt: float | None = None, loss: float | None = None) -> None:
        self.rtt = self.rtt if rtt is None else rtt
        self.loss = self.loss if loss is None else loss
        self.history.append((now, self.rtt, self.loss))

    def one_way(self, now: float, packets: int = 1) -> float:
        delay = self.rtt * (0.5 + self.jitter * (self.random.random() - 0.5))
        if self.loss:
            delay += self._lost(now, packets, 0.2)
        return delay

    def connect(self, now: float) -> float:
        delay = self.rtt * (1 + self.jitter * (self.random.random() - 0.5))
        if self.loss:
            delay += self._lost(now, 2, 1.0)
        return delay

    def _lost(self, now: float, packets: int, timeout: float) -> float:
        delay, chance = 0.0, 1 - (1 - self.loss) ** packets
        while self.random.random() < chance and delay < 60:
            delay += timeout
            timeout *= 2
            self.resent.append(now + delay)
        return delay


class App:
    """One application server: slots, a queue in front, and its own pool of database connections."""

    __slots__ = ("busy", "cap", "conn_busy", "dead", "error", "factor", "leak", "pool_open", "pool_size", "pool_wait", "queue", "slots")

    def __init__(self, plan: Plan) -> None:
        self.slots, self.cap, self.pool_size = plan.slots, plan.queue_cap, plan.pool_size
        self.busy = self.conn_busy = 0
        self.pool_open = plan.pool_size
        self.queue: deque[Attempt] = deque()
        self.pool_wait: deque[Attempt] = deque()
        self.factor, self.leak, self.error, self.dead = 1.0, 0.0, 0.0, False


class Request:
    """What one client asked and what it got."""

    __slots__ = (
        "client",
        "code",
        "done",
        "flag",
        "mask",
        "path",
        "queued",
        "recv",
        "redispatched",
        "server",
        "t0",
        "t_end",
        "t_in",
        "tc",
        "tries",
    )

    def __init__(self, t0: float, client: int, path: int) -> None:
        self.t0, self.client, self.path = t0, client, path
        self.t_in = self.t_end = self.recv = self.queued = NAN
        self.code, self.flag, self.server, self.tries, self.mask = 0, "", -1, 0, 0
        self.done = self.redispatched = False
        self.tc = 0.0


class Attempt:
    """One try of a request at one server. Codes: HTTP, or -1 no connection, -2 no answer in time, 0 still open."""

    __slots__ = (
        "code",
        "db_error",
        "live",
        "lock",
        "req",
        "server",
        "shed",
        "t_arr",
        "t_call",
        "t_db",
        "t_db_end",
        "t_disp",
        "t_done",
        "t_end",
        "t_start",
    )

    def __init__(self, req: Request, server: int, now: float) -> None:
        self.req, self.server, self.t_disp = req, server, now
        self.t_arr = self.t_start = self.t_call = self.t_db = self.lock = self.t_db_end = self.t_done = self.t_end = NAN
        self.code, self.live, self.shed, self.db_error = 0, True, False, False


@dataclass
class Event:
    """A line of events.jsonl, `at` in seconds of the recording."""

    at: float
    kind: str
    component: str
    text: str


Control = tuple[float, Callable[..., None]]
