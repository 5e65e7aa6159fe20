"""What the application needs of its load balancer, as declared in poise.toml."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Literal

from poise.model.light import dataclass
from poise.model.load import Distribution, Load
from poise.model.reach import Reach
from poise.model.receiver import Receiver


@dataclass(frozen=True, slots=True)
class Objectives:
    """What clients were promised: `availability` 0–1, `latency_p99_ms` in milliseconds."""

    availability: float | None = None
    latency_p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class PoolNeeds:
    """Needs of one pool; None means not declared. `split` is "even" or capacity ratios by server name.

    `load_balancers` are those that share the pool, each with its own counts and tables; `hot_key_share` is the part of the requests that
    the most popular key of a hash draws; `sessions` are clients in a session at once, `session_minutes` how long one may
    pause and come back; `instances` is how many servers a discovered name stands for.

    `clients` each wait for an answer before their next request: the load where no peak is declared. Service times are exponential unless
    said, lognormal where only their 99th percentile is: a standard deviation as large as the mean is nearer to what services show than
    none at all.
    `queue_per_server` is how many requests may wait in a server before it refuses more; without it, any number. `description` says what the
    pool is for, for who reads its documentation.
    """

    split: Literal["even"] | Mapping[str, float] | None = None
    max_share: float | None = None
    survive: int | None = None
    peak_requests_per_second: float | None = None
    concurrency_per_server: int | None = None
    service_time_ms: float | None = None
    sticky: bool | None = None
    idempotent: bool | None = None
    clients_behind_nat: bool | None = None
    cost_per_minute: float | None = None
    objectives: Objectives = Objectives()
    load_balancers: int | None = None
    hot_key_share: float | None = None
    sessions: int | None = None
    session_minutes: float | None = None
    instances: int | None = None
    service_time_distribution: Distribution | None = None
    service_time_p99_ms: float | None = None
    service_time_ms_by_server: Mapping[str, float] | None = None
    concurrency_by_server: Mapping[str, int] | None = None
    clients: int | None = None
    queue_per_server: int | None = None
    description: str | None = None

    @property
    def closed(self) -> bool:
        """Whether clients that wait are the declared load: they send no more than servers answer."""
        return bool(self.clients) and not self.peak_requests_per_second

    def load(self, workers: int | None = None) -> Load | None:
        """The load that these needs declare: a service time, and a rate or a number of clients; None where that is not said."""
        if not self.service_time_ms or not (self.peak_requests_per_second or self.clients):
            return None
        shape: Distribution = "lognormal" if self.service_time_p99_ms else "exponential"
        return Load(
            self.service_time_ms,
            self.peak_requests_per_second or None,
            self.clients if self.closed else None,
            self.service_time_distribution or shape,
            self.service_time_p99_ms,
            self.service_time_ms_by_server or {},
            self.concurrency_per_server,
            self.concurrency_by_server or {},
            self.hot_key_share or 0.0,
            workers,
        )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding that a named person accepted, why, and until when. `pool`, `server` or `file` None accept it in all of them.

    `file` is the path as it is reported, or its end (`conf.d/web.conf`).
    """

    rule: str
    by: str
    because: str
    until: date
    pool: str | None = None
    server: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class WatchedServer:
    """How to look at one server beside the load balancer: its metrics, and its address without the path in between."""

    metrics: str | None = None
    direct: str | None = None
    application: str | None = None


@dataclass(frozen=True, slots=True)
class WatchedDatabase:
    """How to look at one database. `path` is the host:port that the applications use, `direct` the same without the path in between."""

    dsn: str | None = None
    path: str | None = None
    direct: str | None = None
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptHistory:
    """The `[watch.history]` table: for how many days the store keeps every look, rows of a minute and rows of an hour, and how large it may
    grow with all load balancers in it (MB, 10⁶ bytes; 0 keeps nothing)."""

    raw_days: float = 2.0
    minute_days: float = 14.0
    hour_days: float = 400.0
    most_megabytes: float = 1000.0


@dataclass(frozen=True, slots=True)
class Watch(Reach):
    """The `[watch]` table of poise.toml: what cannot be found in the load balancer's configuration, and how to reach it where that says
    otherwise (the keys of Reach).

    `client` is the URL that clients use; `review` is how often (`1d`) or when (`06:00`, UTC) all is reviewed; `samples` are files of
    `time,component,metric,value` lines that others append to; `changes` are files of `{"at":…,"kind":"change","component":…,"text":…}`
    lines; `history` is what is kept on disk of all that, None as poise does where nothing is said.
    """

    client: str | None = None
    review: str | None = None
    samples: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    server: Mapping[str, WatchedServer] = field(default_factory=dict)
    database: Mapping[str, WatchedDatabase] = field(default_factory=dict)
    history: KeptHistory | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    """The `[audit]` table of poise.toml. `exclude` are patterns, as in a .gitignore, of files that are left out."""

    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """All of a poise.toml. `pool` by pool name."""

    pool: Mapping[str, PoolNeeds] = field(default_factory=dict)
    accept: tuple[Acceptance, ...] = ()
    watch: Watch = Watch()
    audit: Audited = Audited()
    receivers: tuple[Receiver, ...] = ()

    def of(self, pool: str) -> PoolNeeds:
        """The needs of that pool, all undeclared if there are none."""
        return self.pool.get(pool, NOTHING)


NOTHING = PoolNeeds()
