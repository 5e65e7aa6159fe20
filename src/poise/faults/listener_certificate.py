"""Clients refuse the load balancer's own certificate: it has ended, or another than theirs is shown."""

from collections.abc import Iterable
from shlex import quote

from poise.faults.advice import advice
from poise.faults.expectations import expecting
from poise.faults.sign import Observation
from poise.faults.weighing import hypothesis
from poise.model.component_label import component_label
from poise.model.diagnosis import Hypothesis
from poise.model.fault import Fault
from poise.model.plan import Plan
from poise.model.sample import Window

FAULT = Fault(
    name="listener-certificate",
    layers=("load-balancer",),
    mechanism="tls",
    title="The certificate that clients get has ended",
    looks_like="Clients connect and leave at the handshake, every inner figure is green and falls, the certificate's end lies behind.",
    speaks_against="The certificate holds for days; clients cannot connect at all; requests arrive as ever.",
    remedy="Put the renewed certificate in place, reload, and ask each node for it by each name; alert days before the end.",
    confused_with=(
        ("load-balancer-down", "a plain connect: it succeeds here"),
        ("outside", "a handshake from inside: its certificate has ended here"),
        ("tls-certificate", "which side refuses: there the load balancer refuses its servers'"),
    ),
    changed_by=("certificate", "tls", "renew"),
    unruled="when a certificate ends stands in the certificate",
)
EXPECTS = expecting(
    certificate_ended=0.97,
    client_errors=0.95,
    clients_cut_off=0.75,
    clients_refused=0.1,
    nothing_arrives=0.7,
    unseen_failures=0.85,
    client_latency=0.3,
    load_balancer_silent=0.015,
)


def weigh(observation: Observation) -> Iterable[Hypothesis]:
    """One hypothesis per listener whose certificate has ended."""
    for listener in observation.showing("certificate ended"):
        touches = tuple(c.name for c in observation.stack.of_kind("load-balancer"))
        yield hypothesis(FAULT, component_label("listener", listener), observation, EXPECTS, own=(listener,), touches=touches)


def plan(hypothesis: Hypothesis, window: Window) -> Plan:
    """No steps: certificates are issued elsewhere."""
    names = {component_label("listener", c.name): c.address for c in window.stack.of_kind("listener")}
    address = names.get(hypothesis.component) or "ADDRESS"
    act = f"renew the certificate of {hypothesis.component}, put it in place and reload; then ask every node and every name."
    command = f"openssl s_client -connect {quote(address)} </dev/null 2>/dev/null | openssl x509 -noout -dates -subject"
    return advice(hypothesis, "load balancer team", act, command)
