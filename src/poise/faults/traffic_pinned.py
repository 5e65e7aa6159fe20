"""Maintenance or drain leaves the traffic to few servers."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.looked import looked
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
    looks_like="One server full, the others idle, with equal weights: the rest are in maintenance or drained.",
    speaks_against="No server is in maintenance or drained.",
    remedy="Set the servers ready, once who took them out says that they may be.",
    confused_with=(
        ("uneven-weights", "the running weights: they are equal here"),
        ("source-behind-nat", "the states: all servers are ready there, and a hash places the clients"),
        ("server-left-in-drain", "how many are out: a minority there, and the rest carries the load"),
        ("server-down", "the state: MAINT and DRAIN are somebody's act, DOWN is a check's"),
    ),
    changed_by=("maint", "drain", "disable", "rotation", " down", "depool"),
)
EXPECTS = expecting(
    # Servers without work give their connections to the database back.
    connections_fell=0.3,
    several_err=0.15,
    maintenance=0.97,
    # Where states are told as up or not, maintenance is told as not.
    servers_down=0.3,
    few_out=0.03,
    shares=0.3,
    unexplained_shares=0.2,
    one_saturated=0.7,
    server_errors=0.4,
    database_errors=0.3,
    client_errors=0.6,
    client_latency=0.85,
    servers_direct_ping=0.12,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which the states are known."""
    for pool, prior in looked(observation, "maintenance", "servers down"):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Set ready what is in maintenance or drained."""
    pool = hypothesis.component.removeprefix("pool ")
    steps: list[Step] = []
    for server in window.stack.downstream(pool):
        for metric, state in (("maintenance", "maint"), ("drain", "drain")):
            if (window.get(server, metric).last() or 0.0) >= 0.5:
                steps.append(runtime_step(f"set {server} ready", f"set server {server} state ready", f"set server {server} state {state}"))
                break
    told = "" if steps else f"Set the servers of pool {pool} ready that somebody took out; the window does not name them."
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
