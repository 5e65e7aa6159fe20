"""A server is dead and nothing checks it: the load balancer goes on sending it requests."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.checked import surely_checked
from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="server-unchecked",
    layers=("load-balancer", "application"),
    mechanism="health-checks",
    title="A dead server gets requests, for nothing checks it",
    looks_like="Failed connects and retries, a third of the log redispatched, a direct probe refused, hardly an error at the clients.",
    speaks_against="Every connect succeeds; checks have removed the server.",
    remedy="Give the pool a health check; start the server again and see why it died.",
    confused_with=(
        ("server-down", "its state: checks removed it there, here it counts as up"),
        ("stale-backend", "whether the application still runs somewhere: it does there, without getting a request"),
    ),
    changed_by=("check", "health"),
)
EXPECTS = expecting(
    # A load balancer that counts failures itself leaves a dead server alone soon, and a path that takes connections for it hides them.
    attempts=0.3,
    connection_errors=0.8,
    retries=0.5,
    servers_failures=0.65,
    server_errors=0.45,
    silent_and_erring=0.6,
    connections_fell=0.3,
    servers_down=0.1,
    applications_silent=0.9,
    unreached=0.03,
    shares=0.3,
    unexplained_shares=0.3,
    client_errors=0.35,
    client_latency=0.35,
)


# A check that the file has may be one that anything answers; but then it would not be the first thing to think of.
PRIOR_CHECKED = -3.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose failed connects are counted."""
    for pool, prior in looked(observation, "connection errors"):
        servers = observation.stack.downstream(pool)
        applications = [a for s in servers for a in observation.stack.downstream(s)]
        known = prior + PRIOR_CHECKED if surely_checked(observation, pool) else prior
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=known, touches=(*servers, *applications))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: a check belongs into the file, a dead process to its owner."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    act = f"take the server that refuses connections out of {pool}, give the pool a health check, then start the server again."
    return advice(hypothesis, "load balancer team", act, "poise audit CONFIG (rules about health checks)")
