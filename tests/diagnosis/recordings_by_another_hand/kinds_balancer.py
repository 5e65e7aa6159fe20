"""Faults whose smallest durable correction is in the load balancer."""

from __future__ import annotations

from case import Case

from model import ENVOY, HAPROXY, NGINX, Event

LB = ["load-balancer"]


def hot(case: Case) -> int:
    return case.random.randrange(case.plan.n)


def weights_extreme(case: Case) -> None:
    """One server gets nearly everything."""
    plan, which = case.plan, hot(case)
    case.from_start(algorithm="roundrobin", weights=(1,) * plan.n)
    case.set_load(max(plan.load, min(0.72, case.random.uniform(1.25, 1.6) / plan.n)))
    top = 128 if plan.product == ENVOY else case.random.choice((50, 100, 256))
    weights = tuple(top if i == which else 1 for i in range(plan.n))
    runtime = plan.product == HAPROXY and case.random.random() < 0.4
    case.change(
        case.onset, runtime=runtime, event=case.random.choice(("canary weights", "OPS-4411 weights", "new sizing")), weights=weights
    )
    case.truth(LB, f"uneven weights {top} to 1", case.pool, case.server(which))
    case.decisive |= {"requests_total"} if runtime else set()


def weights_mild(case: Case) -> None:
    """Uneven enough to slow, not to fail: the hot server runs at 85-98 %."""
    plan, which = case.plan, hot(case)
    weight = case.random.choice((2, 3) if plan.n < 4 else (2, 3, 3, 4))
    share = weight / (weight + plan.n - 1)
    case.from_start(algorithm="roundrobin", weights=(1,) * plan.n)
    case.set_load(min(0.75, max(0.3, case.random.uniform(0.85, 0.97) / (share * plan.n))))
    weights = tuple(weight if i == which else 1 for i in range(plan.n))
    case.change(case.onset, event="weights per capacity review", weights=weights)
    case.truth(LB, f"uneven weights {weight} to 1, slower without errors", case.pool, case.server(which))


def all_to_one(case: Case) -> None:
    """Maintenance took all servers but one out of rotation."""
    plan, which = case.plan, hot(case)
    case.set_load(max(plan.load, min(0.72, case.random.uniform(1.2, 1.5) / plan.n)))
    runtime = plan.product == HAPROXY and case.random.random() < 0.7
    out = frozenset(i for i in range(plan.n) if i != which)
    case.change(case.onset, runtime=runtime, event="maintenance window, servers out of rotation", disabled=out)
    case.truth(LB, "all servers but one in maintenance", case.pool, case.server(which))


def source_nat(case: Case) -> None:
    """Balancing by source address, and all clients now come from one address."""
    plan = case.plan
    case.set_load(max(plan.load, min(0.72, case.random.uniform(1.2, 1.5) / plan.n)))
    case.from_start(weights=(1,) * plan.n)
    if case.random.random() < 0.5:
        case.from_start(algorithm="source")
        case.put(case.onset, clients=1)
        if case.random.random() < 0.5:
            case.events.append(Event(case.onset - 1, "change", "cdn", "traffic now enters through the new proxy tier (one egress address)"))
        note = "The algorithm is old; what is new is that one address stands before all clients."
    else:
        plan.clients = 1
        case.change(case.onset, event="sticky sessions for the new login", algorithm="source")
        note = "The clients have always been behind one address; the algorithm is new."
    case.logs = True
    case.truth(LB, "balancing by source address with all clients behind one address", case.pool, note=note)


def server_limit(case: Case) -> None:
    """A limit per server (Envoy: per cluster) below what the load needs."""
    plan = case.plan
    case.set_load(max(plan.load, 0.55))
    need = plan.load * min(plan.slots, plan.pool_size)
    fit = max(1, int(need * case.random.uniform(0.45, 0.85)))
    if plan.product == ENVOY:
        total = max(1, int(need * plan.n * case.random.uniform(0.45, 0.8)))
        case.change(case.onset, event="circuit breaker defaults", cluster_limit=total, pending_limit=case.random.choice((1, 8, 64)))
    else:
        case.change(case.onset, event="protect the applications", server_limit=fit)
    words = "circuit breaker of the cluster" if plan.product == ENVOY else "connection limit per server"
    case.truth(LB, f"{words} too low", case.pool)
    case.logs = case.logs or plan.product == NGINX


