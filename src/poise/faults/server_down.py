"""A server does not answer and its checks removed it."""

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
    name="server-down",
    layers=("application",),
    mechanism="crash",
    title="A server is down",
    looks_like="A server marked DOWN, a direct probe refused; the others share its requests evenly.",
    speaks_against="All servers are up; a server that is down answers a direct probe.",
    remedy="Start it again and see why it died.",
    confused_with=(
        ("wrong-health-check", "a direct /healthz of the server: it answers when only the check is wrong"),
        ("server-unchecked", "its state: it counts as up there, for nothing checks it"),
        ("uneven-weights", "shares over the servers that are up: those that stay share evenly"),
    ),
)
EXPECTS = expecting(
    server_errors=0.35,
    servers_down=0.97,
    pool_down=0.15,
    checks_refused=0.9,
    connection_errors=0.4,
    retries=0.3,
    attempts=0.2,
    servers_failures=0.6,
    applications_silent=0.75,
    silent_and_erring=0.4,
    connections_fell=0.3,
    unreached=0.2,
    shares=0.15,
    unexplained_shares=0.15,
    client_errors=0.35,
    client_latency=0.4,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which the states are known."""
    for pool, prior in looked(observation, "servers down"):
        servers = observation.stack.downstream(pool)
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=servers)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: a dead process is started by its owner."""
    pool = hypothesis.component.removeprefix("pool ")
    down = [s for s in window.stack.downstream(pool) if window.get(s, "up").last() == 0.0]
    act = f"start {', '.join(down) or 'the server that refuses connections'} again and see why it died."
    return advice(hypothesis, "application team", act, "curl -sv http://SERVER/healthz, past the load balancer")
