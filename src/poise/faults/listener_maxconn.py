"""The listener accepts fewer connections than clients bring: they wait in the kernel, unseen by every inner figure."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.steps import reload_step, runtime_step
from poise.faults.weighing import hypothesis
from poise.model.component_label import component_label
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Edit, Plan, Step
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

# What shows how many are connected to one of Envoy's listeners, and how many were turned away.
ENVOY_SHOWS = "curl 'ADMIN/stats?filter=^listener.*downstream_cx_(active|overflow)$', ADMIN being the address of its admin interface"


TELLING = ("sessions", "accept queue", "turned away")
# Clients that wait or fail before the load balancer have many causes: without any figure of the listener's own it is a guess.
LEAST, PRIOR_UNSEEN = 0.3, -3.0
# Fewer requests at servers than this part of the connections: most of them are idle.
IDLE_PART = 0.3


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per listener with a limit or an accept queue: the likelier of waiting and refusing."""
    balancers = {c.name for c in observation.stack.of_kind("load-balancer")}
    for listener in dict.fromkeys(n for sign in TELLING for n in observation.having(sign)):
        kind, touches = ("load-balancer" if listener in balancers else "listener"), tuple(balancers)
        seen = [s.degree for name in TELLING if (s := observation.sign(name, listener)) is not None]
        prior = 0.0 if max(seen, default=0.0) > LEAST else PRIOR_UNSEEN
        either = [
            hypothesis(FAULT, component_label(kind, listener), observation, table, own=(listener,), touches=touches, prior=prior)
            for table in (WAITING, REFUSING)
        ]
        yield max(either, key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Raise it fourfold at run time, then in the file where it is written there. Of HAProxy's; of the others it says where it stands."""
    kind, _, name = hypothesis.component.partition(" ")
    measured = (c.name for c in window.stack.of_kind("listener") if component_label("listener", c.name) == hypothesis.component)
    current = window.get(next(measured, name), "session_limit").last()
    for topology in window.topologies:
        if topology.product == "envoy" and any(listener.name == name for listener in topology.listeners):
            key = f"envoy.resource_limits.listener.{name}.connection_limit"
            act = f"raise {key}{f' from {int(current)} to {int(current) * 4}' if current else ''} in {topology.file} or its runtime."
            return advice(hypothesis, "Whoever runs Envoy", act, ENVOY_SHOWS)
        if topology.product == "nginx":
            act = (
                f"raise worker_connections (and worker_rlimit_nofile) in {topology.file} and reload: it counts connections to servers too."
            )
            return advice(
                hypothesis, "Whoever runs nginx", act, "the status page (stub_status): Active connections against workers × limit"
            )
    if not current:
        return Plan(
            hypothesis.fault, hypothesis.component, (), advice=f"The limit of {name} was not measured: 'show stat' says it as slim."
        )
    aim = int(current) * 4
    command = "set maxconn global" if kind == "load-balancer" else f"set maxconn frontend {name}"
    by_hand = _idle(window, name)
    steps: list[Step] = [
        runtime_step(f"raise maxconn of {name} from {int(current)} to {aim}", f"{command} {aim}", f"{command} {int(current)}")
    ]
    for topology in window.topologies:
        for listener in topology.listeners:
            where = listener.maxconn_location
            if listener.name == name and where is not None and listener.maxconn is not None:
                edit = Edit(where.file, where.start, where.end, listener.options.get("maxconn") or str(listener.maxconn), str(aim))
                what = f"write maxconn {aim} into {where.file}:{where.line}; a fix at run time alone is undone by the next reload"
                steps += [Step(what, "file", f"haproxy -c -f {where.file}", f"restore {where.file}", (edit,)), reload_step(topology)]
    confirm = ("accept queue of the listener, which should be empty", "p99 of clients, which should be at its normal")
    return Plan(
        hypothesis.fault,
        hypothesis.component,
        tuple(steps),
        {},
        "the servers get what waited; the global maxconn must allow it",
        confirm,
        by_hand,
    )


def _idle(window: Window, name: str) -> str:
    """Where clients hold most connections and ask nothing over them, a higher limit only moves the ceiling."""
    sessions = window.get(name, "sessions").last() or 0.0
    held = [v for c in window.stack.of_kind("server") if (v := window.get(c.name, "in_flight").last()) is not None]
    if not held or sessions < 1 or sum(held) > IDLE_PART * sessions:
        return ""
    return (
        f"Of {sessions:.0f} connections only {sum(held):.0f} carry a request: clients keep them open. Shorten `timeout http-keep-alive` "
        "(nginx keepalive_timeout, Envoy idle_timeout) as well, or the next limit is reached too."
    )
