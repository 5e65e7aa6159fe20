"""The name server gives a wrong address, and the load balancer, which asks it while it runs, follows."""

from collections.abc import Iterable
from shlex import quote

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.steps import find_pool
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="dns-answer-wrong",
    layers=("network",),
    mechanism="dns",
    title="The name server gives a wrong address",
    looks_like="Servers known by name go down together, their running address is a new one, and their applications answer as ever.",
    speaks_against="The servers are written as addresses; the running addresses are those that the names had; the applications are silent.",
    remedy="Correct the record (or the resolver); until then set the servers' addresses at run time: set server POOL/SERVER addr ADDRESS.",
    confused_with=(
        ("wrong-health-check", "the running addresses of the servers against what the names gave before: they are the same there"),
        ("stale-backend", "what the name server says now: there it is right, and the load balancer does not ask"),
        ("server-down", "whether the applications tell of themselves: they do here"),
        ("network-loss", "connects to the applications' own addresses: they succeed here"),
    ),
    changed_by=("dns", "zone", "record", "resolver", "another address"),
    unruled="what a name server answers stands with the name server",
)
EXPECTS = expecting(
    nobody_found=0.8,
    names_resolved=0.97,
    address_moved=0.95,
    servers_down=0.85,
    pool_down=0.75,
    checks_refused=0.9,
    connection_errors=0.7,
    unreached=0.8,
    retries=0.4,
    applications_silent=0.03,
    servers_failures=0.1,
    nothing_arrives=0.75,
    client_errors=0.95,
    clients_cut_off=0.8,
    unseen_failures=0.5,
    client_latency=0.3,
    shares=0.2,
)
SURELY = 0.5


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose servers are found by name while it runs, once some of them are gone or have moved."""
    for pool in observation.having("names resolved"):
        named = observation.sign("names resolved", pool)
        struck = [observation.sign(name, pool) for name in ("address moved", "servers down", "connection errors")]
        if named is not None and named.degree > SURELY and any(s is not None and s.degree > SURELY for s in struck):
            touches = ("network", *(c.name for c in observation.stack.of_kind("load-balancer")))
            yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the record is corrected where it is kept."""
    pool = hypothesis.component.removeprefix("pool ")
    found = find_pool(window, pool)
    names = dict.fromkeys(s.address.rpartition(":")[0] for s in found[1].servers) if found is not None else {}
    name = next((n for n in names if n), "NAME")
    act = f"compare what the name server says of {name} with where the servers of {pool} are, and correct the record."
    return advice(hypothesis, "network team", act, f"getent ahosts {quote(name)}")
