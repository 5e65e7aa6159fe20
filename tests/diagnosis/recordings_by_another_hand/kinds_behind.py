"""Faults of applications, database, network and demand."""

from __future__ import annotations

from case import Case
from engine import Engine

from model import ENVOY, HAPROXY, NGINX, Event

ALL = (HAPROXY, NGINX, ENVOY)
APP, DB, NET = ["application"], ["database"], ["network"]


def spare(case: Case) -> None:
    """A load that the others can carry when one is gone."""
    case.set_load(min(case.plan.load, 0.8 * (case.plan.n - 1) / case.plan.n))


def dead_unchecked(case: Case) -> None:
    """A server is dead and nothing takes it out: every request to it is tried again elsewhere."""
    spare(case)
    which = case.random.randrange(case.plan.n)
    case.from_start(check=False, weights=(1,) * case.plan.n, algorithm="roundrobin")
    case.at(case.onset, lambda e, now: e.kill(now, which, True))
    case.truth(
        [*APP, "load-balancer"], "dead server without health check, hidden by redispatches", case.server(which), case.plan.apps[which],
        note="The process is the application's; that nothing checks it is the balancer's.",
    )  # fmt: skip


def server_removed(case: Case) -> None:
    """A server died, the checks removed it, the rest carries the load: no harm to clients after a few seconds."""
    spare(case)
    which = case.random.randrange(case.plan.n)
    case.at(case.onset, lambda e, now: e.kill(now, which, True))
    case.truth(
        [*APP, "none"], "one server dead and removed by the health checks, no lasting harm", case.server(which), case.plan.apps[which]
    )
    case.undetermined_ok = True


def app_slow(case: Case) -> None:
    """One application several times slower."""
    plan, which = case.plan, case.random.randrange(case.plan.n)
    case.from_start(weights=(plan.conf.weights[0],) * plan.n)
    factor = case.random.uniform(1.4, 3.0) / plan.load
    case.app(case.onset, [which], factor=factor)
    case.truth(APP, f"one application {factor:.1f} times slower", case.server(which), plan.apps[which])


def app_leak(case: Case) -> None:
    """One application's workers hang one after the other until none is left."""
    plan, which = case.plan, case.random.randrange(case.plan.n)
    seconds = case.random.uniform(4, 15)
    case.app(case.onset, [which], leak=min(0.6, plan.slots / (seconds * plan.rate / plan.n)))
    case.truth(APP, "one application leaks its workers until it completes nothing", case.server(which), plan.apps[which])


def black_hole(case: Case) -> None:
    """One application answers 500 in a millisecond; least connections sends it ever more."""
    plan, which = case.plan, case.random.randrange(case.plan.n)
    least = case.random.random() < 0.7
    case.from_start(algorithm="leastconn" if least else "roundrobin", weights=(plan.conf.weights[0],) * plan.n)
    case.app(case.onset, [which], error=1.0)
    case.truth(APP, "one application fails fast and attracts the traffic" if least else "one application fails fast", plan.apps[which])
    case.layers += ["load-balancer"] if least else []


def apps_slow(case: Case) -> None:
    """All applications slower: a release, with the database idle."""
    plan, factor = case.plan, case.random.uniform(1.15, 2.2) / case.plan.load
    case.app(case.onset, list(range(plan.n)), factor=factor)
    if case.random.random() < 0.5:
        case.events.append(Event(case.onset - case.random.uniform(0, 3), "change", plan.pool, "release 4.18.0 rolled out to all servers"))
    case.truth(APP, f"all applications {factor:.1f} times slower", case.pool)
    case.decisive |= {"database_ms", "requests_per_second", "requests_total"}


