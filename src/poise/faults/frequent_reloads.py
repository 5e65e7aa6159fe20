"""Round robin begins at the first server again after each reload, so frequent reloads heat it."""

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
    name="frequent-reloads",
    layers=("load-balancer",),
    mechanism="reload",
    title="Reloads restart the rotation, so the first servers get more",
    looks_like="Equal weights, every server up, the first server of the list gets more than its share, and the process is new each time.",
    speaks_against="The process is old; the shares are those that the weights predict.",
    remedy="Reload less often (gather changes, or change at run time); a random start or least connections; vary the order of the servers.",
    confused_with=(
        ("uneven-weights", "the running weights: they are equal here"),
        ("source-behind-nat", "the algorithm: it is a rotation here"),
        ("reload-cuts-connections", "whether clients fail at the reloads"),
    ),
    changed_by=("reload", "replaced", "template"),
)
EXPECTS = expecting(
    reloads_often=0.97,
    failures_at_reloads=0.3,
    shares=0.8,
    unexplained_shares=0.85,
    one_saturated=0.4,
    server_errors=0.15,
    client_errors=0.3,
    client_latency=0.5,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool of a load balancer that is replaced often."""
    for name in observation.showing("reloads often"):
        for pool in observation.having("shares"):
            yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool, name))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: what makes the reloads is not the load balancer."""
    product = next((t.product for t in window.topologies), "haproxy")
    act = "find what reloads it so often and let it gather its changes; balance by least connections or a random start meanwhile."
    return advice(hypothesis, "load balancer team", act, f"journalctl -u {product} -n 100 | grep -iE 'reload|new worker|exiting'")
