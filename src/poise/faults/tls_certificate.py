"""A server's certificate is refused: it answers connections, and no request gets through."""

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
    name="tls-certificate",
    layers=("application",),
    mechanism="tls",
    title="A server's certificate is refused",
    looks_like="Handshakes with a server fail while it takes connections; its application is idle and well.",
    speaks_against="The server refuses connections; plain HTTP goes to the servers; requests reach the application.",
    remedy="Renew or correct the certificate on the server that terminates; see who else has it from the same source.",
    confused_with=(
        ("server-down", "a plain connect: it succeeds here"),
        ("stale-backend", "a plain connect to the address: it succeeds here"),
    ),
    changed_by=("certificate", "tls", "ca "),
)
EXPECTS = expecting(
    tls_to_servers=0.99,
    unreached=0.9,
    connection_errors=0.7,
    retries=0.4,
    # Envoy counts an attempt that fails as the server's error.
    server_errors=0.3,
    servers_failures=0.04,
    servers_down=0.5,
    applications_silent=0.03,
    shares=0.3,
    unexplained_shares=0.3,
    client_errors=0.6,
    client_latency=0.3,
)


SPOKEN = 0.5
# Where no file was read nobody knows whether servers are spoken to in TLS: less than half are.
PRIOR_UNKNOWN = -1.5
# Where all are refused, checks refuse them too.
ALL = expecting(
    tls_to_servers=0.99,
    unreached=0.9,
    servers_down=0.9,
    pool_down=0.85,
    nobody_found=0.85,
    checks_refused=0.03,
    connection_errors=0.7,
    retries=0.35,
    client_latency=0.4,
    errors_everywhere=0.5,
    several_err=0.5,
    servers_failures=0.03,
    applications_silent=0.03,
    client_errors=0.97,
    clients_cut_off=0.9,
    nothing_arrives=0.9,
    unseen_failures=0.8,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis where servers are spoken to in TLS: the server that is reached least, else the pool of which servers are down."""
    worst, down = observation.worst("unreached"), observation.worst("servers down")
    spoken = observation.worst("tls to servers")
    unknown = spoken is None and not observation.topologies
    if not unknown and (spoken is None or spoken.degree <= SPOKEN):
        return
    prior = PRIOR_UNKNOWN if unknown else 0.0
    if worst is not None and (worst.degree > SPOKEN or down is None):
        component, own = f"server {worst.component}", (worst.component, *observation.stack.upstream(worst.component))
    elif down is not None:
        component, own = f"pool {down.component}", (down.component,)
    else:
        return
    yield max((hypothesis(FAULT, component, observation, table, own=own, prior=prior) for table in (EXPECTS, ALL)), key=lambda h: h.bits)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: certificates are issued elsewhere."""
    server = hypothesis.component.partition(" ")[2]
    address = next((c.address for c in window.stack.of_kind("server") if c.name == server and c.address), "SERVER:PORT")
    act = f"renew or correct the certificate of {server}."
    return advice(
        hypothesis, f"team of {server}", act, f"openssl s_client -connect {address} </dev/null | openssl x509 -noout -dates -subject"
    )
