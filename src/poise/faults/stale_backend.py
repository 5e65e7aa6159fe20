"""The load balancer sends requests to an address where the server is no more."""

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
    name="stale-backend",
    layers=("load-balancer",),
    mechanism="discovery",
    title="The load balancer keeps an address that its server has left",
    looks_like="Attempts to one server fail while its application runs elsewhere, answers, and gets no request.",
    speaks_against="The application itself is gone; every attempt succeeds; requests reach every application.",
    remedy="Correct the address (or the list that is synchronised) and reload; resolve names again at run time.",
    confused_with=(
        ("server-unchecked", "whether the application tells of itself: it is dead there"),
        ("server-down", "whether the application tells of itself: it is dead there"),
        ("network-loss", "retransmissions, and that only one address fails"),
    ),
    changed_by=("address", "endpoint", "moved", "server "),
)
EXPECTS = expecting(
    attempts=0.3,
    # Few where the load balancer leaves the address alone after its first failures.
    connection_errors=0.75,
    unreached=0.95,
    retries=0.4,
    servers_failures=0.65,
    servers_down=0.35,
    server_errors=0.3,
    applications_silent=0.04,
    shares=0.3,
    unexplained_shares=0.3,
    client_errors=0.5,
    client_latency=0.4,
)

# That the application runs elsewhere is a guess where it tells nothing.
PRIOR_UNSEEN = -1.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: the server whose application is reached least; where none tells, the pool of which servers are down or fail."""
    worst = observation.worst("unreached")
    touches = tuple(c.name for c in observation.stack.of_kind("load-balancer"))
    if worst is not None:
        pools = observation.stack.upstream(worst.component)
        yield hypothesis(FAULT, f"server {worst.component}", observation, EXPECTS, own=(worst.component, *pools), touches=touches)
        return
    down = observation.worst("servers down") or observation.worst("connection errors")
    for pool, prior in looked(observation, "unreached") if down is None else [(down.component, PRIOR_UNSEEN)]:
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches, prior=prior)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: where the server lives now is not in the window."""
    del window
    server = hypothesis.component.partition(" ")[2]
    act = f"compare the address of {server} in the running load balancer with where the application listens, correct it, and reload."
    return advice(hypothesis, "load balancer team", act, "poise watch CONFIG (it compares the running addresses with the file's)")
