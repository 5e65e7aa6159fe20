"""What a recorder would have seen of a run: the metrics of CONTRACTS.md, those of the product only."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import series
from engine import Engine
from series import Array

from model import ENVOY, HAPROXY, NGINX, Link

Series = tuple[str, str, Array]
MS = 1000.0


@dataclass
class Style:
    """How this recording was taken."""

    averaged: bool = True  # HAProxy's own averages over 512 requests, not the log's per interval
    hosts: bool = True
    listener: bool = True
    pending: bool = False  # Envoy's /stats beside /clusters
    reset_lb: float | None = None  # a reload began the balancer's counters anew
    reset_apps: dict[int, float] = field(default_factory=dict)
    broken_prober: float | None = None


class Recorder:
    """Turns one finished run into series at the poller's instants."""

    def __init__(self, engine: Engine, stamps: Array, style: Style, rng: np.random.Generator) -> None:
        self.e, self.plan, self.style, self.rng = engine, engine.plan, style, rng
        self.polls = stamps + rng.uniform(0.0, 0.15, stamps.size)
        names = (
            "server",
            "t_disp",
            "t_arr",
            "t_start",
            "t_call",
            "t_db",
            "lock",
            "t_db_end",
            "t_done",
            "t_end",
            "code",
            "shed",
            "db_error",
        )
        self.a = {name: np.array([getattr(a, name) for a in engine.attempts], dtype=float) for name in names}
        self.of = [self.a["server"] == i for i in range(self.plan.n)]
        self.out: list[Series] = []

    def put(self, component: str, metric: str, values: Array) -> None:
        self.out.append((component, metric, values))

    def count(self, component: str, metric: str, counts: Array, reset: float | None = None) -> None:
        start = int(10 ** self.rng.uniform(0.0, 6.5)) if counts[-1] > 3 else int(10 ** self.rng.uniform(-0.5, 2.0))
        self.put(component, metric, series.from_anywhere(counts, self.polls, start, reset))

    def noisy(self, values: Array, share: float = 0.02) -> Array:
        return values * (1 + self.rng.normal(0, share, values.size))

    def record(self) -> list[Series]:
        self.clients()
        self.listener()
        self.pool()
        for server in range(self.plan.n):
            self.server(server)
            self.application(server)
            self.hop(f"{self.plan.lb}→{self.plan.apps[server]}", self.e.to_app[server], server)
            self.hop(f"{self.plan.apps[server]}→{self.plan.database}", self.e.to_db[server], None)
        self.hop(f"clients→{self.plan.lb}", self.e.to_lb, None, ping=False)
        self.database()
        if self.style.hosts:
            self.hosts()
        return self.out

    # -- outside ------------------------------------------------------------------------------------------------------

    def clients(self) -> None:
        sent = np.array([r.t0 for r in self.e.requests])
        got = np.array([r.recv for r in self.e.requests])
        code = np.array([r.code for r in self.e.requests])
        limit = self.plan.t_client
        took = np.where(np.isnan(got), limit, np.minimum(got - sent, limit))
        good = (code > 0) & (code < 500) & ~np.isnan(got) & (got - sent < limit)
        done = sent + took
        finished = series.counter(done, self.polls)
        good_now = series.counter(done[good], self.polls)
        span = np.diff(self.polls, prepend=2 * self.polls[0] - self.polls[1])
        before = series.counter(done, self.polls[:1] - span[0])[0], series.counter(done[good], self.polls[:1] - span[0])[0]
        all_done, all_good = np.diff(finished, prepend=before[0]), np.diff(good_now, prepend=before[1])
        ratio = np.where(all_done > 0, all_good / np.maximum(all_done, 1), np.nan)
        p50, p99 = series.percentiles(done, took * MS, self.polls, [50, 99])
        arrived = series.counter(sent, self.polls)
        rate = np.diff(arrived, prepend=series.counter(sent, self.polls[:1] - span[0])[0]) / span
        if self.style.broken_prober is not None:
            broken = self.polls > self.style.broken_prober
            ratio, p50, p99 = np.where(broken, 0.0, ratio), np.where(broken, limit * MS, p50), np.where(broken, limit * MS, p99)
        for metric, values in (("requests_per_second", rate), ("success_ratio", ratio), ("p50_ms", p50), ("p99_ms", p99)):
            self.put("clients", metric, values)

    def listener(self) -> None:
        plan, conf = self.plan, self.e.balancer.conf_log
        if self.style.listener:
            begun = np.array([r.t_in for r in self.e.requests])
            ended = np.array([r.t_end for r in self.e.requests])
            wobble = np.round(self.rng.normal(0, min(1.0, plan.idle_sessions / 8), self.polls.size))
            limit = series.step([(at, c.frontend_limit) for at, c in conf], self.polls)
            sessions = np.clip(series.gauge(begun, ended, self.polls) + plan.idle_sessions + wobble, 0, limit)
            self.put(plan.listener, "sessions", sessions)
            if plan.product == NGINX:  # worker_connections count both sides
                limit = 2 * limit - plan.idle_sessions + 4
            if plan.product != ENVOY or conf[-1][1].frontend_limit < 2000:
                self.put(plan.listener, "session_limit", limit)
        waiting = series.step([(at, float(n)) for at, n in self.e.accept_log], self.polls)
        self.put(plan.listener, "accept_queue", waiting)

    def pool(self) -> None:
        plan, balancer = self.plan, self.e.balancer
        if plan.product == NGINX:
            return
        limits = [
            (at, c.cluster_limit if plan.product == ENVOY else c.server_limit * sum(i not in c.disabled for i in range(plan.n)))
            for at, c in balancer.conf_log
        ]
        limit = series.step(limits, self.polls)
        if limit.max() > 0:
            self.put(plan.pool, "limit", np.where(limit > 0, limit, np.nan))
        if plan.product == ENVOY and not self.style.pending:
            return
        still = [(since, np.nan) for since, _ in balancer.queue]
        waits = np.array([*balancer.queue_log, *still]) if balancer.queue_log or still else np.empty((0, 2))
        self.put(plan.pool, "queue", series.gauge(waits[:, 0], waits[:, 1], self.polls))
        if plan.product == HAPROXY:
            ends = np.array([r.t_end for r in self.e.requests])
            waited = dict(balancer.queue_log)
            each = np.array([waited.get(r.queued, r.queued) - r.queued if r.queued == r.queued else 0.0 for r in self.e.requests]) * MS
            self.put(plan.pool, "queue_ms", np.nan_to_num(self.average(ends, each)))

    def average(self, times: Array, values: Array) -> Array:
        if self.style.averaged and self.plan.product == HAPROXY:
            return np.floor(series.sliding(times, values, self.polls, self.style.reset_lb))
        return series.mean(times, values, self.polls)

    # -- servers as the balancer sees them ----------------------------------------------------------------------------

    def server(self, i: int) -> None:
        plan, balancer, mine, reset = self.plan, self.e.balancer, self.of[i], self.style.reset_lb
        name, disp, end, code = f"{plan.pool}/{plan.servers[i]}", self.a["t_disp"][mine], self.a["t_end"][mine], self.a["code"][mine]
        answered = (code > 0) & ~np.isnan(end)
        failed = answered & (code >= 500) if plan.product == HAPROXY else ~np.isnan(end) & ((code >= 500) | (code < 0))
        took = np.where(answered | (code == -2), end - disp, np.nan) * MS
        if plan.product == NGINX:
            disp = end  # the log speaks when a request is over
            reset = None
        self.count(name, "requests_total", series.counter(disp, self.polls), reset)
        self.count(name, "responses_5xx_total", series.counter(end[failed], self.polls), reset)
        again = np.array([at for at, s in balancer.retries if s == i] or [np.nan])
        moved = np.array([at for at, s in balancer.redispatches if s == i] or [np.nan])
        if plan.product == HAPROXY:
            self.count(name, "retries_total", series.counter(again, self.polls), reset)
            self.count(name, "redispatches_total", series.counter(moved, self.polls), reset)
        elif plan.product == NGINX:
            self.count(name, "retries_total", series.counter(np.concatenate([again, moved]), self.polls))
        self.count(name, "connection_errors_total", series.counter(end[code == -1], self.polls), reset)
        if plan.product != ENVOY:
            self.put(name, "response_ms", self.average(end, took))
        if plan.product == NGINX:
            return
        self.put(name, "in_flight", series.gauge(self.a["t_disp"][mine], end, self.polls))
        if plan.product == HAPROXY:
            waits = np.array([*balancer.server_queue_log[i], *((s, np.nan) for s, _ in balancer.server_queue[i]), (np.nan, np.nan)])
            self.put(name, "queue", series.gauge(waits[:, 0], waits[:, 1], self.polls))
        self.put(name, "weight", series.step([(at, float(c.weights[i])) for at, c in balancer.conf_log], self.polls))
        self.put(name, "up", series.step([(at, float(up)) for at, up in balancer.up_log[i]], self.polls))
        if plan.product == HAPROXY and self.e.conf.check:
            checks = [(at, took * MS) for at, s, took, _ in self.e.checks if s == i]
            if checks:
                out = series.step([(at, float(i in c.disabled)) for at, c in balancer.conf_log], self.polls) > 0
                values = np.floor(series.step(checks, self.polls))
                self.put(name, "check_ms", np.where(out | (self.polls < checks[0][0]), np.nan, values))

    # -- behind -------------------------------------------------------------------------------------------------------

    def application(self, i: int) -> None:
        name, mine, a, polls = self.plan.apps[i], self.of[i], self.a, self.polls
        reset = self.style.reset_apps.get(i)
        arr, start, done = a["t_arr"][mine], a["t_start"][mine], a["t_done"][mine]
        shed = a["shed"][mine] > 0
        dead = np.array([bool(self.e.dead_at(i, t)) for t in polls])

        def alive(values: Array) -> Array:
            return np.where(dead, np.nan, values)

        self.put(name, "in_flight", alive(np.minimum(series.gauge(start, done, polls), self.plan.slots)))
        self.put(name, "slots", alive(np.full(polls.size, float(self.plan.slots))))
        self.put(name, "queue", alive(series.gauge(arr[~shed], start[~shed], polls)))
        errors = done[a["db_error"][mine] > 0]
        for metric, times in (("shed_total", arr[shed]), ("database_errors_total", errors)):
            begun = int(self.rng.integers(0, 40))
            self.put(name, metric, alive(series.from_anywhere(series.counter(times, polls), polls, begun, reset)))
        self.put(name, "response_ms", alive(self.noisy(series.mean(done, (done - arr) * MS, polls), 0.005)))
        asked = np.where(a["db_error"][mine] > 0, np.nan, done - a["t_call"][mine])
        self.put(name, "database_ms", alive(self.noisy(series.mean(done, asked * MS, polls), 0.01)))

    def hop(self, name: str, link: Link, server: int | None, ping: bool = True) -> None:
        n, rng = self.polls.size, self.rng
        rtt = series.step([(at, r) for at, r, _ in link.history], self.polls)
        loss = series.step([(at, x) for at, _, x in link.history], self.polls)
        dead = np.array([server is not None and self.e.dead_at(server, t) for t in self.polls])
        hidden = self.plan.relay and server is not None
        clean = np.full(n, 0.0001) if hidden else rtt
        connect = clean * rng.uniform(0.92, 1.25, n) + 0.00005
        first = rtt * rng.uniform(0.95, 1.1, n) + 0.0006 + 0.001 * rng.exponential(1, n)
        for i in np.flatnonzero(loss):
            connect[i] += 0.0 if hidden else _syn(rng, loss[i])
            first[i] += sum(_rto(rng, loss[i]) for _ in range(2))
        failed = dead | (connect > 2.9)
        self.put(name, "connect_ms", np.where(failed, np.nan, connect * MS))
        self.count(name, "connect_failures_total", np.cumsum(failed.astype(float)))
        stray = rng.uniform(0, self.plan.duration, rng.poisson(self.plan.duration * 0.004))
        self.count(name, "retransmits_total", series.counter(np.concatenate([np.array(link.resent), stray]), self.polls))
        if ping:
            self.put(name, "ping_ms", np.where(failed, np.nan, (clean + first) * MS))

    def database(self) -> None:
        a, polls, name = self.a, self.polls, self.plan.database
        asked, locked, ended = a["t_db"], a["lock"], a["t_db_end"]
        self.put(name, "active", series.gauge(asked, ended, polls) + (self.rng.random(polls.size) < 0.15))
        waits = locked > asked
        self.put(name, "lock_waits", series.gauge(asked[waits], locked[waits], polls))
        each = (ended - asked) / self.plan.queries * MS
        self.put(name, "statement_ms", self.noisy(series.mean(ended, each, polls), 0.01))
        log = self.e.connection_log
        self.put(name, "connections", series.step([(at, float(n)) for at, n, _ in log], polls))
        self.put(name, "connection_limit", series.step([(at, float(n)) for at, _, n in log], polls))
        other = self.rng.uniform(0, self.plan.duration, self.rng.poisson(self.plan.duration * 0.5))
        self.count(name, "transactions_total", series.counter(np.concatenate([ended, other]), polls))

    def hosts(self) -> None:
        a, polls, share, rng = self.a, self.polls, float(self.rng.uniform(0.3, 0.75)), self.rng
        memory = float(rng.uniform(0.3, 0.75))

        def put(name: str, cpu: Array) -> None:
            self.put(f"host/{name}", "cpu_ratio", np.clip(cpu + 0.03 + rng.normal(0, 0.015, polls.size), 0.005, 1.0))
            walk = memory + np.cumsum(rng.normal(0, 0.0008, polls.size))
            self.put(f"host/{name}", "memory_ratio", np.clip(walk, 0.05, 0.99))

        for i, name in enumerate(self.plan.apps):
            busy = series.busy(a["t_start"][self.of[i]], a["t_call"][self.of[i]], polls)
            put(name, np.minimum(busy / self.plan.slots, 1.0) * share)
        put(self.plan.database, series.busy(a["lock"], a["t_db_end"], polls) / self.plan.db_cores)
        put(self.plan.lb, np.full(polls.size, float(rng.uniform(0.02, 0.12))))


def _syn(rng: np.random.Generator, loss: float) -> float:
    delay, timeout = 0.0, 1.0
    while rng.random() < 1 - (1 - loss) ** 2 and delay < 3:
        delay, timeout = delay + timeout, timeout * 2
    return delay


def _rto(rng: np.random.Generator, loss: float) -> float:
    delay, timeout = 0.0, 0.2
    while rng.random() < loss and delay < 10:
        delay, timeout = delay + timeout, timeout * 2
    return delay
