"""The load balancer's process has no processor time left: everything is late, and everything behind it is well."""

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
    name="load-balancer-busy",
    layers=("load-balancer",),
    mechanism="capacity",
    title="The load balancer has no processor time left",
    looks_like="Its process is never idle, clients wait and sometimes fail, the applications are less busy than usual.",
    speaks_against="The process is idle between requests; the applications are full.",
    remedy="More threads or nodes (HAProxy nbthread, nginx worker_processes, Envoy --concurrency); fewer TLS handshakes, less compression, "
    "less logging, cheaper rules.",
    confused_with=(
        ("surge", "the request rate against the declared peak"),
        ("listener-maxconn", "sessions against their limit"),
        ("servers-slow-all", "the applications' own response time"),
        ("outside", "whether the process is idle"),
    ),
    changed_by=("nbthread", "worker_processes", "cipher", "compression", "lua", "regex", "concurrency"),
)
EXPECTS = expecting(
    process_busy=0.97,
    time_before_the_load_balancer=0.7,
    time_before_the_application=0.4,
    accept_queue=0.3,
    sessions=0.15,
    client_latency=0.92,
    client_errors=0.5,
    servers_ping=0.2,
    health_flaps=0.1,
    demand=0.3,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per load balancer whose process is never idle."""
    for name in observation.showing("process busy"):
        yield hypothesis(FAULT, f"load-balancer {name}", observation, EXPECTS, own=(name,))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: more processors are not a command of the load balancer's."""
    product = next((t.product for t in window.topologies), "haproxy")
    act = f"find what takes {product}'s processor time (handshakes, compression, rules, another process), and give it more of it."
    return advice(hypothesis, "load balancer team", act, f"top -b -n 1 -H | grep -E 'PID|{product}' | head -20")
