"""The database itself takes longer for its statements."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="database-slow",
    layers=("database",),
    mechanism="slowness",
    title="The database is slow",
    looks_like="The statement mean on the server's side and the active sessions rise; every application sees its database time rise alike.",
    speaks_against="The server-side statement mean is at its normal: then the time is lost on the way, or in the application's own pool.",
    remedy="Find the statement that takes the time (pg_stat_statements), its plan, and what changed: index, statistics, disk, a batch job.",
    confused_with=(
        ("network-delay", "the statement mean on the database's side stays at its normal when the network is slow"),
        ("database-locked", "sessions that wait for a lock"),
        ("uneven-weights", "the application's pool errors name the database, but its statement mean is at or below normal"),
    ),
    changed_by=("index", "statistic", "vacuum", "query", "migration", "backup"),
    unruled="how fast a database is stands in no configuration",
)
EXPECTS = expecting(
    answers_cut=0.3,
    server_errors=0.2,
    several_err=0.5,
    statement_time=0.96,
    active_sessions=0.85,
    database_time=0.95,
    lock_waits=0.1,
    all_saturated=0.75,
    one_saturated=0.08,
    time_before_the_database=0.25,
    database_errors=0.4,
    errors_everywhere=0.4,
    own_time_all=0.2,
    own_time_one=0.12,
    client_latency=0.95,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per database."""
    for component in observation.stack.of_kind("database"):
        yield hypothesis(FAULT, f"database {component.name}", observation, EXPECTS, own=(component.name,))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the database team's to repair."""
    del window
    act = "find the statements that take the time and what changed for them."
    query = "SELECT pid, now() - query_start AS age, wait_event, query FROM pg_stat_activity WHERE state = 'active' ORDER BY 2 DESC"
    return advice(hypothesis, "database team", act, f'psql -c "{query}"')
