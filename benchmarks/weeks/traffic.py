"""What the load balancer would count of a plan, second by second, an hour at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.weeks.plan import DAY, PoolPlan

Floats = NDArray[np.float64]
METRICS = (
    "requests_total", "responses_5xx_total", "in_flight", "queue", "up", "maintenance", "drain", "backup", "weight", "loaded_weight",
    "file_weight", "effective_weight", "response_ms", "retries_total", "response_errors_total", "connection_errors_total",
)  # fmt: skip
PLACE = {metric: at for at, metric in enumerate(METRICS)}
# A session's requests come within so many seconds of its first.
SESSION_SECONDS = 20
SERVICE_MS = 60.0
ERRORS = 2e-4


@dataclass(slots=True)
class _Carried:
    """What goes on from one hour to the next."""

    totals: Floats
    errors: Floats
    credit: Floats
    sessions: Floats


class Traffic:
    """The figures of one pool. `hours()` gives arrays of (3600, servers, METRICS), the clock starting at midnight."""

    def __init__(self, plan: PoolPlan) -> None:
        self.plan = plan
        self._draw = np.random.default_rng(plan.seed + 1_000_003)
        n = plan.servers
        self._carried = _Carried(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros((SESSION_SECONDS, n)))

    def hours(self, days: int) -> Iterator[Floats]:
        """An hour of seconds at a time."""
        for start in range(0, days * DAY, 3600):
            yield self._hour(start)

    def _hour(self, start: int) -> Floats:
        plan, draw = self.plan, self._draw
        seconds = np.arange(start, start + 3600)
        state = {name: np.zeros((3600, plan.servers)) for name in ("maintenance", "drain")}
        up, weight = np.ones((3600, plan.servers)), np.tile(np.array(plan.weights, dtype=float), (3600, 1))
        effective = weight.copy()
        for out in plan.outs:
            a, b = max(out.start - start, 0), min(out.end - start, 3600)
            grown = out.end + plan.slow_start - start
            if a < 3600 and b > 0 and a < b:
                if out.how == "down":
                    up[a:b, out.server] = 0
                elif out.how == "weight":
                    weight[a:b, out.server] = max(1, plan.weights[out.server] // 2)
                    effective[a:b, out.server] = weight[a:b, out.server]
                else:
                    state[out.how][a:b, out.server] = 1
            # HAProxy grows the weight in steps of slowstart; drain by hand does not end in a slow start.
            if plan.slow_start and out.how in ("down", "maintenance") and b < 3600 and grown > 0:
                c, d = max(out.end - start, 0), min(grown, 3600)
                if c < d:
                    part = np.clip((np.arange(c, d) + start - out.end + 1) / plan.slow_start, 0.05, 1.0)
                    effective[c:d, out.server] = np.maximum(1, np.ceil(plan.weights[out.server] * 16 * part)) / 16
        serves = (up > 0) & (state["maintenance"] == 0) & (state["drain"] == 0)
        ramped = self._requests(seconds, effective * serves, (up > 0) & (state["maintenance"] == 0))
        failed = draw.binomial(ramped.astype(np.int64), ERRORS)
        found = np.zeros((3600, plan.servers, len(METRICS)))
        carried = self._carried
        totals, errors = np.cumsum(ramped, axis=0) + carried.totals, np.cumsum(failed, axis=0) + carried.errors
        for reload in (r - start for r in plan.reloads if start <= r < start + 3600):
            totals[reload:] -= totals[reload - 1] if reload else totals[0]
            errors[reload:] -= errors[reload - 1] if reload else errors[0]
        carried.totals, carried.errors = totals[-1].copy(), errors[-1].copy()
        busy = ramped * SERVICE_MS / 1000
        columns: dict[str, Floats] = {
            "requests_total": np.maximum(totals, 0),
            "responses_5xx_total": np.maximum(errors, 0),
            "in_flight": draw.poisson(busy).astype(float),
            "up": up,
            **state,
            "weight": weight,
            "loaded_weight": np.tile(np.array(plan.weights, dtype=float), (3600, 1)),
            "file_weight": np.tile(np.array(plan.weights, dtype=float), (3600, 1)),
            # What HAProxy tells of a weight that grows is whole numbers, rounded up.
            "effective_weight": np.ceil(effective),
            "response_ms": SERVICE_MS * np.array(plan.speeds) * np.exp(draw.normal(0, 0.15, (3600, plan.servers))),
        }
        for metric, values in columns.items():
            found[:, :, PLACE[metric]] = values
        return found

    def _rates(self, seconds: NDArray[np.int64]) -> Floats:
        plan = self.plan
        days = seconds / DAY
        # The least at four in the morning, and weekends a third lower.
        rate = plan.rate * (1 + plan.swing * np.sin(2 * np.pi * (days - 10 / 24)))
        rate = np.where(days.astype(int) % 7 >= 5, rate * 0.66, rate)
        for start, took, times in plan.bursts:
            inside = (seconds >= start) & (seconds < start + took)
            if inside.any():
                # Up within three seconds, and down as fast.
                edge = np.minimum(1, np.minimum(seconds - start + 1, start + took - seconds) / 3)
                rate = np.where(inside, rate * (1 + (times - 1) * edge), rate)
        return rate

    def _requests(self, seconds: NDArray[np.int64], weights: Floats, reachable: NDArray[np.bool_]) -> Floats:
        plan, draw = self.plan, self._draw
        rate = self._rates(seconds)
        shares = weights * np.array(plan.speeds) if plan.algorithm == "leastconn" else weights
        total = shares.sum(axis=1, keepdims=True)
        shares = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
        if plan.sticky:
            return self._sessions(rate, shares, reachable)
        count = draw.poisson(np.where(total[:, 0] > 0, rate, 0))
        if plan.algorithm in ("random", "leastconn"):
            return draw.multinomial(count, _closed(shares)).astype(float)
        if plan.algorithm == "source":
            return self._by_address(count, shares)
        return self._in_turn(count, shares)

    def _in_turn(self, count: NDArray[np.int64], shares: Floats) -> Floats:
        """Dealt: each server's part to within a request, whose fraction is owed to the next second."""
        due = np.cumsum(count[:, None] * shares, axis=0) + self._carried.credit
        whole = np.floor(due)
        found = np.diff(whole, axis=0, prepend=np.floor(self._carried.credit)[None, :])
        self._carried.credit = due[-1] - whole[-1]
        return np.maximum(found, 0)

    def _by_address(self, count: NDArray[np.int64], shares: Floats) -> Floats:
        """A thousand addresses of unequal activity, each with its server for the whole time while that serves."""
        draw = np.random.default_rng(self.plan.seed + 77)
        activity = draw.pareto(2.5, 1000) + 1
        home = draw.integers(0, self.plan.servers, 1000)
        fixed = np.bincount(home, weights=activity, minlength=self.plan.servers)
        parts = fixed / fixed.sum() * (shares > 0)
        gone = 1 - parts.sum(axis=1, keepdims=True)
        return self._draw.multinomial(count, _closed(parts + gone * shares)).astype(float)

    def _sessions(self, rate: Floats, shares: Floats, reachable: NDArray[np.bool_]) -> Floats:
        """Clients that stay: of a geometric number of requests with mean m, counts have dispersion 2 m − 1. With a server in drain too."""
        draw, carried = self._draw, self._carried
        mean = (self.plan.dispersion + 1) / 2
        starts = draw.multinomial(draw.poisson(rate / mean), _closed(shares))
        extra = np.where(starts > 0, draw.negative_binomial(np.maximum(starts, 1), 1 / mean), 0).astype(float)
        found = starts.astype(float)
        late = np.zeros((3600 + SESSION_SECONDS, shares.shape[1]))
        late[:SESSION_SECONDS] = carried.sessions
        left = extra
        for delay in range(SESSION_SECONDS):
            part = draw.binomial(left.astype(np.int64), 1 / (SESSION_SECONDS - delay)).astype(float)
            late[delay : delay + 3600] += part
            left = left - part
        # Whose server went out of service meanwhile goes to the others.
        inside = late[:3600]
        lost = np.where(reachable, 0, inside).sum(axis=1).astype(np.int64)
        carried.sessions = late[3600:]
        return found + np.where(reachable, inside, 0) + draw.multinomial(lost, _closed(shares))


def _closed(shares: Floats) -> Floats:
    """Shares that sum to one within what multinomial takes; all to the first where none serves (nothing is drawn then)."""
    total = shares.sum(axis=1, keepdims=True)
    fixed = np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)
    fixed[total[:, 0] <= 0, 0] = 1.0
    return fixed
