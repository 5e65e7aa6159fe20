"""The load balancer's own retries keep the servers full after the cause has gone, or multiply a small one."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="retry-storm",
    layers=("load-balancer",),
    mechanism="retries",
    title="Retries multiply the load",
    looks_like="Far more attempts than requests, every server full, and clients send no more than usual.",
    speaks_against="Attempts and requests are one to one; clients themselves send more; one server alone is full.",
    remedy="Cut the retries (fewer, with a budget, none on 5xx of a full server), shed load until the queues are empty.",
    confused_with=(
        ("surge", "requests of clients against attempts at the servers: only attempts rose here"),
        ("servers-slow-all", "attempts per request: one there"),
    ),
    changed_by=("retr", "redispatch", "proxy_next_upstream"),
)
EXPECTS = expecting(
    answers_cut=0.3,
    several_err=0.92,
    attempts=0.96,
    retries=0.95,
    all_saturated=0.8,
    errors_everywhere=0.75,
    demand=0.12,
    above_peak=0.1,
    own_time_all=0.25,
    database_errors=0.3,
    active_sessions=0.35,
    pool_queue=0.2,
    servers_direct_ping=0.2,
    servers_ping=0.3,
    connection_errors=0.3,
    client_errors=0.9,
    client_latency=0.9,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose attempts are counted."""
    for pool, prior in looked(observation, "retries", "attempts"):
        touches = tuple(c.name for c in observation.stack.of_kind("load-balancer"))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: which requests may be retried is the service owner's to say."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    act = f"cut the retries of {pool} and shed load until the queues are empty; then allow a budget of retries, not a number."
    return advice(hypothesis, "load balancer team", act, "poise audit CONFIG (rules about retries)")
