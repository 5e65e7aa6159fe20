"""Requests go to another pool than they should: a rule before the right one takes them."""

from collections.abc import Iterable
from shlex import quote

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.component_label import component_label
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="wrong-route",
    layers=("load-balancer",),
    mechanism="routing",
    title="Requests are routed to the wrong pool",
    looks_like="One pool gets next to nothing, another gets as much more at the same moment, and what came in is as ever; one path fails.",
    speaks_against="Every pool gets its usual part of the requests.",
    remedy="Put the rule back in its place (the first that matches decides), check the file's difference, and ask by path for each pool.",
    confused_with=(
        ("server-down", "whether the servers of the empty pool answer: they do"),
        ("surge", "what comes in altogether: it is at its normal"),
        ("server-errors", "whether the errors began with the requests that moved"),
    ),
    changed_by=("route", "acl", "use_backend", "location", "path", "default_backend", "match"),
)
EXPECTS = expecting(
    moved_between_pools=0.97,
    client_errors=0.7,
    client_latency=0.3,
    errors_everywhere=0.4,
    several_err=0.4,
    unseen_failures=0.4,
    unreached=0.02,
    nothing_arrives=0.03,
    attempts=0.2,
    all_saturated=0.2,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: the pool that lost its requests."""
    for pool in observation.showing("moved between pools"):
        touches = tuple(c.name for kind in ("load-balancer", "listener") for c in observation.stack.of_kind(kind))
        yield hypothesis(FAULT, component_label("pool", pool), observation, EXPECTS, own=(pool,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: which rule is right is not in the window."""
    pool = hypothesis.component.removeprefix("pool ")
    topology = next((t for t in window.topologies if t.pool(pool) is not None), None)
    file = topology.file if topology is not None else "CONFIG"
    act = f"compare {file} with the version before, and put the rule that sends requests to {pool} back where it was."
    command = f"grep -nE 'use_backend|default_backend|location|proxy_pass|route|prefix' {quote(file)}"
    return advice(hypothesis, "load balancer team", act, command)
