"""One server answers with errors while its peers do not."""

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
    name="server-errors",
    layers=("application",),
    mechanism="defect",
    title="One application server answers with errors",
    looks_like="One server's 5xx ratio stands far above its peers' while it has free slots; its checks stay green.",
    speaks_against="That server is full or gets more than its share: errors of a crowded server are a consequence.",
    remedy="Take it out of the pool if the others can carry the load (HAProxy: state drain), roll its release back.",
    confused_with=(
        ("uneven-weights", "slots in use and share of requests of that server"),
        ("server-down", "its state and failed connects"),
    ),
    changed_by=("release", "deploy", "version"),
)
EXPECTS = expecting(
    several_err=0.08,
    crowded_by_weight=0.05,
    server_errors=0.96,
    one_saturated=0.05,
    own_time_one=0.1,
    client_errors=0.9,
    client_latency=0.3,
    database_errors=0.2,
    connection_errors=0.15,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: the server with the most errors above its peers; one of a pool where nobody counts errors."""
    server = suspect(observation, ("server errors",))
    if server is not None:
        yield hypothesis(FAULT, f"server {server}", observation, EXPECTS, own=(server, *observation.stack.downstream(server)))
        return
    for pool, prior in looked(observation, "server errors"):
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: see the server's log first."""
    kind, _, server = hypothesis.component.partition(" ")
    if kind == "pool":
        return one_of(hypothesis, server, "answers with errors")
    act = f"read the log of {server}; if the others can carry its load, {taken_out(server, window)}."
    return advice(hypothesis, f"team of {server}", act, f"curl -sv http://{server.rpartition('/')[2]}/healthz")
