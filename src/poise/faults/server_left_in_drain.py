"""Somebody took a few servers out, for a deploy or a repair, and did not put them back."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.traffic_pinned import plan as set_ready
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="server-left-in-drain",
    layers=("load-balancer",),
    mechanism="configuration",
    title="Servers were taken out and left out",
    looks_like="A minority of the servers in maintenance or drained, their applications idle and well; the others carry their part.",
    speaks_against="No server is in maintenance or drained; the application of the server that is out does not answer.",
    remedy="Set it ready once who took it out says that it may be; let the deploy tool put back what it takes out, and alert on the age.",
    confused_with=(
        ("traffic-pinned", "how many are out: most of them there, and the rest cannot carry the load"),
        ("server-down", "the state: MAINT and DRAIN are somebody's act, DOWN is a check's"),
        ("surge", "the request rate: it is at its normal, only fewer servers share it"),
    ),
    changed_by=("maint", "drain", "disable", "rotation", " down", "depool"),
)
EXPECTS = expecting(
    few_out=0.97,
    maintenance=0.9,
    shares=0.15,
    unexplained_shares=0.1,
    all_saturated=0.25,
    errors_everywhere=0.2,
    client_errors=0.35,
    client_latency=0.5,
)
LEAST = 0.3


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which a minority is out."""
    for pool in observation.showing("few out", above=LEAST):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Set ready what is in maintenance or drained."""
    return set_ready(hypothesis, window)
