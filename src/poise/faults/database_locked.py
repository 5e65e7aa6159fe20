"""A session of the database holds a lock that others wait for."""

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
    name="database-locked",
    layers=("database",),
    mechanism="locking",
    title="Sessions of the database wait for a lock",
    looks_like="Many active sessions, most of them waiting with type Lock; all applications fill up at once with even shares.",
    speaks_against="No session waits for a lock; only one application is full; statements are as fast as ever and sessions idle.",
    remedy="End the session that holds the lock (`SELECT pg_terminate_backend(pid)`); set lock_timeout for the next one.",
    confused_with=(
        ("database-slow", "sessions that wait for a lock: none in a database that is merely slow"),
        ("uneven-weights", "slots in use: one application full and the others idle is no lock"),
    ),
    changed_by=("migration", "lock", "index", "schema"),
    unruled="a lock stands in no configuration",
)
EXPECTS = expecting(
    answers_cut=0.35,
    server_errors=0.2,
    several_err=0.6,
    lock_waits=0.97,
    active_sessions=0.8,
    # Of statements that have ended: those that wait for the lock have not.
    statement_time=0.65,
    database_time=0.8,
    all_saturated=0.7,
    one_saturated=0.1,
    database_errors=0.6,
    errors_everywhere=0.5,
    time_before_the_database=0.4,
    own_time_all=0.2,
    own_time_one=0.12,
    unexplained_shares=0.1,
    connection_errors=0.15,
    client_errors=0.8,
    arrivals_as_ever=0.45,
    client_latency=0.95,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per database."""
    for component in observation.stack.of_kind("database"):
        yield hypothesis(FAULT, f"database {component.name}", observation, EXPECTS, own=(component.name,))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: which session may be ended is the database team's to say."""
    del window
    query = (
        "SELECT a.pid, a.application_name, a.state, now() - a.xact_start AS age, a.query FROM pg_stat_activity a "
        "WHERE a.pid IN (SELECT unnest(pg_blocking_pids(b.pid)) FROM pg_stat_activity b WHERE b.wait_event_type = 'Lock')"
    )
    act = "find the session that blocks the others and end it with SELECT pg_terminate_backend(PID)."
    return advice(hypothesis, "database team", act, f'psql -c "{query}"')
