"""More requests than the service was built for."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.looked import UNLOOKED
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="surge",
    layers=("demand",),
    mechanism="load",
    title="Demand is above what the service was built for",
    looks_like="First attempts far above normal and above the declared peak; even shares; every server saturated.",
    speaks_against="The request rate is at its normal; only one server is full.",
    remedy="Add servers, shed or queue the least important requests, find who sends the surge.",
    confused_with=(
        ("uneven-weights", "shares and slots in use: a surge fills all servers alike"),
        ("servers-slow-all", "requests per second against their normal"),
    ),
)
EXPECTS = expecting(
    answers_cut=0.25,
    queue_cut=0.3,
    server_errors=0.2,
    several_err=0.55,
    crowded_by_weight=0.05,
    demand=0.97,
    above_peak=0.93,
    all_saturated=0.8,
    # nginx leaves servers alone that fail under the load, and has none left at times.
    health_flaps=0.12,
    servers_down=0.1,
    clients_cut_off=0.2,
    unseen_failures=0.3,
    pool_refuses=0.15,
    one_saturated=0.06,
    errors_everywhere=0.5,
    database_time=0.3,
    active_sessions=0.45,
    database_errors=0.5,
    lock_waits=0.1,
    statement_time=0.12,
    own_time_all=0.08,
    pool_queue=0.15,
    servers_direct_ping=0.2,
    servers_ping=0.4,
    servers_steady_delay=0.3,
    database_ping=0.4,
    database_steady_delay=0.3,
    time_before_the_database=0.35,
    time_before_the_application=0.3,
    arrivals_as_ever=0.4,
    client_latency=0.97,
    client_errors=0.7,
    connection_errors=0.25,
    time_before_the_load_balancer=0.2,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: demand comes from the clients together, whether it was measured or not."""
    if (sign := observation.worst("demand") or observation.worst("above peak")) is not None:
        yield hypothesis(FAULT, sign.component, observation, EXPECTS)
    elif clients := observation.stack.of_kind("client"):
        yield hypothesis(FAULT, clients[0].name, observation, EXPECTS, prior=UNLOOKED)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: capacity and shedding are decisions."""
    del window
    act = "find who sends the surge; add servers or shed the least important requests until it passes."
    return advice(
        hypothesis,
        "owner of the service",
        act,
        "poise predict CONFIG (utilisation at the observed rate), and the access log's busiest clients",
    )
