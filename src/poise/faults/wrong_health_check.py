"""The health check asks the wrong thing: healthy servers are marked DOWN."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.steps import runtime_step
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan, Step
from poise.model.sample import Window

FAULT = Fault(
    name="wrong-health-check",
    layers=("load-balancer",),
    mechanism="configuration",
    title="The health check is wrong",
    looks_like="All servers DOWN at once, 503 within a millisecond (the median improves), while a direct /healthz answers.",
    speaks_against="The probe of the servers fails as the check does; only one server is down; all are up.",
    remedy="Correct the check's port, path or expected answer; until then stop the checks on the control socket.",
    confused_with=(("server-down", "a direct /healthz of the servers: it answers when only the check is wrong"),),
)
EXPECTS = expecting(
    servers_down=0.97,
    pool_down=0.85,
    servers_failures=0.04,
    servers_ping=0.05,
    connection_errors=0.15,
    shares=0.3,
    client_errors=0.97,
    client_latency=0.4,
    clients_cut_off=0.9,
    nothing_arrives=0.9,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which the states are known."""
    for pool in observation.having("servers down"):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Stop the checks of the servers that are down and count them as up; the file is for a person to correct."""
    pool = hypothesis.component.removeprefix("pool ")
    steps: list[Step] = []
    for server in window.stack.downstream(pool):
        if window.get(server, "up").last() == 0.0:
            steps.append(runtime_step(f"stop the check of {server}", f"disable health {server}", f"enable health {server}"))
            steps.append(runtime_step(f"count {server} as up", f"set server {server} health up", f"set server {server} health down"))
    risk = "without checks a server that dies keeps its traffic: correct the check in the file and reload as soon as clients are served"
    confirm = ("servers of the pool, which should be up", "success ratio of clients, which should be at its normal")
    told = "Correct the check (port, path, expected answer) in the file; only its owner knows what the servers answer."
    return Plan(hypothesis.fault, hypothesis.component, tuple(steps), {}, risk, confirm, told)
