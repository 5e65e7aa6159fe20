"""The application's own pool of database connections is too small: requests wait inside the application, the database idles."""

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
    name="connection-pool",
    layers=("application",),
    mechanism="capacity",
    title="The applications' pool of database connections is too small",
    looks_like="Pool errors that name the database and long database times as applications see them; the database itself is idle and fast.",
    speaks_against="The database's own statement mean or its connections are up; the path to it is late; one application alone is full.",
    remedy="Raise the pool to what the slots can use, below max_connections over all applications; see whether connections leak.",
    confused_with=(
        ("database-slow", "the statement mean on the database's side: at its normal here"),
        ("database-connections", "connections against their limit: far below here"),
        ("network-delay", "the first byte over the path to the database: at its normal here"),
    ),
    changed_by=("pool size", "pool", "connections", "setting"),
    unruled="the pool's size stands in the applications",
)
EXPECTS = expecting(
    pool_queue=0.2,
    server_errors=0.3,
    answers_cut=0.3,
    several_err=0.65,
    # Whether the wait for a connection counts as time of the database is the driver's choice.
    time_before_the_database=0.35,
    database_time=0.35,
    database_errors=0.55,
    connections_fell=0.9,
    waits_with_free_slots=0.35,
    clients_cut_off=0.3,
    unseen_failures=0.3,
    all_saturated=0.65,
    own_time_all=0.75,
    own_time_one=0.12,
    one_saturated=0.1,
    errors_everywhere=0.5,
    statement_time=0.05,
    active_sessions=0.08,
    connections=0.03,
    database_ping=0.05,
    database_steady_delay=0.03,
    client_errors=0.6,
    client_latency=0.95,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per pool whose applications tell of a database."""
    if not observation.having("database time") and not observation.stack.of_kind("database"):
        return
    for pool, prior in looked(observation, "database time", "database errors"):
        applications = [a for s in observation.stack.downstream(pool) for a in observation.stack.downstream(s)]
        yield hypothesis(FAULT, f"pool {pool}", observation, EXPECTS, own=(pool,), prior=prior, touches=applications)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the pool is the application's."""
    del window
    act = "compare the size of its pool of database connections with its worker slots, and look for connections that are not given back."
    query = "SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC"
    return advice(hypothesis, "application team", act, f'psql -c "{query}" (few and mostly idle: the database does not hold them up)')
