"""Segments or new connections get lost on one hop."""

from collections.abc import Iterable

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.hops import by_side
from poise.faults.sign import Observation
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="network-loss",
    layers=("network",),
    mechanism="loss",
    title="A network path loses segments",
    looks_like="Retransmissions and connects of a second on one path; some requests late by whole timeouts, others as fast as ever.",
    speaks_against="No retransmission and no failed connect on the path; every probe late by the same time.",
    remedy="The network team's: link errors, full queues, a firewall's table. Move traffic off the path where there is another.",
    confused_with=(
        ("network-delay", "retransmissions, and whether the fastest probes are late too"),
        ("database-slow", "the statement mean on the database's side"),
        ("listener-maxconn", "sessions against their limit"),
    ),
    changed_by=("route", "link", "tunnel", "switch", "firewall", "path"),
    unruled="what a path does stands in no configuration",
)
# A path that loses little makes a few requests late, which a p99 need not show.
_COMMON = {"client_errors": 0.4, "client_latency": 0.65}
EXPECTS = {
    "servers": expecting(
        servers_losses=0.97,
        servers_ping=0.35,
        servers_steady_delay=0.08,
        servers_connect=0.3,
        servers_failures=0.2,
        time_before_the_application=0.4,
        late_by_timeouts=0.35,
        connection_errors=0.25,
        servers_down=0.12,
        shares=0.12,
        unexplained_shares=0.15,
        **_COMMON,
    ),
    "database": expecting(
        database_losses=0.97,
        several_err=0.4,
        server_errors=0.2,
        database_ping=0.35,
        database_steady_delay=0.08,
        database_connect=0.3,
        database_failures=0.2,
        database_time=0.8,
        time_before_the_database=0.8,
        all_saturated=0.4,
        one_saturated=0.2,
        statement_time=0.1,
        active_sessions=0.2,
        lock_waits=0.15,
        database_errors=0.35,
        errors_everywhere=0.35,
        own_time_all=0.25,
        own_time_one=0.2,
        **_COMMON,
    ),
    "client": expecting(
        client_losses=0.93,
        client_ping=0.45,
        client_connect=0.4,
        client_failures=0.35,
        time_before_the_load_balancer=0.6,
        late_by_timeouts=0.8,
        unseen_failures=0.3,
        clients_disagree=0.04,
        **_COMMON,
    ),
}


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per side that is probed."""
    return by_side(FAULT, observation, "losses", EXPECTS)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the path is the network team's."""
    del window
    act = f"find what loses segments on {hypothesis.component}: link errors, full queues, a firewall's connection table."
    return advice(hypothesis, "network team", act, "ss -ti dst ADDRESS (retrans), on both ends; a host's counter cannot name a hop")
