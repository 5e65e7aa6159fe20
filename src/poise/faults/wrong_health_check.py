"""The health check asks the wrong thing: healthy servers are marked DOWN."""

from collections.abc import Iterable

from poise.faults.checked import checked
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
    remedy="Correct the check's port, path or expected answer; until then stop the checks (HAProxy: disable health).",
    confused_with=(("server-down", "a direct /healthz of the servers: it answers when only the check is wrong"),),
    changed_by=("check", "health"),
)
EXPECTS = expecting(
    nobody_found=0.9,
    tls_to_servers=0.25,
    unreached=0.85,
    several_err=0.15,
    unseen_failures=0.8,
    servers_down=0.97,
    pool_down=0.85,
    checks_refused=0.02,
    servers_failures=0.04,
    servers_ping=0.05,
    connection_errors=0.15,
    shares=0.3,
    client_errors=0.97,
    client_latency=0.4,
    clients_cut_off=0.9,
    nothing_arrives=0.9,
    arrivals_as_ever=0.03,
)

# Where no file was read nobody knows what is checked, nor that anything is: certificates and names fail alike.
PRIOR_UNREAD = -2.0
RECENT_SECONDS = 5.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of which the states are known."""
    for pool, prior in checked(observation):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        read = any(t.pool(pool) is not None for t in observation.topologies)
        known = prior if read else prior + PRIOR_UNREAD
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=known, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Stop the checks of the servers that are down but answer, and count them as up; the file is for a person to correct.

    A server that nothing proves alive is never forced up: its traffic would be lost.
    """
    pool = hypothesis.component.removeprefix("pool ")
    steps: list[Step] = []
    for server in window.stack.downstream(pool):
        if window.get(server, "up").last() == 0.0 and _answers(window, server):
            steps.append(runtime_step(f"stop the check of {server}", f"disable health {server}", f"enable health {server}"))
            steps.append(runtime_step(f"count {server} as up", f"set server {server} health up", f"set server {server} health down"))
    risk = "without checks a server that dies keeps its traffic: correct the check in the file and reload as soon as clients are served"
    confirm = ("servers of the pool, which should be up", "success ratio of clients, which should be at its normal")
    told = "Correct the check (port, path, expected answer) in the file; only its owner knows what the servers answer."
    if not steps:
        told = f"See first whether a server answers: curl -sv http://SERVER:PORT/ of each server of {pool}. " + told
    return Plan(hypothesis.fault, hypothesis.component, tuple(steps), {}, risk if steps else "", confirm, told)


def _answers(window: Window, server: str) -> bool:
    """Did the server's traffic port answer in the last seconds: our own probe of its hop, else the load balancer's check?"""
    address = next((c.address for c in window.stack.of_kind("server") if c.name == server), None)
    for hop in window.stack.of_kind("hop"):
        attempts, failures = (window.recent(hop.name, m, RECENT_SECONDS).increase() for m in ("attempts_total", "connect_failures_total"))
        if hop.address == address and attempts:
            return not failures
    return window.recent(server, "check_refused", RECENT_SECONDS).last() == 0.0
