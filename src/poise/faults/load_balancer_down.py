"""The load balancer itself does not run, or does not answer anybody."""

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
    name="load-balancer-down",
    layers=("load-balancer",),
    mechanism="crash",
    title="The load balancer is down",
    looks_like=(
        "Clients cannot connect and hardly any succeeds, what tells of the load balancer (control socket, admin interface, log) refuses or "
        "falls silent, nothing arrives at the applications, "
        "which answer at once when asked past the load balancer."
    ),
    speaks_against="The load balancer answers when asked; requests arrive at the applications; some clients are served.",
    remedy="Start it again; where it does not start, correct what its own check of the file names. Then read why it ended.",
    confused_with=(
        ("wrong-health-check", "the control socket: it answers there, and says that all servers are DOWN"),
        ("outside", "the control socket: it answers when the way to us is what is broken"),
        ("network-loss", "the control socket, a local file that no network path touches"),
    ),
)
EXPECTS = expecting(
    several_err=0.2,
    unseen_failures=0.9,
    load_balancer_silent=0.97,
    clients_cut_off=0.95,
    clients_refused=0.75,
    nothing_arrives=0.95,
    arrivals_as_ever=0.02,
    client_errors=0.97,
    client_latency=0.45,
    time_before_the_load_balancer=0.3,
    sessions=0.015,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per load balancer of which it is known whether it answers, else of the first."""
    known = tuple(observation.having("load balancer silent"))
    for name in known or [c.name for c in observation.stack.of_kind("load-balancer")[:1]]:
        yield hypothesis(FAULT, f"load-balancer {name}", observation, EXPECTS, own=(name,), prior=0.0 if known else UNLOOKED)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: poise speaks to a running load balancer, it does not start one."""
    file = next((t.file for t in window.topologies), "/etc/haproxy/haproxy.cfg")
    act = f"start HAProxy again (systemctl start haproxy); if it refuses its file, haproxy -c -f {file} says the line."
    confirm = ("the control socket answers", "success ratio of clients at its normal for 5 s")
    return advice(hypothesis, "load balancer team", act, "systemctl status haproxy; journalctl -u haproxy -n 50", confirm)
