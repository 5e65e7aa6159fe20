"""Nothing is wrong: competes with every fault, on the same signs."""

from collections.abc import Iterable

from poise.faults.expectations import QUIET
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="none",
    layers=("none",),
    mechanism="none",
    title="Nothing is wrong",
    looks_like="Clients' success and latency at their normal, shares as wanted; changes and moderate loads come and go.",
    speaks_against="Clients are harmed, or shares are not what the needs want.",
    remedy="Nothing. If an alarm rang, its threshold deserves a look.",
)
# Three healthy stacks of five minutes under a varying load, on a machine that was busy otherwise, each had one second whose p99 was 4–6
# times the usual: the onset is looked for, so it finds such a second. Latency alone speaks less against "nothing" than errors do.
EXPECTS = {name: min(rate, 0.04) for name, rate in QUIET.items()} | {
    "client errors": 0.04,
    "client latency": 0.14,
    "demand": 0.15,
    "active sessions": 0.08,
    "weights": 0.02,
    "servers down": 0.015,
    "connection errors": 0.015,
    "pool down": 0.015,
    "lock waits": 0.03,
    "clients cut off": 0.015,
    "clients refused": 0.015,
    # How servers are found is nobody's fault, and a deploy takes one out.
    "names resolved": 0.2,
    "few out": 0.05,
}
# Most looks at a service find it well.
PRIOR = 1.0
# No service is well whose clients get nothing, however quiet all figures behind are: they are quiet because nothing arrives.
PRIOR_CUT_OFF = -8.0
# A server that stays down is a fact, whether clients feel it or not.
PRIOR_DOWN = -1.0
# Where no client was asked nobody knows that they are well.
PRIOR_UNASKED = -2.0
# Nor that no server is gone, where nothing of them was measured.
PRIOR_UNSEEN = -2.0
OF_SERVERS = ("shares", "servers down", "server errors", "connection errors")
SURELY = 0.75


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """Always one hypothesis."""
    harm = observation.worst("clients cut off")
    down = observation.worst("servers down")
    prior = PRIOR if down is None or down.degree < SURELY else PRIOR_DOWN
    if harm is not None and harm.degree >= SURELY:
        prior = PRIOR_CUT_OFF
    if observation.worst("client errors") is None and observation.worst("client latency") is None:
        prior += PRIOR_UNASKED
    if all(observation.worst(name) is None for name in OF_SERVERS):
        prior += PRIOR_UNSEEN
    yield hypothesis(FAULT, "stack", observation, EXPECTS, prior=prior)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Nothing to do."""
    del window
    return Plan(hypothesis.fault, hypothesis.component, (), {}, "", (), "Nothing to repair.")
