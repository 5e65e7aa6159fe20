"""One case: a drawn stack, what happens to it, and the truth about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import numpy as np
from engine import WARM_UP, Engine
from metrics import Style

from model import ENVOY, HAPROXY, NGINX, Conf, Control, Event, Plan

POOLS = (
    "web",
    "api",
    "checkout",
    "www-pool",
    "be_orders",
    "shop.v2",
    "payments-eu",
    "frontend-3",
    "search_api",
    "cart",
    "be-www.2024",
    "core7",
)
HOSTS = ("app{}", "web-0{}", "node.{}", "srv{}", "ip-10-0-3-{}", "api-{}", "orders-{}a", "fe{}.prod", "worker_{}", "k8s-{}.b", "blue{}")
LISTENERS = ("http", "fe_main", "public", "www", "in-443", "edge.http")
BALANCERS = ("lb1", "edge-1", "lb-a", "proxy2", "gw1")
DATABASES = ("db", "main", "pg-1", "orders-db", "primary")
MAX_LINES, MAX_REQUESTS = 12_500, 13_000


@dataclass
class Case:
    """Kinds fill this in; `build` runs it."""

    kind: str
    plan: Plan
    random: Random
    onset: float
    controls: list[Control] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    shapes: list[Callable[[np.ndarray], np.ndarray]] = field(default_factory=list)  # times -> factor on the rate
    final: Conf | None = None  # what the file on disk says at the end; None is the plan's
    layers: list[str] = field(default_factory=list)
    fault: str = ""
    components: list[str] = field(default_factory=list)
    undetermined_ok: bool = False
    note: str = ""
    blind_to: list[str] = field(default_factory=list)
    style: Style = field(default_factory=Style)
    logs: bool = False
    pool_log: bool = False  # applications log pool errors that name the database
    noise_log: bool = False
    clock_off: float = 0.0
    peak: float = 0.0  # declared in the needs; 0 is a usual margin
    needs: bool = True
    drop: str = ""  # a metric family removed
    decisive: set[str] = field(default_factory=set)  # without one of these it may not be told

    # -- the words of a kind ------------------------------------------------------------------------------------------

    def truth(self, layers: list[str], fault: str, *components: str, note: str = "") -> None:
        """Add to the truth: two faults at once give the union."""
        self.layers += [layer for layer in layers if layer not in self.layers]
        self.fault = f"{self.fault}; and {fault}" if self.fault else fault
        self.components += components
        self.note = f"{self.note} {note}".strip()

    def server(self, i: int) -> str:
        return f"server {self.plan.pool}/{self.plan.servers[i]}"

    @property
    def pool(self) -> str:
        return f"pool {self.plan.pool}"

    def at(self, when: float, act: Callable[[Engine, float], object]) -> None:
        self.controls.append((when, act))

    def put(self, when: float, **changes: object) -> None:
        self.at(when, lambda e, now: [setattr(e, k, v) for k, v in changes.items()])

    def app(self, when: float, which: list[int], **changes: object) -> None:
        self.at(when, lambda e, now: [setattr(e.apps[i], k, v) for i in which for k, v in changes.items()])

    def set_load(self, load: float) -> None:
        """Another share of capacity at the same rate: the service gets slower or faster, slots change where that is absurd."""
        plan = self.plan
        plan.load = load
        hold = load * plan.n * min(plan.slots, plan.pool_size) / plan.rate
        plan.service = max(0.004, hold - plan.queries * (plan.statement + plan.rtt_db))
        plan.conf = with_timeouts(plan, plan.conf)

    def change(self, when: float, *, runtime: bool = False, event: str = "", **changes: object) -> None:
        """The balancer's settings change: by a reload, which begins its counters anew, or at run time only (the file stays)."""
        after = (self.final or self.plan.conf).but(**changes)
        self.at(when, lambda e, now: e.balancer.change(now, e.conf.but(**changes), restart_checks=True))
        if not runtime:
            self.final = after
            if self.plan.product != NGINX:
                self.style.reset_lb = when
        if event and self.random.random() < 0.65:
            verb = "runtime API" if runtime else "reload"
            self.events.append(Event(when + self.random.uniform(-2, 0), "change", self.plan.lb, f"{verb}: {event}"))

    def from_start(self, **changes: object) -> None:
        """A setting that has been so for long."""
        self.plan.conf = self.plan.conf.but(**changes)


def with_timeouts(plan: Plan, conf: Conf) -> Conf:
    """Timeouts far above what healthy requests need."""
    longest = plan.service * 8
    return conf.but(t_server=max(conf.t_server, round(longest, 1)), t_queue=max(conf.t_queue, round(longest / 2, 1)))


