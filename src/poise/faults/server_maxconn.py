"""The limit per server is so low that requests queue in the load balancer while the applications idle."""

from collections.abc import Iterable

from poise.faults.expectations import expecting
from poise.faults.looked import looked
from poise.faults.sign import Observation
from poise.faults.steps import find_pool, persist, runtime_step
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="server-maxconn",
    layers=("load-balancer",),
    mechanism="configuration",
    title="The limit of connections per server is too low",
    looks_like="A queue in the load balancer, every server at its limit, sQ-- in the log, applications idle.",
    speaks_against="No queue in the load balancer; the applications are full themselves; the limit is far from reached.",
    remedy="Raise the limit of the servers (HAProxy maxconn, nginx max_conns, Envoy's circuit breakers) to what one can work on and queue.",
    confused_with=(
        ("servers-slow-all", "slots in use at the applications: idle ones are not slow"),
        ("listener-maxconn", "where requests wait: in the pool's queue, or before the listener accepts them"),
    ),
    changed_by=("maxconn", "max_conns", "max_requests", "max_connections", "limit", "breaker"),
)
_COMMON = {
    "server_limit": 0.9,
    "limit_lowered": 0.8,
    "pool_limit": 0.5,
    "narrow_limit": 0.6,
    "pool_limit_lowered": 0.5,
    # econ counts queue timeouts though nothing refused a connection.
    "connection_errors": 0.35,
    "shares": 0.12,
    "unexplained_shares": 0.12,
}
# HAProxy and Envoy let requests wait for a place; nginx has no queue, and Envoy's may be full: then they are refused at once, and those
# that get a place are served as fast as ever.
WAITING = expecting(
    # Fewer requests at work hold fewer connections to the database.
    connections_fell=0.2,
    queue_cut=0.5,
    several_err=0.25,
    unseen_failures=0.5,
    pool_queue=0.95,
    pool_refuses=0.4,
    client_errors=0.5,
    client_latency=0.92,
    clients_cut_off=0.25,
    errors_everywhere=0.2,
    nothing_arrives=0.1,
    **_COMMON,
)
REFUSING = expecting(
    connections_fell=0.2,
    several_err=0.15,
    unseen_failures=0.9,
    pool_queue=0.1,
    pool_refuses=0.9,
    client_errors=0.97,
    client_latency=0.3,
    clients_cut_off=0.4,
    nothing_arrives=0.2,
    arrivals_as_ever=0.05,
    **_COMMON,
)
LIMITS = ("pool queue", "server limit", "limit lowered", "pool limit", "pool refuses")
# Clients that wait or fail have many causes: without any figure of the limits themselves it is a guess.
LEAST, PRIOR_UNSEEN = 0.3, -3.0
# Room beyond the slots: a limit equal to the slots makes every burst wait in the load balancer.
ROOM = 4


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool with a queue or limits."""
    for pool, prior in looked(observation, *LIMITS, written=True):
        touches = (*observation.stack.downstream(pool), *(c.name for c in observation.stack.of_kind("load-balancer")))
        seen = [s.degree for name in (*LIMITS, "pool limit lowered") if (s := observation.sign(name, pool)) is not None]
        known = prior if not seen or max(seen) > LEAST else PRIOR_UNSEEN
        either = [
            hypothesis(FAULT, f"pool {pool}", observation, table, own=(pool,), touches=touches, prior=known)
            for table in (WAITING, REFUSING)
        ]
        yield max(either, key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """Raise maxconn at run time, then in the file. To the limit seen before the trouble, else four times what the needs say one
    server works on."""
    name = hypothesis.component.removeprefix("pool ")
    found = find_pool(window, name)
    if found is None:
        return Plan(
            hypothesis.fault, hypothesis.component, (), advice=f"No configuration of pool {name} was read: name its file, then ask again."
        )
    topology, pool = found
    needed = ROOM * (window.needs.of(name).concurrency_per_server or 25)
    steps, aim = [], {}
    for server in pool.servers:
        seen = window.get(f"{name}/{server.name}", "maxconn").values
        current = int(seen[-1]) if len(seen) else server.maxconn
        highest = int(seen.max()) if len(seen) else 0
        target = max(highest, needed)
        if current is None or current >= target:
            continue
        aim[server.name] = target
        command = f"set maxconn server {name}/{server.name}"
        steps.append(
            runtime_step(f"raise maxconn of {name}/{server.name} from {current} to {target}", f"{command} {target}", f"{command} {current}")
        )
    written, by_hand = persist(topology, name, "maxconn", aim)
    confirm = ("queue of the pool, which should be empty", "success ratio and p99 of clients, which should be at their normal")
    risk = "the applications get all that waits at once; their own queues must hold it"
    return Plan(hypothesis.fault, hypothesis.component, (*steps, *written), {}, risk, confirm, by_hand)