def app_pool_small(case: Case) -> None:
    """The applications' pool of database connections became too small."""
    plan = case.plan
    case.set_load(max(plan.load, 0.55))
    size = max(1, int(plan.slots * plan.load * case.random.uniform(0.3, 0.8)))

    def shrink(engine: Engine, _: float) -> None:
        for app in engine.apps:
            app.pool_size = size
            app.pool_open = min(app.pool_open, size)

    case.at(case.onset, shrink)
    case.events.append(Event(case.onset - 1, "change", plan.pool, "new settings library in all applications"))
    case.pool_log = case.logs = True
    case.truth(
        APP, "pool of database connections in the applications too small", case.pool, note="Errors name the database, which is idle."
    )


def db_locks(case: Case) -> None:
    """Statements wait for a lock: a long holder, or one row that everybody updates."""
    plan, name = case.plan, f"database {case.plan.database}"
    if case.random.random() < 0.6:
        hold, gap = case.random.uniform(1.0, 6.0), case.random.uniform(0.05, 0.4)
        case.put(case.onset, lock_from=case.onset, lock_share=case.random.uniform(0.5, 1.0), lock_hold=hold, lock_gap=gap)
        case.truth(DB, f"locks held for {hold:.1f} s at a time", name)
        if case.random.random() < 0.4:
            case.events.append(Event(case.onset - 1, "change", name, "nightly archive job started by hand"))
    else:
        case.put(case.onset, row_hold=case.random.uniform(1.1, 1.7) / plan.rate)
        case.truth([*DB, "application"], "one row is updated by every request", name)
    case.decisive |= {"lock_waits", "statement_ms", "active"}


def db_slow(case: Case) -> None:
    """Every statement needs far more work: an index is gone."""
    plan = case.plan
    statement = case.random.uniform(0.9, 1.7) * plan.db_cores / (plan.rate * plan.queries)
    case.put(case.onset, statement=statement)
    if case.random.random() < 0.4:
        case.events.append(Event(case.onset - 2, "change", f"database {plan.database}", "migration 0412 (indexes renamed)"))
    case.truth(DB, f"statements need {1000 * statement:.0f} ms of work instead of {1000 * plan.statement:.1f}", f"database {plan.database}")
    case.decisive |= {"statement_ms", "active"}


