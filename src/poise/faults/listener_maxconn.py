"""The listener accepts fewer connections than clients bring: they wait in the kernel, unseen by every inner figure."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.looked import UNLOOKED
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.faults.widened import widened
from poise.model.component_label import component_label
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="listener-maxconn",
    layers=("load-balancer",),
    mechanism="configuration",
    title="The listener's limit of connections is too low",
    looks_like="Sessions at their limit and connections waiting to be accepted; clients slow while every inner figure is green.",
    speaks_against="Sessions far below the limit, nobody waits to be accepted.",
    remedy="Raise the limit: HAProxy's maxconn of the frontend (and the global one) on the control socket and in the file, nginx's "
    "worker_connections, Envoy's connection_limit of the listener in the runtime; a shorter keep-alive where most connections idle.",
    confused_with=(
        ("network-loss", "sessions against their limit and the accept queue, which loss between clients and load balancer does not fill"),
        ("server-maxconn", "the queue of the pool: it is empty when the listener is the narrow place"),
    ),
    changed_by=("maxconn", "worker_connections", "max_connections", "limit", "ulimit"),
)
# HAProxy lets the others wait in the kernel; nginx and Envoy turn them away, and those that get in are served as ever.
WAITING = expecting(
    # Fewer requests at work hold fewer connections to the database.
    connections_fell=0.15,
    sessions=0.95,
    accept_queue=0.85,
    time_before_the_load_balancer=0.85,
    client_latency=0.92,
    client_errors=0.4,
    unseen_failures=0.3,
)
REFUSING = expecting(
    connections_fell=0.15,
    sessions=0.9,
    turned_away=0.8,
    accept_queue=0.15,
    unseen_failures=0.9,
    client_errors=0.95,
    client_latency=0.3,
    clients_refused=0.5,
    client_failures=0.4,
    time_before_the_load_balancer=0.15,
    arrivals_as_ever=0.05,
)

TELLING = ("sessions", "accept queue", "turned away")
# Clients that wait or fail before the load balancer have many causes: without any figure of the listener's own it is a guess.
LEAST, PRIOR_UNSEEN = 0.3, -3.0


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis: the listener, or all of a load balancer, that is at its limit most; the likelier of waiting and refusing."""
    yield from sorted(_each(observation), key=lambda h: -h.bits)[:1]


def _each(observation: Observation) -> Iterable[Hypothesis]:
    balancers = {c.name for c in observation.stack.of_kind("load-balancer")}
    told = dict.fromkeys(n for sign in TELLING for n in observation.having(sign))
    unlooked = () if told.keys() - balancers else (c.name for c in observation.stack.of_kind("listener")[:1])
    for listener in (*told, *unlooked):
        kind, touches = ("load-balancer" if listener in balancers else "listener"), tuple(balancers)
        seen = [s.degree for name in TELLING if (s := observation.sign(name, listener)) is not None]
        prior = UNLOOKED if not seen else 0.0 if max(seen) > LEAST else PRIOR_UNSEEN
        named = component_label(kind, listener)
        for table in (WAITING, REFUSING):
            yield hypothesis(FAULT, named, observation, table, own=(listener,), touches=touches, prior=prior)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Raise it fourfold at run time, then in the file where it is written there. Of HAProxy's; of the others it says where it stands."""
    return widened(hypothesis, window)
