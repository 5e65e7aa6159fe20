"""A server does not answer: removed by its checks, or dead without any check."""

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
    name="server-down",
    layers=("application",),
    mechanism="crash",
    title="A server is down",
    looks_like="A server marked DOWN, or failed connects and redispatches to it while clients see few errors.",
    speaks_against="All servers are up and every connect succeeds.",
    remedy="Start it again and see why it died; give it a check if it had none.",
    confused_with=(
        ("wrong-health-check", "a direct /healthz of the server: it answers when only the check is wrong"),
        ("uneven-weights", "shares over the servers that are up: those that stay share evenly"),
    ),
)
REMOVED = expecting(
    servers_down=0.97,
    pool_down=0.15,
    checks_refused=0.9,
    connection_errors=0.4,
    servers_failures=0.5,
    shares=0.15,
    unexplained_shares=0.15,
    client_errors=0.35,
    client_latency=0.4,
)
UNCHECKED = expecting(
    connection_errors=0.95, servers_failures=0.85, shares=0.3, unexplained_shares=0.3, client_errors=0.3, client_latency=0.4
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool: the likelier of removed by checks and dead without a check."""
    for pool in dict.fromkeys((*observation.having("servers down"), *observation.having("connection errors"))):
        servers = observation.stack.downstream(pool)
        either = [hypothesis(FAULT, f"pool {pool}", observation, table, own=(pool,), touches=servers) for table in (REMOVED, UNCHECKED)]
        yield max(either, key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: a dead process is started by its owner."""
    pool = hypothesis.component.removeprefix("pool ")
    down = [s for s in window.stack.downstream(pool) if window.get(s, "up").last() == 0.0]
    act = f"start {', '.join(down) or 'the server that refuses connections'} again and see why it died."
    return advice(hypothesis, "application team", act, "curl -sv http://SERVER/healthz, past the load balancer")