def db_connections(case: Case) -> None:
    """No connection left: somebody else holds them, or the limit was lowered."""
    plan, name = case.plan, f"database {case.plan.database}"
    plan.conn_lifetime = 15.0
    keep = max(0, int(plan.n * plan.slots * plan.load * case.random.uniform(0.2, 0.6)))
    if case.random.random() < 0.6:
        end, start = plan.connection_limit - keep, plan.other_connections
        for part in range(1, 6):
            case.put(case.onset + part * 0.8, other_connections=start + (end - start) * part // 5)
        case.truth(
            [*DB, "application"], "connections to the database used up by another user", name, note="Who leaks them is not recorded."
        )
    else:
        case.put(case.onset, connection_limit=plan.other_connections + keep)
        case.events.append(Event(case.onset - 1, "change", name, "failover to the standby (its own parameters)"))
        case.truth(DB, "max_connections too low after a failover", name)
    case.pool_log = case.logs = True
    case.decisive |= {"connections", "connection_limit", "database_errors_total"}


def _links(case: Case, which: str, only: list[int], **change: float) -> None:
    def act(engine: Engine, now: float) -> None:
        links = {"client": [engine.to_lb] * case.plan.n, "app": engine.to_app, "db": engine.to_db}[which]
        for i in only:
            links[i].change(now, **change)

    case.at(case.onset, act)
    case.decisive |= {"connect_ms", "ping_ms"} if "rtt" in change else {"retransmits_total", "connect_failures_total", "connect_ms"}


def _rack(case: Case) -> list[int]:
    """All servers, now and then only those of one rack."""
    n = case.plan.n
    if n < 4 or case.random.random() < 0.75:
        return list(range(n))
    case.note += " Only one rack: the others' hops are fine."
    return sorted(case.random.sample(range(n), n // 2))


def _hops(case: Case, which: str, only: list[int]) -> list[str]:
    plan = case.plan
    apps = [plan.apps[i] for i in only]
    return [f"hop {plan.lb}→{a}" if which == "app" else f"hop {a}→{plan.database}" for a in apps]


def app_delay(case: Case) -> None:
    """A delay between the balancer and the applications."""
    delay, only = case.random.uniform(0.04, 0.25), _rack(case)
    case.plan.relay = case.random.random() < 0.3
    _links(case, "app", only, rtt=delay)
    note = "A relay accepts at once: the fresh connect does not show the delay, the first byte of /healthz does." if case.plan.relay else ""
    case.truth(NET, f"{1000 * delay:.0f} ms between balancer and applications", *_hops(case, "app", only), note=note)


def app_loss(case: Case) -> None:
    """Loss between the balancer and the applications."""
    loss, only = case.random.uniform(0.05, 0.22), _rack(case)
    _links(case, "app", only, loss=loss)
    case.truth(NET, f"{100 * loss:.0f} % loss between balancer and applications", *_hops(case, "app", only))


def db_delay(case: Case) -> None:
    """A delay between the applications and the database."""
    plan, only = case.plan, _rack(case)
    delay = case.random.uniform(0.5, 2.0) * (plan.service * (1 / plan.load - 1)) / plan.queries
    delay = max(0.015, min(0.25, delay))
    _links(case, "db", only, rtt=delay)
    case.truth(NET, f"{1000 * delay:.0f} ms between applications and database", *_hops(case, "db", only))
    case.decisive |= {"statement_ms"}


def db_loss(case: Case) -> None:
    """Loss between the applications and the database."""
    loss, only = case.random.uniform(0.05, 0.2), _rack(case)
    _links(case, "db", only, loss=loss)
    case.truth(NET, f"{100 * loss:.0f} % loss between applications and database", *_hops(case, "db", only))


def client_loss(case: Case) -> None:
    """Loss between the clients and the balancer: inside all is green."""
    loss = case.random.uniform(0.05, 0.2)
    _links(case, "client", [0], loss=loss)
    case.truth([*NET, "outside"], f"{100 * loss:.0f} % loss between clients and balancer", f"hop clients→{case.plan.lb}")
    case.decisive |= {"p99_ms", "success_ratio"}


def surge(case: Case) -> None:
    """More first attempts than the stack can serve, and than was declared."""
    plan = case.plan
    factor = max(2.0, case.random.uniform(1.15, 1.9) / plan.load)
    case.set_load(plan.load)
    start, ramp = case.onset, case.random.choice((0.1, 5.0, 15.0))
    case.shapes.append(lambda t: 1 + (factor - 1) * ((t - start) / ramp).clip(0, 1))
    case.peak = plan.rate * min(1.25, factor * 0.8)
    case.truth(["demand"], f"{factor:.1f} times the usual requests", "clients", f"listener {plan.listener}")
    case.decisive |= {"requests_per_second"}


LISTED = {
    "dead-unchecked": (dead_unchecked, (2, 12), ALL),
    "server-removed": (server_removed, (3, 12), (HAPROXY, ENVOY)),
    "app-slow": (app_slow, (2, 12), ALL),
    "app-leak": (app_leak, (2, 12), ALL),
    "black-hole": (black_hole, (3, 12), ALL),
    "apps-slow": (apps_slow, (2, 12), ALL),
    "app-pool-small": (app_pool_small, (2, 8), ALL),
    "db-locks": (db_locks, (2, 8), ALL),
    "db-slow": (db_slow, (2, 8), ALL),
    "db-connections": (db_connections, (2, 8), ALL),
    "net-app-delay": (app_delay, (2, 8), ALL),
    "net-app-loss": (app_loss, (2, 8), ALL),
    "net-db-delay": (db_delay, (2, 8), ALL),
    "net-db-loss": (db_loss, (2, 8), ALL),
    "net-client-loss": (client_loss, (2, 8), ALL),
    "surge": (surge, (2, 10), ALL),
}
