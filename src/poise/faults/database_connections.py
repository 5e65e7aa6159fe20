"""The database has no connection left."""

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
    name="database-connections",
    layers=("database", "application"),
    mechanism="capacity",
    title="The database's connections are exhausted",
    looks_like="Connections at their limit, applications fail to connect, a reserved login still works; the database looks idle.",
    speaks_against="Connections well below their limit: an application has then run out of its own pool, most likely crowded.",
    remedy="End idle sessions, lower the applications' pools below max_connections together, put a pooler in between.",
    confused_with=(("uneven-weights", "connections against their limit, and whether one application fails or all do"),),
    changed_by=("max_connections", "connections", "pooler"),
    unruled="the limit stands in the database's own configuration",
)
EXPECTS = expecting(
    # The database that turns applications away has fewer of them connected.
    connections_fell=0.2,
    server_errors=0.4,
    several_err=0.85,
    connections=0.95,
    database_errors=0.9,
    errors_everywhere=0.7,
    all_saturated=0.3,
    active_sessions=0.2,
    client_errors=0.9,
    own_time_all=0.15,
    waits_with_free_slots=0.3,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per database."""
    for component in observation.stack.of_kind("database"):
        yield hypothesis(FAULT, f"database {component.name}", observation, EXPECTS, own=(component.name,))


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: which sessions may go is the database team's to say."""
    del window
    query = "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC"
    act = "see who holds the connections, end idle ones, and lower the pools below max_connections together."
    return advice(hypothesis, "database team", act, f'psql -c "{query}"')