def draw_plan(random: Random, product: str, low: int, high: int) -> Plan:
    """A stack: 2-12 servers, 30-75 % of capacity, a length and resolution that keep the recording small."""
    n = min(high, max(low, random.choice((2, 3, 3, 4, 4, 4, 5, 6, 6, 8, 10, 12))))
    samples = MAX_LINES // (28 * n + 25)
    resolution = random.choices((1, 5, 10), (12, 5, 3))[0]
    while samples * resolution < 66:
        resolution = 5 if resolution == 1 else 10
    duration = float(int(min(900, max(64, samples * resolution * random.uniform(0.7, 1.0)))))
    top = max(2.4 * n, min(260.0, MAX_REQUESTS / duration))
    rate = math.exp(random.uniform(math.log(max(2.0 * n, top / 4)), math.log(top)))
    load, slots, queries = random.uniform(0.32, 0.72), random.choice((2, 3, 4, 4, 6, 8)), random.choice((1, 2, 2, 3, 4))
    statement, rtt_db, rtt_app = random.uniform(0.0002, 0.003), random.uniform(0.0002, 0.001), random.uniform(0.0002, 0.001)
    hold = load * n * slots / rate
    if hold > 0.6:
        slots = max(2, round(0.6 * rate / (load * n)))
        hold = load * n * slots / rate
    if hold < 0.025:
        hold, rate = 0.025, load * n * slots / 0.025
    service = max(0.004, hold - queries * (statement + rtt_db))
    pattern, first = random.choice(HOSTS), random.choice((0, 1, 1, 1, 11, 21))
    apps = [pattern.format(first + i) for i in range(n)]
    net, port = f"10.{random.randint(0, 60)}.{random.randint(0, 250)}.", random.choice((8000, 8080, 9000, 3000))
    addresses = [f"{net}{20 + i}:{port}" for i in range(n)]
    reuse = 0.97 if product != NGINX or random.random() < 0.35 else 0.0
    plan = Plan(
        product=product, lb=random.choice(BALANCERS), listener=random.choice(LISTENERS), pool=random.choice(POOLS),
        apps=apps, servers=apps if product == HAPROXY else addresses, addresses=addresses, database=random.choice(DATABASES),
        duration=duration, resolution=resolution, rate=rate, load=load, slots=slots, queue_cap=random.choice((16, 32, 64, 128)),
        service=service, service_cv=random.uniform(0.25, 0.7), statement=statement, queries=queries,
        db_cores=max(2, math.ceil(rate * queries * statement / 0.2)), pool_size=slots + random.choice((0, 0, 1, 2)),
        pool_timeout=random.choice((0.5, 1.0, 2.0)), conn_lifetime=random.choice((20.0, 40.0, 90.0)),
        connection_limit=random.choice((100, 200, 300)), other_connections=random.randint(2, 12), reuse=reuse,
        rtt_client=random.choice((0.0004, 0.002, 0.02)), rtt_app=rtt_app, rtt_db=rtt_db, t_client=random.choice((5.0, 8.0, 10.0)),
        clients=random.randint(150, 900), idle_sessions=random.randint(0, 40), backlog=random.choice((128, 256, 512)),
    )  # fmt: skip
    conf = Conf(
        algorithm=random.choice(("roundrobin",) * 6 + ("leastconn",) * 2 + ("random",) * (product != ENVOY)),
        weights=(random.choice((1, 1, 10, 100)),) * n, t_connect=random.choice((1.0, 2.0, 3.0)), t_queue=random.choice((1.0, 2.0, 5.0)),
        t_server=random.choice((2.0, 3.0, 4.0, 5.0)), retries=1 if product == ENVOY else 3, check_inter=random.choice((1.0, 2.0, 2.0)),
        rise=2, fall=3, max_fails=random.choice((1, 1, 1, 3)), fail_timeout=10.0,
    )  # fmt: skip
    if product == HAPROXY and random.random() < 0.3:
        conf = conf.but(server_limit=plan.slots * 3)
    plan.conf = with_timeouts(plan, conf)
    if min(plan.slots, plan.pool_size) * n + plan.other_connections > plan.connection_limit - 20:
        plan.connection_limit = 400
    return plan


def draw_onset(random: Random, plan: Plan) -> float:
    """After the first third, sometimes very early; always with something left to see."""
    share = random.uniform(0.05, 0.12) if random.random() < 0.1 else random.uniform(0.34, 0.7)
    last = plan.duration - max(22.0, 5 * plan.resolution)
    return round(max(4.0, min(share * plan.duration, last)), 1)


def rates(case: Case) -> np.ndarray:
    """Arrival rate per 0.1 s."""
    times = np.arange(int((case.plan.duration + WARM_UP + 1) * 10)) * 0.1 - WARM_UP
    rate = np.full(times.size, case.plan.rate)
    for shape in case.shapes:
        rate = rate * shape(times)
    return rate
