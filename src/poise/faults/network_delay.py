"""Every round trip on one hop takes longer."""

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
    name="network-delay",
    layers=("network",),
    mechanism="delay",
    title="A network path delays every round trip",
    looks_like="Every first byte over the path late, fresh connects too where the path truly delays; the far end is at its normal.",
    speaks_against="The same probe without the path is as late; only some probes are late, with retransmissions; the path answers as ever.",
    remedy="The network team's: route, tunnel, middlebox. Move traffic off the path where there is another.",
    confused_with=(
        ("database-slow", "the statement mean on the database's side, and the answer to an SSLRequest over the path"),
        ("network-loss", "retransmissions, and whether the fastest probes are late too"),
        ("server-slow", "first byte of /healthz with and without the path"),
    ),
    changed_by=("route", "link", "tunnel", "switch", "firewall", "path"),
    unruled="what a path does stands in no configuration",
)
_COMMON = {"client_errors": 0.35, "client_latency": 0.95}
EXPECTS = {
    "servers": expecting(
        servers_ping=0.97,
        servers_steady_delay=0.95,
        servers_connect=0.4,
        servers_losses=0.06,
        servers_failures=0.1,
        time_before_the_application=0.8,
        connection_errors=0.12,
        server_limit=0.06,
        pool_queue=0.1,
        **_COMMON,
    ),
    "database": expecting(
        database_ping=0.97,
        database_steady_delay=0.95,
        database_connect=0.4,
        database_losses=0.06,
        database_failures=0.1,
        database_time=0.95,
        time_before_the_database=0.9,
        all_saturated=0.5,
        one_saturated=0.15,
        statement_time=0.1,
        active_sessions=0.2,
        lock_waits=0.15,
        database_errors=0.35,
        errors_everywhere=0.3,
        own_time_all=0.25,
        own_time_one=0.15,
        **_COMMON,
    ),
    "client": expecting(
        client_ping=0.97,
        client_steady_delay=0.95,
        client_connect=0.4,
        time_before_the_load_balancer=0.92,
        late_by_timeouts=0.05,
        clients_disagree=0.04,
        **_COMMON,
    ),
}


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per side that is probed."""
    return by_side(FAULT, observation, "steady delay", EXPECTS)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: the path is the network team's."""
    del window
    hop = hypothesis.component
    act = f"find what delays {hop}: route, tunnel, middlebox."
    return advice(
        hypothesis,
        "network team",
        act,
        "ss -ti dst ADDRESS (rtt), and curl -so /dev/null -w '%{time_connect} %{time_starttransfer}' http://ADDRESS/healthz",
    )
