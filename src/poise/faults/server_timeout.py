"""The load balancer gives its servers less time than their work takes."""

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
    name="server-timeout",
    layers=("load-balancer",),
    mechanism="configuration",
    title="The load balancer cuts answers off before they can come",
    looks_like="504 from every server alike (HAProxy logs sH--) while the applications' own times and slots are at their normal.",
    speaks_against="The limit is far above what a request takes; the applications are full or slower than before.",
    remedy="Raise it above the slowest ordinary answer (HAProxy timeout server, nginx proxy_read_timeout, Envoy the route's timeout).",
    confused_with=(
        ("servers-slow-all", "the applications' own response time and slots in use: at their normal here"),
        ("database-slow", "database time as the applications see it"),
    ),
    changed_by=("timeout",),
)
EXPECTS = expecting(
    answers_cut=0.9,
    # Whether an answer that was cut off counts as the server's differs by product and by source.
    several_err=0.6,
    unseen_failures=0.45,
    arrivals_as_ever=0.8,
    clients_cut_off=0.35,
    time_limit=0.95,
    errors_everywhere=0.55,
    server_errors=0.12,
    client_errors=0.95,
    client_latency=0.35,
    connection_errors=0.2,
    retries=0.3,
    servers_down=0.05,
    own_time_all=0.1,
    all_saturated=0.06,
)


# Clients whose requests fail have many causes: where the limit itself is far from an ordinary answer it is a guess.
LEAST, PRIOR_UNSEEN = 0.3, -3.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose limit and whose ordinary answer are known."""
    touches = tuple(c.name for c in observation.stack.of_kind("load-balancer"))
    for pool, prior in looked(observation, "time limit"):
        limit = observation.sign("time limit", pool)
        known = prior if limit is None or limit.degree > LEAST else PRIOR_UNSEEN
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches, prior=known)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: how long a request may take is the service owner's to say."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    act = f"raise the time that servers of {pool} are given above their slowest ordinary answer, and reload."
    return advice(hypothesis, "load balancer team", act, "poise audit CONFIG (rules about timeouts), and the access log's answers with 504")
