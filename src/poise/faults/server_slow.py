"""One application server works slower than its peers."""

from collections.abc import Iterable

from poise.faults.advice import advice, one_of, taken_out
from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.suspect import suspect
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="server-slow",
    layers=("application",),
    mechanism="slowness",
    title="One application server is slow",
    looks_like="One server's slots fill up and its response time rises although it gets no more requests than before; its peers idle on.",
    speaks_against="Its share or its weight is above the wanted one; its peers are as slow; time in the database explains it.",
    remedy="Take it out of the pool if the others can carry the load (HAProxy: state drain); then look at threads, collector, disk.",
    confused_with=(
        (
            "uneven-weights",
            "the share of requests and the running weights: uneven weights crowd a server, a slow one gets its normal share",
        ),
        ("network-delay", "the first byte of /healthz with and without the path: a slow server is slow on both or on neither"),
    ),
    changed_by=("release", "deploy", "version", "gc", "heap"),
)
EXPECTS = expecting(
    answers_cut=0.3,
    several_err=0.08,
    crowded_by_weight=0.05,
    own_time_one=0.95,
    one_saturated=0.75,
    server_errors=0.4,
    shares=0.2,
    unexplained_shares=0.2,
    connection_errors=0.1,
    database_errors=0.3,
    servers_direct_ping=0.15,
    servers_ping=0.12,
    client_errors=0.5,
    client_latency=0.9,
)


TELLING = ("own time one", "one saturated", "server errors")


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: the server that its slots, its own time and its errors single out; one of a pool where nothing of that is known."""
    server = suspect(observation, TELLING)
    if server is not None:
        applications = observation.stack.downstream(server)
        yield hypothesis(FAULT, f"server {server}", observation, EXPECTS, own=(server, *applications), touches=_names(server))
        return
    for pool, prior in looked(observation, *TELLING):
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior)


def _names(server: str) -> tuple[str, ...]:
    return (server.rpartition("/")[2],)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: draining is the team's choice, for the others may not carry the load."""
    kind, _, server = hypothesis.component.partition(" ")
    if kind == "pool":
        return one_of(hypothesis, server, "is slow")
    application = next(iter(window.stack.downstream(server)), server)
    act = f"find what slowed {application} down; if the others can carry its load, {taken_out(server, window)}."
    return advice(hypothesis, f"team of {application}", act, f"poise predict CONFIG (utilisation without {server.rpartition('/')[2]})")
