"""The health check asks more than whether the server lives: what it depends on being slow takes all servers out."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.checked import checked
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="deep-health-check",
    layers=("load-balancer", "database"),
    mechanism="health-checks",
    title="The health check depends on the database",
    looks_like="Servers go down and come back together while they answer requests; database or load is slower than usual, no server died.",
    speaks_against="The servers refuse connections; one server alone is down; the database is as fast as ever.",
    remedy="Check only whether the server itself can work; leave what all servers share to alerts. Panic or fail-open keeps a floor.",
    confused_with=(
        ("server-down", "a direct probe of the servers: they answer here"),
        ("wrong-health-check", "the database: idle and fast there, slow here"),
        ("database-slow", "the servers' states: up there"),
    ),
    changed_by=("check", "health"),
)
EXPECTS = expecting(
    unreached=0.6,
    several_err=0.4,
    unseen_failures=0.7,
    servers_down=0.9,
    health_flaps=0.6,
    pool_down=0.6,
    checks_refused=0.02,
    servers_failures=0.05,
    applications_silent=0.04,
    statement_time=0.7,
    active_sessions=0.65,
    database_time=0.7,
    lock_waits=0.3,
    connection_errors=0.2,
    shares=0.3,
    unexplained_shares=0.3,
    errors_everywhere=0.3,
    all_saturated=0.3,
    client_errors=0.9,
    client_latency=0.7,
    clients_cut_off=0.5,
    nothing_arrives=0.4,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which the states are known."""
    for pool, prior in checked(observation):
        touches = tuple(c.name for c in observation.stack.of_kind("load-balancer"))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: what the check may ask is the owners' to say; the database's trouble is named beside."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    act = f"let the check of {pool} ask only whether the server itself can work, and look at what made the database slow."
    return advice(hypothesis, "load balancer team", act, "poise audit CONFIG (rules about health checks)")
