"""What each pool is and what happens to it, drawn from a seed: nothing that anybody should be woken for."""

from dataclasses import dataclass, field

import numpy as np

DAY = 86_400
ALGORITHMS = ("roundrobin", "roundrobin", "leastconn", "random", "source", "static-rr")


@dataclass(frozen=True, slots=True)
class Out:
    """A server is out of service from second `start` to `end`: how it left, and whether its weight grows slowly when it is back."""

    server: int
    start: int
    end: int
    how: str  # maintenance, drain, down, weight


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One pool for so many days. `rate` is the mean of a day in requests per second, `dispersion` that of its sticky sessions (1: none)."""

    seed: int
    name: str
    servers: int
    algorithm: str
    weights: tuple[int, ...]
    rate: float
    swing: float
    dispersion: float
    declared: bool
    slow_start: int
    outs: tuple[Out, ...] = ()
    bursts: tuple[tuple[int, int, float], ...] = ()  # start, seconds, times the rate
    reloads: tuple[int, ...] = ()
    speeds: tuple[float, ...] = field(default_factory=tuple)

    @property
    def sticky(self) -> bool:
        """Whether clients come back to their server."""
        return self.dispersion > 1


def drawn(seed: int, days: int) -> PoolPlan:
    """The pool of that seed."""
    draw = np.random.default_rng(seed)
    servers = int(draw.integers(2, 13))
    algorithm = str(draw.choice(ALGORITHMS))
    sticky = algorithm in ("roundrobin", "leastconn", "static-rr") and draw.random() < 0.5
    weighted = algorithm in ("roundrobin", "static-rr", "random") and draw.random() < 0.4
    weights = tuple(int(w) for w in (draw.integers(1, 5, servers) if weighted else np.ones(servers)))
    plan = PoolPlan(
        seed,
        f"pool{seed}",
        servers,
        algorithm,
        weights,
        rate=float(np.exp(draw.uniform(np.log(4), np.log(600)))),
        swing=float(draw.uniform(0.3, 0.9)),
        dispersion=float(draw.uniform(1.2, 4.0)) if sticky else 1.0,
        # What a hash of addresses does is not what anybody can promise.
        declared=bool(draw.random() < 0.7) and algorithm != "source",
        slow_start=int(draw.choice([0, 0, 10, 30, 60])),
        speeds=tuple(float(s) for s in draw.uniform(0.85, 1.15, servers)),
    )
    return PoolPlan(
        **{
            **{name: getattr(plan, name) for name in PoolPlan.__dataclass_fields__},
            "outs": tuple(_outs(draw, plan, days)),
            "bursts": tuple(_bursts(draw, days)),
            "reloads": tuple(int(s) for s in draw.uniform(0, days * DAY, draw.poisson(0.7 * days))),
        }
    )


def _outs(draw: np.random.Generator, plan: PoolPlan, days: int) -> list[Out]:
    """Deploys that take one server after the other, drains by hand for minutes, checks that fail for a moment, weights that are turned
    down for a while. One at a time: what takes two of a small pool is no ordinary day."""
    found: list[Out] = []
    starts = sorted(draw.uniform(0, days * DAY, draw.poisson(1.6 * days)))
    free = 0.0
    for start in starts:
        at = int(max(start, free))
        kind = draw.choice(["deploy", "deploy", "drain", "blip", "weight"])
        if kind == "deploy":
            how = str(draw.choice(["maintenance", "down"]))
            for server in range(plan.servers):
                took = int(draw.integers(6, 40))
                if how == "maintenance":
                    found.append(Out(server, at, at + 5, "drain"))
                    at += 5
                found.append(Out(server, at, at + took, how))
                at += took + int(draw.integers(5, 30)) + plan.slow_start
        else:
            took = {"drain": draw.integers(300, 3600), "blip": draw.integers(3, 12), "weight": draw.integers(600, 7200)}[str(kind)]
            how = {"drain": "drain", "blip": "down", "weight": "weight"}[str(kind)]
            found.append(Out(int(draw.integers(plan.servers)), at, at + int(took), how))
            at += int(took)
        free = at + 120 + plan.slow_start
    return found


def _bursts(draw: np.random.Generator, days: int) -> list[tuple[int, int, float]]:
    count = draw.poisson(12 * days)
    return [
        (int(start), int(took), float(times))
        for start, took, times in zip(
            draw.uniform(0, days * DAY, count), draw.uniform(5, 300, count), draw.uniform(1.3, 4.0, count), strict=True
        )
    ]
