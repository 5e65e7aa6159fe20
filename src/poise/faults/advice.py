"""Plans for faults that the load balancer cannot repair: who can, and the command that shows the matter to them."""

from poise.model.diagnosis import Hypothesis
from poise.model.plan import Plan
from poise.model.sample import Window


def advice(hypothesis: Hypothesis, owner: str, act: str, command: str, confirm: tuple[str, ...] = ()) -> Plan:
    """A plan without steps. `owner` is the team, `act` what they should do, `command` the first thing to run."""
    text = f"{owner}: {act} Begin with: {command}"
    watched = confirm or ("success ratio and p99 of clients are back at their normal for 5 s",)
    return Plan(hypothesis.fault, hypothesis.component, (), {}, "poise changes nothing here", watched, text)


def one_of(hypothesis: Hypothesis, pool: str, what: str) -> Plan:
    """The plan for a server that nothing singles out, for nobody measured each of them."""
    act = f"find out whether one server of {pool} {what}: nothing was measured of each."
    return advice(hypothesis, "application team", act, f"curl -sv http://SERVER/healthz for each server of {pool}, past the load balancer")


def taken_out(server: str, window: Window) -> str:
    """How a server (`web/app1`) is taken out of its pool, in the words of the load balancer that has it."""
    pool = server.partition("/")[0]
    product = next((t.product for t in window.topologies if t.pool(pool) is not None), "haproxy")
    if product == "nginx":
        return f"take it out: `down` behind its `server` in upstream {pool}, then nginx -s reload"
    if product == "envoy":
        return f"take it out: remove its endpoint from cluster {pool}, or let its health check fail"
    return f"drain it with 'set server {server} state drain'"