def frontend_limit(case: Case) -> None:
    """The listener's limit below what the clients need: inside all is green."""
    plan = case.plan
    concurrent = plan.rate * (plan.service * 1.2 + 0.003)
    limit = plan.idle_sessions + max(1, int(concurrent * case.random.uniform(0.5, 0.85)))
    case.change(case.onset, event="connection limits reviewed", frontend_limit=limit)
    case.truth(LB, "limit of client connections too low", f"listener {plan.listener}", f"load-balancer {plan.lb}")
    case.decisive |= {"sessions", "session_limit", "accept_queue", "success_ratio", "p99_ms", "requests_per_second"}


def timeout_server(case: Case) -> None:
    """The balancer gives up before the application's usual service time is over."""
    plan = case.plan
    case.from_start(retry_5xx=False)
    limit = round(plan.service * case.random.uniform(0.6, 0.95), 3)
    case.change(case.onset, event="fail fast: timeouts lowered", t_server=limit)
    case.logs = case.logs or case.random.random() < 0.7
    case.truth(LB, "timeout to the server below the usual service time", case.pool)


def check_port(case: Case) -> None:
    """Health checks go to a port where nobody listens: all down, requests fail at once."""
    port = case.random.choice((8081, 9100, 81))
    case.change(case.onset, event="health checks moved to the management port", check_port=port)
    case.truth(LB, "health check on the wrong port, all servers down", case.pool)
    case.decisive |= {"up"}


def retry_storm(case: Case) -> None:
    """Retries of late answers keep the pool overloaded long after a short burst: the applications go on with what was given up."""
    plan = case.plan
    case.set_load(case.random.uniform(0.62, 0.74))
    plan.queue_cap = plan.slots * 16
    plan.pool_size = max(plan.pool_size, plan.slots)
    case.from_start(
        retry_5xx=True, retries=3, algorithm="roundrobin", max_fails=0, server_limit=0, t_server=round(plan.service * 4 + 0.02, 3)
    )
    start, length = case.onset, case.random.uniform(5, 10) + 12 * plan.service
    case.shapes.append(lambda t: 1 + 1.8 * ((t >= start) & (t < start + length)))
    case.truth(LB, "retries by the balancer keep the overload alive after a burst", case.pool, note=f"The burst lasts {length:.0f} s.")
    case.decisive |= {"requests_total", "retries_total"}


def old_weights_load(case: Case) -> None:
    """Bad weights a week old; today only the load rises, still below the declared peak."""
    plan, which = case.plan, hot(case)
    share = 3 / (3 + plan.n - 1)
    case.set_load(max(0.3, min(0.5, 0.8 / (share * plan.n))))
    case.from_start(algorithm="roundrobin", weights=tuple(3 if i == which else 1 for i in range(plan.n)))
    factor = min(0.92 / plan.load, case.random.uniform(1.25, 1.5) / (share * plan.n * plan.load))
    start = case.onset
    case.shapes.append(lambda t: 1 + (factor - 1) * ((t - start) / 8).clip(0, 1))
    case.peak = plan.rate * factor * 1.1
    case.events.append(Event(-7 * 86400 + case.random.uniform(-4000, 4000), "change", plan.lb, "weights per new hardware list"))
    layers = LB if case.needs else [*LB, "demand"]
    case.truth(layers, "uneven weights 3 to 1, a week old, hurt only now that the load rises", case.pool, case.server(which))


def weights_db_errors(case: Case) -> None:
    """The 10 November story: the hot application's pool of connections runs dry and its errors name the database."""
    case.plan.pool_size = max(1, case.plan.slots // 2)
    case.plan.pool_timeout = case.random.choice((0.3, 0.5, 1.0))
    weights_extreme(case)
    case.pool_log = case.logs = True
    text = f"database {case.plan.database}: connection errors from {case.plan.apps[0]}"
    case.events.append(Event(case.onset + case.random.uniform(20, 40), "alert", f"database {case.plan.database}", text))
    case.note += " Red herring: pool errors and an alert name the database."


LISTED = {
    "weights-extreme": (weights_extreme, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "weights-mild": (weights_mild, (2, 6), (HAPROXY, NGINX, ENVOY)),
    "all-to-one": (all_to_one, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "source-nat": (source_nat, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "server-limit": (server_limit, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "frontend-limit": (frontend_limit, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "timeout-server": (timeout_server, (2, 12), (HAPROXY, NGINX, ENVOY)),
    "check-port": (check_port, (2, 12), (HAPROXY, ENVOY)),
    "retry-storm": (retry_storm, (3, 12), (HAPROXY, NGINX, ENVOY)),
    "old-weights-load": (old_weights_load, (3, 8), (HAPROXY, NGINX, ENVOY)),
    "weights-db-errors": (weights_db_errors, (3, 8), (HAPROXY, NGINX, ENVOY)),
}
