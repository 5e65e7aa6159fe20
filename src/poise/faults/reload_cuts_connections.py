"""A reload or restart of the load balancer breaks the connections that it has."""

from collections.abc import Iterable
from shlex import quote

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="reload-cuts-connections",
    layers=("load-balancer",),
    mechanism="reload",
    title="A reload cuts connections",
    looks_like="Clients fail for some seconds each time the process is replaced (or when its last connections are cut), and well between.",
    speaks_against="No process was replaced; clients fail long after as they did then; servers count the failures as their own 5xx.",
    remedy="Replace without loss: HAProxy master-worker (-W) with `expose-fd listeners` and a `hard-stop-after` longer than requests last, "
    "nginx -s reload rather than a restart, Envoy's hot restart; fewer reloads.",
    confused_with=(
        ("restart-without-drain", "which process is new: the applications' there, the load balancer's here"),
        ("load-balancer-down", "whether it is over: a reload harms for seconds, and the load balancer answers again"),
        ("uneven-weights", "whether it is over: a wrong file that was loaded goes on doing harm"),
    ),
    changed_by=("reload", "restart", "deployed", "replaced"),
    unruled="how the process is replaced stands with the service manager",
)
EXPECTS = expecting(
    failures_at_reloads=0.95,
    reloads_often=0.3,
    client_errors=0.85,
    client_latency=0.35,
    clients_refused=0.4,
    load_balancer_silent=0.15,
    unseen_failures=0.6,
    connection_errors=0.1,
    server_errors=0.05,
    errors_everywhere=0.05,
    arrivals_as_ever=0.2,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per load balancer whose process was replaced while clients failed."""
    for name in observation.showing("failures at reloads"):
        yield hypothesis(FAULT, f"load-balancer {name}", observation, EXPECTS, own=(name,))


BEGIN = {
    "haproxy": "grep -nE 'expose-fd|hard-stop-after|master-worker' {file}; systemctl cat haproxy | grep Exec",
    "nginx": "grep -n worker_shutdown_timeout {file}; systemctl cat nginx | grep Exec",
    "envoy": "systemctl cat envoy | grep -E 'Exec|restart-epoch'",
}


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: how it is replaced stands in the service's unit, not in the running process."""
    topology = next(iter(window.topologies), None)
    product, file = (topology.product, topology.file) if topology is not None else ("haproxy", "/etc/haproxy/haproxy.cfg")
    act = f"stop reloading for now; then let {product} hand its listeners over and finish its requests. " + FAULT.remedy
    return advice(hypothesis, "load balancer team", act, BEGIN.get(product, BEGIN["haproxy"]).format(file=quote(file)))
