"""The stack as a discrete-event simulation: clients, load balancer, applications, database and the hops between them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from random import Random

import numpy as np

from balance import Balancer
from model import HAPROXY, INF, NGINX, App, Attempt, Conf, Control, Link, Plan, Request

WARM_UP = 4.0
NEAR = 0.002  # a delay below this is added to the clock handed on instead of going through the heap


class Engine:
    """Run once; afterwards `requests`, `attempts`, `checks` and the histories hold everything that happened."""

    def __init__(self, plan: Plan, rate: np.ndarray, controls: list[Control], seed: int) -> None:
        self.plan, self.random = plan, Random(seed)
        self.conf: Conf = plan.conf
        self.apps = [App(plan) for _ in range(plan.n)]
        self.to_lb = Link(plan.rtt_client, self.random)
        self.to_app = [Link(plan.rtt_app, self.random) for _ in range(plan.n)]
        self.to_db = [Link(plan.rtt_db, self.random) for _ in range(plan.n)]
        self.balancer = Balancer(self)
        self.heap: list[tuple[float, int, Callable[..., None], object]] = []
        self.serial = 0
        self.deadlines: deque[tuple[float, Attempt]] = deque()
        self.requests: list[Request] = []
        self.attempts: list[Attempt] = []
        self.checks: list[tuple[float, int, float, bool]] = []
        self.accept_queue: deque[Request] = deque()
        self.accept_log: list[tuple[float, int]] = [(-INF, 0)]
        self.sessions = 0
        self.clients = plan.clients
        self.statement, self.cores = plan.statement, [-INF] * plan.db_cores
        self.lock_share, self.lock_hold, self.lock_gap, self.lock_from = 0.0, 0.0, 0.0, INF
        self.row_hold, self.row_free = 0.0, -INF
        self.other_connections, self.connection_limit = plan.other_connections, plan.connection_limit
        self.connection_log: list[tuple[float, int, int]] = []
        self.queries = plan.queries
        self.dead_log: list[list[tuple[float, bool]]] = [[(-INF, False)] for _ in range(plan.n)]
        shape = 1 / plan.service_cv**2
        self.service_shape, self.service_scale = shape, plan.service / shape
        self._controls(controls)
        self._arrivals = self._draw_arrivals(rate, seed)

    # -- time ---------------------------------------------------------------------------------------------------------

    def _controls(self, controls: list[Control]) -> None:
        for at, act in controls:
            self.push(at, lambda now, act: act(self, now), act)
        for server in range(self.plan.n):
            self.push(-WARM_UP + self.random.random() * self.conf.check_inter, self.balancer.check, server)
        self.push(-WARM_UP, self._recycle, None)

    def _draw_arrivals(self, rate: np.ndarray, seed: int) -> list[float]:
        """Poisson arrivals of a rate given per 0.1 s from -WARM_UP on."""
        rng = np.random.default_rng(seed)
        grid = np.concatenate([[0.0], np.cumsum(rate) * 0.1])
        count = rng.poisson(grid[-1])
        marks = np.sort(rng.random(count)) * grid[-1]
        return list(np.interp(marks, grid, np.arange(grid.size) * 0.1 - WARM_UP))

    def push(self, at: float, act: Callable[..., None], what: object) -> None:
        self.serial += 1
        heapq.heappush(self.heap, (at, self.serial, act, what))

    def after(self, now: float, delay: float, act: Callable[..., None], what: object) -> None:
        if delay < NEAR:
            act(now + delay, what)
        else:
            self.push(now + delay, act, what)

    def run(self) -> None:
        heap, deadlines, end = self.heap, self.deadlines, self.plan.duration + 1
        arrivals = iter([*self._arrivals, INF])
        arrival = next(arrivals)
        while True:
            now = min(arrival, heap[0][0])
            while deadlines and (deadlines[0][0] <= now or not deadlines[0][1].live):
                at, attempt = deadlines.popleft()
                if attempt.live:
                    self.balancer.timed_out(at, attempt)
            now = min(arrival, heap[0][0])
            if now > end:
                return
            if arrival == now:
                self._arrive(arrival)
                arrival = next(arrivals)
            else:
                _, _, act, what = heapq.heappop(heap)
                act(now, what)

    # -- clients and listener -----------------------------------------------------------------------------------------

    def _arrive(self, now: float) -> None:
        client = int(self.clients * self.random.random() ** 1.6)
        request = Request(now, client, int(self.random.random() * 8))
        self.requests.append(request)
        delay = self.to_lb.one_way(now)
        if self.random.random() < 0.1:
            delay += self.to_lb.connect(now)
        self.after(now, delay, self._listen, request)

    def _listen(self, now: float, request: Request) -> None:
        if self.sessions + self.plan.idle_sessions < self.conf.frontend_limit:
            self._open(now, request)
        elif self.plan.product == HAPROXY:  # stops accepting: the kernel keeps the connection in the listen queue
            if len(self.accept_queue) < self.plan.backlog:
                self.accept_queue.append(request)
                self.accept_log.append((now, len(self.accept_queue)))
        else:  # nginx and Envoy accept and close
            request.code, request.flag, request.recv, request.done = -3, "reset", now + self.to_lb.one_way(now), True

    def _open(self, now: float, request: Request) -> None:
        self.sessions += 1
        request.t_in = now
        self.balancer.choose(now, request)

    def finish(self, now: float, request: Request, code: int, flag: str) -> None:
        if request.done:
            return
        request.done, request.t_end, request.code, request.flag = True, now, code, flag
        request.recv = now + self.to_lb.one_way(now, 2)
        self.sessions -= 1
        if self.accept_queue:
            self.push(now, self._accept, None)

    def _accept(self, now: float, _: object) -> None:
        if self.accept_queue and self.sessions + self.plan.idle_sessions < self.conf.frontend_limit:
            request = self.accept_queue.popleft()
            self.accept_log.append((now, len(self.accept_queue)))
            self._open(now, request)

    # -- application --------------------------------------------------------------------------------------------------

    def send(self, now: float, attempt: Attempt) -> None:
        """The balancer sends an attempt to its server."""
        app, link = self.apps[attempt.server], self.to_app[attempt.server]
        connect = 0.0
        if app.dead:
            self.after(now, link.connect(now), self.balancer.no_connection, attempt)
            return
        if self.random.random() >= self.plan.reuse:
            connect = link.connect(now)
            if self.plan.relay:
                connect = min(connect, 0.0003)
            attempt.req.tc = connect
            if connect > self.conf.t_connect:
                self.push(now + self.conf.t_connect, self.balancer.no_connection, attempt)
                return
        start = now if self.plan.product != NGINX else now + connect
        self.deadlines.append((start + self.conf.t_server, attempt))
        self.after(now, connect + link.one_way(now), self._app_arrive, attempt)

    def _app_arrive(self, now: float, attempt: Attempt) -> None:
        app = self.apps[attempt.server]
        if app.dead:
            self.balancer.no_connection(now, attempt)
            return
        attempt.t_arr = now
        if app.error and self.random.random() < app.error:
            attempt.t_start = now
            attempt.t_done = now + 0.001
            self._respond(now + 0.001, attempt, 500)
        elif app.busy < app.slots:
            self._app_start(now, attempt)
        elif len(app.queue) < app.cap:
            app.queue.append(attempt)
        else:
            attempt.shed = True
            self._respond(now, attempt, 503)

    def kill(self, now: float, server: int, dead: bool) -> None:
        """A process ends (what runs in it finishes, what queues is refused) or is back."""
        app = self.apps[server]
        app.dead = dead
        self.dead_log[server].append((now, dead))
        for attempt in app.queue:
            attempt.t_start = attempt.t_done = now
            self.push(now, self.balancer.no_connection, attempt)
        app.queue.clear()

    def dead_at(self, server: int, at: float) -> bool:
        return next(dead for since, dead in reversed(self.dead_log[server]) if since <= at)

    def _app_start(self, now: float, attempt: Attempt) -> None:
        app = self.apps[attempt.server]
        app.busy += 1
        attempt.t_start = now
        if app.conn_busy < app.pool_open:
            self._work(now, attempt)
        elif app.pool_open < app.pool_size:
            if self._connections() < self.connection_limit:
                app.pool_open += 1
                self._log_connections(now)
                self._work(now, attempt)
            else:
                attempt.db_error = True
                self.push(now + 0.003, self._app_failed, attempt)
        else:
            app.pool_wait.append(attempt)
            self.push(now + self.plan.pool_timeout, self._pool_gives_up, attempt)

    def _pool_gives_up(self, now: float, attempt: Attempt) -> None:
        app = self.apps[attempt.server]
        if attempt in app.pool_wait:
            app.pool_wait.remove(attempt)
            attempt.db_error = True
            self._app_failed(now, attempt)

    def _app_failed(self, now: float, attempt: Attempt) -> None:
        attempt.t_done = now
        self.apps[attempt.server].busy -= 1
        self._respond(now, attempt, 500)
        self._app_next(now, attempt.server)

    def _work(self, now: float, attempt: Attempt) -> None:
        """Own work, then the database; the connection is held for both (a transaction around the request)."""
        app = self.apps[attempt.server]
        app.conn_busy += 1
        if app.leak and self.random.random() < app.leak:
            return  # the worker never comes back
        work = self.random.gammavariate(self.service_shape, self.service_scale) * app.factor
        attempt.t_call = now + work
        self.push(now + work + self.to_db[attempt.server].one_way(now + work), self._db_arrive, attempt)

    def _app_done(self, now: float, attempt: Attempt) -> None:
        app = self.apps[attempt.server]
        attempt.t_done = now
        app.busy -= 1
        app.conn_busy -= 1
        if app.pool_wait and app.conn_busy < app.pool_open:
            self._work(now, app.pool_wait.popleft())
        self._respond(now, attempt, 200)
        self._app_next(now, attempt.server)

    def _app_next(self, now: float, server: int) -> None:
        app = self.apps[server]
        while app.queue and app.busy < app.slots:
            self._app_start(now, app.queue.popleft())

    def _respond(self, now: float, attempt: Attempt, code: int) -> None:
        attempt.code = attempt.code or code
        self.after(now, self.to_app[attempt.server].one_way(now, 2), self.balancer.response, attempt)

    # -- database -----------------------------------------------------------------------------------------------------

    def _connections(self) -> int:
        return sum(app.pool_open for app in self.apps) + self.other_connections

    def _log_connections(self, now: float) -> None:
        self.connection_log.append((now, self._connections(), self.connection_limit))

    def _recycle(self, now: float, _: object) -> None:
        """Pools close old idle connections each second and reopen on demand."""
        for app in self.apps:
            for _ in range(app.pool_open - app.conn_busy):
                if self.random.random() < 1 / self.plan.conn_lifetime:
                    app.pool_open -= 1
        self._log_connections(now)
        self.push(now + 1, self._recycle, None)

    def _db_arrive(self, now: float, attempt: Attempt) -> None:
        attempt.t_db = free = now
        if self.row_hold:
            free = max(now, self.row_free)
            self.row_free = free + self.row_hold * self.random.expovariate(1)
            free = self.row_free
        elif now >= self.lock_from and self.random.random() < self.lock_share:
            into = (now - self.lock_from) % (self.lock_hold + self.lock_gap)
            free = now + max(0.0, self.lock_hold - into)
        attempt.lock = free
        if free > now:
            self.push(free, self._db_run, attempt)
        else:
            self._db_run(now, attempt)

    def _db_run(self, now: float, attempt: Attempt) -> None:
        start = max(now, self.cores[0])
        mean = self.statement * self.queries
        end = start + self.random.gammavariate(self.queries * 1.5, mean / (self.queries * 1.5))
        heapq.heapreplace(self.cores, end)
        attempt.t_db_end = end
        link = self.to_db[attempt.server]
        back = sum(link.one_way(end) for _ in range(2 * self.queries - 1))
        self.push(end + back, self._app_done, attempt)
