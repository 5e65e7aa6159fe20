"""Servers of a pool are restarted one after another while they still get requests."""

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
    name="restart-without-drain",
    layers=("application", "load-balancer"),
    mechanism="drain",
    title="Servers are restarted without being drained",
    looks_like="Short bursts of 502 and of failed connects, one server after another, each of which is back and young a moment later.",
    speaks_against="No application began anew; a server stays away; errors go on between the restarts.",
    remedy="Drain, wait for the requests in flight, then stop: the application finishes what it has at SIGTERM and its health page says no "
    "before; the deploy waits until each is up again.",
    confused_with=(
        ("server-down", "whether it stays away"),
        ("deep-health-check", "whether the applications began anew: there they run on, and only the check fails"),
        ("server-errors", "whether errors go on after the restarts, as those of a bad build do"),
        ("reload-cuts-connections", "which process is new: the load balancer's there"),
    ),
    changed_by=("deploy", "rollout", "restart", "release"),
)
EXPECTS = expecting(
    restarts_in_turn=0.97,
    connection_errors=0.75,
    servers_down=0.3,
    servers_failures=0.35,
    retries=0.4,
    several_err=0.3,
    server_errors=0.3,
    health_flaps=0.15,
    client_errors=0.7,
    client_latency=0.4,
    shares=0.12,
    unexplained_shares=0.15,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which several applications began anew."""
    for pool in observation.showing("restarts in turn"):
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=observation.stack.downstream(pool))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the order of a rollout is the deploy tool's."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    act = f"pause the rollout; then drain each server of {pool}, wait until it has nothing in flight, and stop it only then."
    return advice(hypothesis, "team of the application", act, "journalctl --since -15min | grep -iE 'sigterm|stopp(ed|ing)|start(ed|ing)'")
