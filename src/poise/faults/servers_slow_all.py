"""All application servers work slower, or have too few slots for an ordinary load."""

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
    name="servers-slow-all",
    layers=("application",),
    mechanism="capacity",
    title="All application servers are slow",
    looks_like="Every server at its limit with the normal number of requests; application time far above an idle database's.",
    speaks_against="Demand above its normal explains it; the database's statements take longer; one server alone is full.",
    remedy="Roll back the last release of the application, or add servers.",
    confused_with=(
        ("surge", "requests per second against their normal and the declared peak"),
        ("database-slow", "statement mean on the database's side"),
    ),
    changed_by=("release", "deploy", "version", "library"),
)
EXPECTS = expecting(
    clients_cut_off=0.2,
    unseen_failures=0.3,
    answers_cut=0.3,
    server_errors=0.2,
    several_err=0.55,
    own_time_all=0.95,
    all_saturated=0.8,
    own_time_one=0.15,
    errors_everywhere=0.5,
    database_errors=0.35,
    client_errors=0.6,
    arrivals_as_ever=0.5,
    client_latency=0.97,
    pool_queue=0.12,
    servers_direct_ping=0.15,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose applications are watched."""
    for pool, prior in looked(observation, "own time all"):
        applications = [a for s in observation.stack.downstream(pool) for a in observation.stack.downstream(s)]
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=applications)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the application's team must roll back or add servers."""
    del window
    act = "roll back the last release, or add servers: every server works longer on the same request than before."
    return advice(hypothesis, "application team", act, "poise docs CONFIG, and a profile of one application process")
