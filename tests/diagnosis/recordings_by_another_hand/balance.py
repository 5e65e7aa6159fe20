"""What the three products do with a request: choose, queue, retry, time out, check. Only the differences that matter are kept."""

from __future__ import annotations

import zlib
from collections import deque
from typing import TYPE_CHECKING

from model import ENVOY, HAPROXY, INF, NGINX, Attempt, Conf, Request

if TYPE_CHECKING:
    from engine import Engine

NO_SERVER = {HAPROXY: (503, "SC"), NGINX: (502, "nolive"), ENVOY: (503, "UH")}


class Balancer:
    """HAProxy queues in the pool and redispatches at once; nginx counts failures and tries the next; Envoy has circuit breakers."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.plan = engine, engine.plan
        n = self.plan.n
        self.up = [True] * n
        self.streak = [0] * n
        self.fails = [0] * n
        self.failed_at = [-INF] * n
        self.resting = [False] * n  # nginx: out for fail_timeout
        self.in_flight = [0] * n
        self.current = [0.0] * n
        self.turn = 0
        self.queue: deque[tuple[float, Request]] = deque()
        self.server_queue: list[deque[tuple[float, Request]]] = [deque() for _ in range(n)]
        self.queue_log: list[tuple[float, float]] = []  # (from, to) of every wait in the pool's queue
        self.server_queue_log: list[list[tuple[float, float]]] = [[] for _ in range(n)]
        self.up_log: list[list[tuple[float, int]]] = [[(-INF, 1)] for _ in range(n)]
        self.conf_log: list[tuple[float, Conf]] = [(-INF, engine.conf)]
        self.redispatches: list[tuple[float, int]] = []
        self.retries: list[tuple[float, int]] = []

    @property
    def conf(self) -> Conf:
        return self.engine.conf

    def change(self, now: float, conf: Conf, *, restart_checks: bool = False) -> None:
        """New settings take effect."""
        self.engine.conf = conf
        self.conf_log.append((now, conf))
        for server in range(self.plan.n):
            if restart_checks:
                self.streak[server] = 0
            self._log_up(now, server)
        for _ in range(self.plan.n):
            self._pull(now)

    # -- choosing -----------------------------------------------------------------------------------------------------

    def _usable(self, mask: int) -> list[int]:
        conf = self.conf
        live = [s for s in range(self.plan.n) if s not in conf.disabled and conf.weights[s] > 0]
        return [s for s in live if self.up[s] and not self.resting[s] and not mask >> s & 1]

    def _full(self, server: int) -> bool:
        return bool(self.conf.server_limit) and self.in_flight[server] >= self.conf.server_limit

    def _pick(self, request: Request, usable: list[int]) -> int:
        weights, algorithm = self.conf.weights, self.conf.algorithm
        if algorithm == "source":
            bag = [s for s in usable for _ in range(min(weights[s], 16))]
            return bag[zlib.crc32(b"%d-client" % request.client) % len(bag)]
        if algorithm == "random" or (algorithm == "leastconn" and self.plan.product == ENVOY):
            pair = self.engine.random.choices(usable, [weights[s] for s in usable], k=2)
            return min(pair, key=lambda s: self.in_flight[s])
        if algorithm == "leastconn":
            self.turn += 1
            return min(usable, key=lambda s: ((self.in_flight[s] + 1) / weights[s], (s - self.turn) % self.plan.n))
        best, total, current = usable[0], 0, self.current
        for server in usable:
            weight = weights[server]
            total += weight
            current[server] += weight
            if current[server] > current[best]:
                best = server
        current[best] -= total
        return best

    def choose(self, now: float, request: Request) -> None:
        """Send the request to a server, into a queue, or back with an error."""
        usable = self._usable(request.mask if self.plan.product == NGINX else 0)
        if not usable:
            self.engine.finish(now, request, *NO_SERVER[self.plan.product])
            return
        conf, product = self.conf, self.plan.product
        if product == ENVOY and sum(self.in_flight) >= conf.cluster_limit:
            if len(self.queue) < conf.pending_limit:
                self._enqueue(now, request)
            else:
                self.engine.finish(now, request, 503, "UO")
            return
        if conf.algorithm == "source" and product == HAPROXY:
            server = self._pick(request, usable)
            if self._full(server):
                self._enqueue(now, request, server)
                return
        else:
            free = [s for s in usable if not self._full(s)] if conf.server_limit else usable
            if not free:
                if product == HAPROXY:
                    self._enqueue(now, request)
                else:
                    self.engine.finish(now, request, 502, "nolive")
                return
            server = self._pick(request, free)
        self._dispatch(now, request, server)

    def _dispatch(self, now: float, request: Request, server: int) -> None:
        attempt = Attempt(request, server, now)
        self.engine.attempts.append(attempt)
        self.in_flight[server] += 1
        request.tries += 1
        request.server = server
        request.mask |= 1 << server
        self.engine.send(now, attempt)

    # -- queues -------------------------------------------------------------------------------------------------------

    def _enqueue(self, now: float, request: Request, server: int = -1) -> None:
        request.queued = now
        (self.queue if server < 0 else self.server_queue[server]).append((now, request))
        limit = self.conf.t_queue if self.plan.product == HAPROXY else self.conf.t_server
        self.engine.push(now + limit, self._queue_expired, (now, request, server))

    def _queue_expired(self, now: float, what: tuple[float, Request, int]) -> None:
        since, request, server = what
        queue = self.queue if server < 0 else self.server_queue[server]
        if (since, request) in queue:
            queue.remove((since, request))
            self._log_queue(since, now, server)
            code, flag = (503, "sQ") if self.plan.product == HAPROXY else (504, "UT")
            self.engine.finish(now, request, code, flag)

    def _log_queue(self, since: float, now: float, server: int) -> None:
        (self.queue_log if server < 0 else self.server_queue_log[server]).append((since, now))

    def _pull(self, now: float) -> None:
        """Room has appeared somewhere: take who waits longest."""
        if self.queue:
            since, request = self.queue[0]
            usable = self._usable(0)
            free = [s for s in usable if not self._full(s)]
            if free and (self.plan.product != ENVOY or sum(self.in_flight) < self.conf.cluster_limit):
                self.queue.popleft()
                self._log_queue(since, now, -1)
                self._dispatch(now, request, self._pick(request, free))
        for server, queue in enumerate(self.server_queue):
            if queue and not self._full(server):
                since, request = queue.popleft()
                self._log_queue(since, now, server)
                self._dispatch(now, request, server)

    # -- outcomes -----------------------------------------------------------------------------------------------------

    def _close(self, now: float, attempt: Attempt) -> None:
        attempt.live, attempt.t_end = False, now
        self.in_flight[attempt.server] -= 1
        if self.queue or (self.conf.server_limit and any(self.server_queue)):
            self.engine.push(now, lambda at, _: self._pull(at), None)

    def response(self, now: float, attempt: Attempt) -> None:
        if not attempt.live:
            return
        self._close(now, attempt)
        request, conf = attempt.req, self.conf
        if attempt.code >= 500 and conf.retry_5xx and request.tries <= conf.retries:
            if self.plan.product == NGINX:
                self._next_upstream(now, attempt, attempt.code)
            else:
                self._again(now, attempt)
        else:
            self.engine.finish(now, request, attempt.code, "--")

    def timed_out(self, now: float, attempt: Attempt) -> None:
        self._close(now, attempt)
        attempt.code = -2
        if self.plan.product == NGINX:
            self._failed(now, attempt.server)
            self._next_upstream(now, attempt, 504)
        elif self.conf.retry_5xx and attempt.req.tries <= self.conf.retries:
            self._again(now, attempt)
        else:
            self.engine.finish(now, attempt.req, 504, "sH" if self.plan.product == HAPROXY else "UT")

    def no_connection(self, now: float, attempt: Attempt) -> None:
        if not attempt.live:
            return
        self._close(now, attempt)
        attempt.code = -1
        if self.plan.product == NGINX:
            self._failed(now, attempt.server)
            self._next_upstream(now, attempt, 502)
        elif attempt.req.tries <= self.conf.retries:
            self._again(now, attempt)
        else:
            self.engine.finish(now, attempt.req, 503, "SC" if self.plan.product == HAPROXY else "UF")

    def _again(self, now: float, attempt: Attempt) -> None:
        before = attempt.server
        attempt.req.redispatched = True
        self.choose(now, attempt.req)
        (self.redispatches if attempt.req.server != before else self.retries).append((now, before))

    def _next_upstream(self, now: float, attempt: Attempt, code: int) -> None:
        if not self._usable(attempt.req.mask):
            self.engine.finish(now, attempt.req, code, "last")
        else:
            self._again(now, attempt)

    def _failed(self, now: float, server: int) -> None:
        conf = self.conf
        if now - self.failed_at[server] > conf.fail_timeout and not self.resting[server]:
            self.fails[server] = min(self.fails[server], 0)
        self.failed_at[server] = now
        self.fails[server] += 1
        if conf.max_fails and self.fails[server] >= conf.max_fails and not self.resting[server]:
            self.resting[server] = True
            self.engine.push(now + conf.fail_timeout, self._rested, server)

    def _rested(self, now: float, server: int) -> None:
        self.resting[server] = False
        self.fails[server] = max(0, self.conf.max_fails - 1)
        self.failed_at[server] = now

    # -- health checks ------------------------------------------------------------------------------------------------

    def _log_up(self, now: float, server: int) -> None:
        self.up_log[server].append((now, int(self.up[server] and server not in self.conf.disabled)))

    def check(self, now: float, server: int) -> None:
        """An active check on a fresh connection, answered beside the slots."""
        engine, conf = self.engine, self.conf
        engine.push(now + conf.check_inter, self.check, server)
        if not conf.check or self.plan.product == NGINX or server in conf.disabled:
            return
        link, app = engine.to_app[server], engine.apps[server]
        if app.dead or conf.check_port:
            took, good = link.connect(now), False
        else:
            took = link.connect(now) + link.one_way(now) + link.one_way(now) + 0.0004 + 0.001 * engine.random.expovariate(1)
            good = took < conf.check_inter
        took = min(took, conf.check_inter)
        engine.checks.append((now + took, server, took, good))
        self.streak[server] = max(1, self.streak[server] + 1) if good else min(-1, self.streak[server] - 1)
        if self.up[server] and self.streak[server] <= -conf.fall:
            self.up[server] = False
            self._log_up(now, server)
        elif not self.up[server] and self.streak[server] >= conf.rise:
            self.up[server] = True
            self._log_up(now, server)
