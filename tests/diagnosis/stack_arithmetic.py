"""Windows of a stack by arithmetic: closed formulas for servers with slots, from the table "fault by observable" measured on real stacks.

No random queue and nothing of the code under test: each figure follows from the conditions of one second.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from poise.model.location import Location
from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.model.sample import Component, Event, Series, Stack, Window
from poise.model.spots import KnownSpots
from poise.model.topology import Algorithm, HealthCheck, Pool, Server, Topology

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Conditions:
    """What is so during one second. Milliseconds; `rate` requests per second; sequences by server."""

    servers: int = 4
    slots: int = 4
    rate: float = 80.0
    weights: Sequence[int] = ()
    shares: Sequence[float] = ()  # by the weights where empty
    service_ms: Sequence[float] = ()  # 75 each where empty
    maxconn: float = 200.0
    up: Sequence[float] = ()
    maintenance: Sequence[float] = ()
    errors: Sequence[float] = ()  # 5xx ratio by server
    statement_ms: float = 0.2
    lock_waits: float = 0.0
    active: float = 0.5
    connections: float = 20.0
    servers_delay_ms: float = 0.0
    database_delay_ms: float = 0.0
    servers_loss: float = 0.0
    database_loss: float = 0.0
    dead: int | None = None  # a server that refuses connections: its process is gone and tells nothing of itself
    sessions: float = 30.0
    accept_queue: float = 0.0
    client_extra_ms: float = 0.0
    client_success: float | None = None
    gone: bool = False  # the load balancer does not run: it tells nothing, and clients are refused

    def weight(self, index: int) -> int:
        return self.weights[index] if self.weights else 100

    def share(self, index: int) -> float:
        if self.shares:
            return self.shares[index]
        alive = [self.weight(i) if self.is_up(i) else 0 for i in range(self.servers)]
        return alive[index] / sum(alive) if sum(alive) else 0.0

    def is_up(self, index: int) -> bool:
        return not (self.up and self.up[index] < 0.5) and not (self.maintenance and self.maintenance[index] >= 0.5)


def names(count: int) -> list[str]:
    return [f"app{i + 1}" for i in range(count)]


def stack(count: int) -> Stack:
    parts = [Component("lb1", "load-balancer"), Component("http", "listener"), Component("web", "pool"), Component("client", "client")]
    parts += [Component("main", "database", "127.0.0.1:22000"), Component("app→main", "hop")]
    edges = [("client", "http"), ("http", "web"), ("lb1", "web")]
    for name in names(count):
        parts += [Component(f"web/{name}", "server"), Component(name, "application"), Component(f"lb→{name}", "hop")]
        edges += [("web", f"web/{name}"), (f"web/{name}", name), (name, "main")]
    return Stack(tuple(parts), tuple(edges))


def topology(weights: Sequence[int], algorithm: str = "roundrobin") -> Topology:
    place = Location("haproxy.cfg", 1, 1)
    servers = []
    for index, weight in enumerate(weights):
        start = 100 * (index + 1)
        digits = Location("haproxy.cfg", index + 2, 40, start + 40, start + 40 + len(str(weight)))
        check = HealthCheck("http", timedelta(seconds=1), 3, 2, path="/healthz")
        servers.append(Server(f"app{index + 1}", f"127.0.0.1:2100{index}", "active", weight, place, spots=KnownSpots(digits), check=check))
    return Topology("haproxy", "haproxy.cfg", pools=(Pool("web", "haproxy", "http", Algorithm(algorithm), tuple(servers), place),))


NEEDS = Needs(
    {
        "web": PoolNeeds(
            "even", survive=1, peak_requests_per_second=146, concurrency_per_server=4, service_time_ms=75, objectives=Objectives(0.999, 500)
        )
    }
)


@dataclass
class Story:
    """Seconds of conditions one after another, and the series they give."""

    servers: int = 4
    seed: int = 1
    series: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    totals: dict[tuple[str, str], float] = field(default_factory=dict)
    queues: dict[int, float] = field(default_factory=dict)
    second: int = 0
    now: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        self.draw = np.random.default_rng(self.seed)

    def run(self, seconds: int, conditions: Conditions) -> "Story":
        for _ in range(seconds):
            self.second += 1
            self.now = conditions
            self._second(conditions)
        return self

    def _add(self, component: str, metric: str, value: float, noise: float = 0.0) -> None:
        if self.now.gone and component.split("/", maxsplit=1)[0] in {"lb1", "http", "web"}:
            return
        at = (START + timedelta(seconds=self.second)).timestamp()
        jitter = 1 + noise * float(self.draw.standard_normal()) if noise else 1.0
        self.series.setdefault((component, metric), []).append((at, value * jitter))

    def _count(self, component: str, metric: str, rise: float) -> None:
        total = self.totals[component, metric] = self.totals.get((component, metric), 0.0) + rise
        self._add(component, metric, total)

    def _second(self, c: Conditions) -> None:
        database_ms = c.statement_ms + c.database_delay_ms + c.database_loss * 600
        failed, waiting_lb = 0.0, 0.0
        responses: list[tuple[float, float]] = []
        for i, name in enumerate(names(c.servers)):
            server, share = f"web/{name}", c.share(i)
            arrivals = float(self.draw.poisson(c.rate * share)) if share and not c.gone else 0.0
            work_ms = (c.service_ms[i] if c.service_ms else 75.0) + 2 * database_ms
            width = min(c.slots, c.maxconn)
            capacity = width * 1000 / work_ms
            queue = self.queues[i] = min(200.0, max(0.0, self.queues.get(i, 0.0) + arrivals - capacity))
            busy = min(float(width), arrivals * work_ms / 1000) if queue == 0 else float(width)
            wait_ms = 1000 * queue / capacity
            in_balancer = queue if c.maxconn < c.slots else 0.0
            at_server = 0.0 if in_balancer else queue
            waiting_lb += in_balancer
            response_ms = work_ms + (wait_ms if at_server else 0.0) + 2 * database_ms
            seen_ms = response_ms + c.servers_delay_ms + c.servers_loss * 400
            late = arrivals * (1.0 if wait_ms > 2500 else 0.0)
            bad = late + arrivals * (c.errors[i] if c.errors else 0.0)
            failed += bad
            responses.append((arrivals, seen_ms + (wait_ms if in_balancer else 0.0)))
            self._count(server, "requests_total", arrivals)
            self._count(server, "responses_5xx_total", bad)
            self._count(server, "connection_errors_total", arrivals if c.dead == i else 0.0)
            self._count(server, "redispatches_total", arrivals if c.dead == i else 0.0)
            self._add(server, "in_flight", busy + at_server)
            self._add(server, "response_ms", seen_ms, 0.05)
            self._add(server, "weight", c.weight(i))
            self._add(server, "file_weight", c.weight(i))
            self._add(server, "maxconn", c.maxconn)
            self._add(server, "up", c.up[i] if c.up else 1.0)
            self._add(server, "maintenance", c.maintenance[i] if c.maintenance else 0.0)
            if c.dead != i:
                self._add(name, "in_flight", busy)
                self._add(name, "slots", c.slots)
                self._add(name, "queue", at_server)
                self._count(name, "requests_total", arrivals)
                self._count(name, "database_errors_total", late)
                if arrivals:
                    self._add(name, "response_ms", response_ms, 0.05)
                    self._add(name, "database_ms", database_ms + 0.5, 0.05)
            self._hop(f"lb→{name}", c.servers_delay_ms, c.servers_loss, refused=c.dead == i)
        self._around(c, responses, failed, waiting_lb)

    def _around(self, c: Conditions, responses: list[tuple[float, float]], failed: float, waiting_lb: float) -> None:
        self._hop("app→main", c.database_delay_ms, c.database_loss)
        total = sum(n for n, _ in responses) or 1.0
        mean_ms = sum(n * ms for n, ms in responses) / total
        success = 0.0 if c.gone else c.client_success if c.client_success is not None else 1 - failed / total
        self._count("client", "requests_total", c.rate)
        self._count("client", "connection_errors_total", c.rate if c.gone else 0.0)
        self._add("client", "requests_per_second", c.rate, 0.05)
        self._add("client", "success_ratio", success)
        self._add("client", "p50_ms", mean_ms + c.client_extra_ms, 0.03)
        self._add("client", "p99_ms", max(ms for _, ms in responses) * 2 + c.client_extra_ms, 0.1)
        self._add("web", "queue", waiting_lb)
        self._add("http", "sessions", c.sessions)
        self._add("http", "session_limit", 1500.0 if c.sessions < 1400 else c.sessions)
        self._add("http", "accept_queue", c.accept_queue)
        self._add("main", "lock_waits", c.lock_waits)
        self._add("main", "active", c.active, 0.1)
        self._add("main", "statement_ms", c.statement_ms, 0.1)
        self._add("main", "connections", c.connections)
        self._add("main", "connection_limit", 100.0)

    def _hop(self, name: str, delay_ms: float, loss: float, refused: bool = False) -> None:
        lost = loss > 0 and self.second % max(2, round(1 / (3 * loss))) == 0
        if not refused:
            self._add(name, "connect_ms", 1030.0 if lost else 0.2, 0.1)
            self._add(name, "ping_ms", 1.5 + delay_ms, 0.1)
        self._add(name, "direct_ping_ms", 1.2, 0.1)
        self._count(name, "retransmits_total", 1.0 if lost else 0.0)
        self._count(name, "connect_failures_total", 1.0 if refused else 0.0)
        self._count(name, "direct_connect_failures_total", 0.0)

    def window(
        self,
        events: Sequence[Event] = (),
        needs: Needs = NEEDS,
        keep: Callable[[str, str], bool] | None = None,
        algorithm: str = "roundrobin",
    ) -> Window:
        now = START + timedelta(seconds=self.second)
        series = {
            key: Series(np.array([t for t, _ in rows]), np.array([v for _, v in rows]))
            for key, rows in self.series.items()
            if keep is None or keep(*key)
        }
        written = [self.now.weight(i) for i in range(self.servers)]
        return Window(stack(self.servers), now, series, tuple(events), (topology(written, algorithm),), needs)


HEALTHY = Conditions()
STORIES: dict[str, tuple[str, str, Conditions]] = {
    "uneven 256/1/1/1": ("uneven-weights", "load-balancer", replace(HEALTHY, weights=(256, 1, 1, 1))),
    "uneven 3/1/1/1": ("uneven-weights", "load-balancer", replace(HEALTHY, weights=(3, 1, 1, 1))),
    "all but one in maintenance": ("traffic-pinned", "load-balancer", replace(HEALTHY, maintenance=(0, 1, 1, 1))),
    "limit of one per server": ("server-maxconn", "load-balancer", replace(HEALTHY, maxconn=1.0)),
    "listener full": ("listener-maxconn", "load-balancer", replace(HEALTHY, sessions=1500.0, accept_queue=73, client_extra_ms=800)),
    "load balancer gone": ("load-balancer-down", "load-balancer", replace(HEALTHY, gone=True)),
    "wrong check": ("wrong-health-check", "load-balancer", replace(HEALTHY, up=(0, 0, 0, 0), client_success=0.0)),
    "removed by checks": ("server-down", "application", replace(HEALTHY, up=(0, 1, 1, 1), dead=0)),
    "dead without check": ("server-unchecked", "load-balancer", replace(HEALTHY, dead=1)),
    "one slow": ("server-slow", "application", replace(HEALTHY, service_ms=(75, 75, 700, 75))),
    "one failing": ("server-errors", "application", replace(HEALTHY, errors=(0, 0.7, 0, 0))),
    "all slow": ("servers-slow-all", "application", replace(HEALTHY, service_ms=(500, 500, 500, 500))),
    "locks": ("database-locked", "database", replace(HEALTHY, statement_ms=437, lock_waits=13, active=16)),
    "slow statements": ("database-slow", "database", replace(HEALTHY, statement_ms=252, active=14)),
    "delay to servers": ("network-delay", "network", replace(HEALTHY, servers_delay_ms=200)),
    "delay to database": ("network-delay", "network", replace(HEALTHY, database_delay_ms=90)),
    "loss to servers": ("network-loss", "network", replace(HEALTHY, servers_loss=0.12)),
    "loss to database": ("network-loss", "network", replace(HEALTHY, database_loss=0.12)),
    "surge": ("surge", "demand", replace(HEALTHY, rate=280)),
    "nothing": ("none", "none", HEALTHY),
}
