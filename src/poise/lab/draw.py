"""Stacks as different as those of real teams, drawn from a seed, each with one fault that does harm in it."""

import random
from dataclasses import replace

from poise.lab.config import DECLARED
from poise.lab.faults import FAULTS
from poise.lab.plan import LabPlan
from poise.lab.product import ProductName
from poise.lab.settings import Algorithm, BalancerSettings

POOLS = ("web", "app", "api", "checkout", "shop-frontend", "be_main", "prod.web")
NAMES = ("app{}", "web-{:02}", "node_{}", "srv{}", "shop-{}-eu", "i-0{:x}c7")
# What 2 cores carry beside poise itself.
RATES = (55.0, 130.0)
# Shorter requests would drown in the cost of Python, longer ones leave a second without an answer.
SERVICE_MS = (20.0, 250.0)
ALGORITHMS: tuple[Algorithm, ...] = ("round-robin", "round-robin", "round-robin", "least-connections", "least-connections", "random")


# Faults that leave the work of others to be seen; of those that single out a server, or a path, a stack has one at a time.
_TOGETHER = (
    ("uneven-weights", "server-slow", "server-errors", "server-unchecked", "stale-backend"),
    ("network-delay", "network-loss"),
    ("server-maxconn", "listener-maxconn", "server-timeout"),
    ("servers-slow-all", "connection-pool"),
    ("database-locked", "database-slow", "database-connections"),
    ("surge",),
)
# Both are made by how slow a process is told to be: made after the other, each undoes it.
_ONE_KNOB = frozenset({"server-slow", "servers-slow-all"})


def pair(seed: int) -> str:
    """Two faults that can be seen at once, as `first+second`."""
    draw = random.Random(f"pair {seed}")  # noqa: S311 - repeatable on purpose
    while True:
        names = [draw.choice(group) for group in draw.sample(_TOGETHER, 2)]
        if not _ONE_KNOB.issuperset(names):
            return "+".join(names)


def drawn(seed: int, fault: str, product: ProductName) -> LabPlan:
    """The plan of that seed; the same on any machine. Two faults are written `first+second`. Raises KeyError for one not in FAULTS."""
    draw = random.Random(f"{seed} {fault} {product}")  # noqa: S311 - repeatable on purpose
    servers = draw.choice((2, 3, 3, 4, 4, 5, 6, 7, 8, 10, 12))
    rate = round(draw.uniform(*RATES), 1)
    load = draw.uniform(0.3, 0.5 if servers == 2 else 0.7)
    least, most = (ms * rate / (1000.0 * load * servers) for ms in SERVICE_MS)
    slots = draw.randint(max(2, round(least)), max(2, min(12, int(most))))
    named = draw.choice(NAMES)
    names = tuple(named.format(number + 1) for number in range(servers))
    plan = LabPlan(
        seed=seed,
        fault=fault,
        servers=servers,
        slots=slots,
        queue=draw.choice((50, 100, 200)),
        rate=rate,
        pattern=draw.choice(("steady", "steady", "varying")),
        hot=draw.randrange(servers),
        lead_seconds=round(draw.uniform(20.0, 35.0), 1),
        hold_seconds=32.0,
        pool=draw.choice(POOLS),
        server_names=names,
        balancer=_settings(draw, names, slots, product),
        declared=_declared(draw, fault),
        sampled=draw.random() < 0.75,
        spare_connections=draw.randint(2, slots + 2),
    ).with_load(load)
    faults = fault.split("+")
    for name in faults:
        plan = FAULTS[name].prepare(plan, draw)
    # A varying load is held below the declared peak, and so would be the one of a fault.
    changed = not {"surge", "retry-storm", "old-weights"}.isdisjoint(faults)
    expected = plan.rate * (plan.surge_factor if "old-weights" in faults else 1.0)
    return replace(plan, declared_peak=round(expected * draw.uniform(1.2, 1.7), 1), pattern="steady" if changed else plan.pattern)


def _settings(draw: random.Random, names: tuple[str, ...], slots: int, product: ProductName) -> BalancerSettings:
    weight = draw.choice((100, 100, 10, 1))
    return BalancerSettings(
        weights=dict.fromkeys(names, weight),
        maxconn=slots + draw.choice((10, 30)) if product == "haproxy" and draw.random() < 0.3 else None,
        algorithm=draw.choice(ALGORITHMS),
        checked=draw.random() < 0.8,
        check_seconds=draw.choice((1, 2, 2, 3)),
        check_fall=draw.choice((2, 3)),
        check_timeout_ms=draw.choice((1000, 2000)),
        server_timeout_ms=draw.choice((2000, 3000, 5000, 10_000, 30_000)),
        retries=draw.choice((None, None, 1, 2)),
    )


def _declared(draw: random.Random, fault: str) -> tuple[str, ...]:
    """A third of the teams says all, a third some, a third next to nothing. Demand is too high only against a peak that somebody named."""
    told = draw.choice(("all", "some", "little"))
    kept = {"all": 1.0, "some": 0.5, "little": 0.1}[told]
    return tuple(what for what in DECLARED if draw.random() < kept or (what == "peak" and "surge" in fault))
