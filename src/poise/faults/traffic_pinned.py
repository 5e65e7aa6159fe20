"""Something other than weights sends the traffic to few servers: maintenance or drain, or a hash over one client address."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.steps import runtime_step
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan, Step
from poise.model.sample import Window

FAULT = Fault(
    name="traffic-pinned",
    layers=("load-balancer",),
    mechanism="configuration",
    title="Traffic is pinned to few servers",
    looks_like="One server full, the others idle, with equal weights: the rest are in maintenance, or a hash places all clients on one.",
    speaks_against="No server is in maintenance or drained and the algorithm spreads every request.",
    remedy="Set the servers ready; replace a hash of the source address by roundrobin or leastconn, or hash something that varies.",
    confused_with=(
        ("uneven-weights", "the running weights: they are equal here"),
        ("server-down", "the state: MAINT and DRAIN are somebody's act, DOWN is a check's"),
    ),
)
_EITHER = {
    "one_saturated": 0.7,
    "server_errors": 0.4,
    "database_errors": 0.3,
    "client_errors": 0.6,
    "client_latency": 0.85,
    "servers_direct_ping": 0.12,
}
MAINTENANCE = expecting(maintenance=0.97, shares=0.3, unexplained_shares=0.2, **_EITHER)
HASHED = expecting(hash_pins=0.97, shares=0.97, unexplained_shares=0.6, **_EITHER)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool: the likelier of maintenance and hash."""
    for pool in dict.fromkeys((*observation.having("maintenance"), *observation.having("hash pins"))):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        either = [hypothesis(FAULT, f"pool {pool}", observation, table, own=(pool,), touches=touches) for table in (MAINTENANCE, HASHED)]
        yield max(either, key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Set ready what is in maintenance or drained. A hash is a choice about sessions that only its owner can take back."""
    pool = hypothesis.component.removeprefix("pool ")
    steps: list[Step] = []
    for server in window.stack.downstream(pool):
        for metric, state in (("maintenance", "maint"), ("drain", "drain")):
            if (window.get(server, metric).last() or 0.0) >= 0.5:
                steps.append(runtime_step(f"set {server} ready", f"set server {server} state ready", f"set server {server} state {state}"))
                break
    told = (
        ""
        if steps
        else f"Change 'balance' of pool {pool} to roundrobin or leastconn, or hash something that varies among clients, and reload."
    )
    confirm = (
        "shares, which should be within 5 points of the wanted ones",
        "success ratio and p99 of clients, which should be at their normal",
    )
    return Plan(
        hypothesis.fault,
        hypothesis.component,
        tuple(steps),
        {},
        "a server in maintenance may be there for a reason: ask who set it",
        confirm,
        told,
    )
