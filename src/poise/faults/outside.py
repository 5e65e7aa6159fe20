"""Clients suffer and nothing that we operate shows why."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="outside",
    layers=("outside",),
    mechanism="provider",
    title="The cause lies outside: provider, CDN or the clients' own network",
    looks_like="Clients fail or wait, every layer of ours is at its normal, fewer requests arrive.",
    speaks_against="Any layer of ours is away from its normal, or a probe from inside is as slow as the clients.",
    remedy="See the providers' status pages; probe from another network.",
    confused_with=(
        ("network-loss", "retransmissions on the side of the clients"),
        ("listener-maxconn", "sessions against the limit, accept queue"),
    ),
)
FAILING = expecting(
    client_errors=0.9,
    client_latency=0.6,
    time_before_the_load_balancer=0.5,
    unseen_failures=0.85,
    arrivals_as_ever=0.3,
    demand=0.02,
    clients_disagree=0.7,
    late_by_timeouts=0.5,
)
WAITING = expecting(
    client_errors=0.2,
    client_latency=0.95,
    time_before_the_load_balancer=0.93,
    unseen_failures=0.1,
    clients_refused=0.02,
    clients_disagree=0.7,
    late_by_timeouts=0.5,
)
# A claim about others must be better founded than one about ourselves.
PRIOR = -2.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis where clients are watched at all."""
    if observation.worst("client errors") is not None or observation.worst("client latency") is not None:
        either = [hypothesis(FAULT, "client", observation, table, prior=PRIOR) for table in (FAILING, WAITING)]
        yield max(either, key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: only a look from elsewhere helps."""
    del window
    return advice(
        hypothesis,
        "provider",
        "probe the service from another network and see the providers' status.",
        "curl -o /dev/null -sw '%{time_connect} %{time_total}' URL",
    )
