"""A hash of something that hardly varies sends everybody to the same server: 'balance source' behind one NAT address."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="source-behind-nat",
    layers=("load-balancer",),
    mechanism="configuration",
    title="A hash places nearly all clients on one server",
    looks_like="One server full, the others idle, with equal weights and all of them up: the hashed address or key hardly varies.",
    speaks_against="The algorithm spreads every request; the weights themselves give those shares; the others are in maintenance.",
    remedy="Spread every request (roundrobin, leastconn), or hash what varies: a cookie, a header, the client's own address.",
    confused_with=(
        ("uneven-weights", "the running weights: they are equal here"),
        ("traffic-pinned", "the states: the other servers are ready here"),
    ),
    changed_by=("balance", "hash", "sticky", "affinity", "session"),
)
EXPECTS = expecting(
    # Servers without work give their connections to the database back.
    connections_fell=0.3,
    several_err=0.08,
    hash_pins=0.97,
    shares=0.96,
    unexplained_shares=0.6,
    one_saturated=0.7,
    own_time_one=0.12,
    server_errors=0.4,
    database_errors=0.3,
    errors_everywhere=0.1,
    pool_queue=0.15,
    connection_errors=0.1,
    client_errors=0.55,
    client_latency=0.85,
    servers_direct_ping=0.12,
    servers_ping=0.12,
    time_before_the_application=0.15,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose algorithm is known."""
    for pool, prior in looked(observation, "hash pins", written=True):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: a hash is a choice about sessions that only its owner can take back."""
    del window
    pool = hypothesis.component.removeprefix("pool ")
    told = (
        f"Let pool {pool} spread every request (in turn, or to the server with the fewest in flight), or hash something that varies among "
        "clients, and reload. Sessions that live in one server's memory are lost then."
    )
    confirm = (
        "shares, which should be within 5 points of the wanted ones",
        "success ratio and p99 of clients, which should be at their normal",
    )
    return Plan(hypothesis.fault, hypothesis.component, (), {}, "poise changes nothing here", confirm, told)
