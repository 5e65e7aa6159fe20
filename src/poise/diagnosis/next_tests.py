"""What to look at next: the look that separates the likeliest hypotheses, as a command to run."""

from collections.abc import Mapping, Sequence

from poise.diagnosis.looks import look
from poise.diagnosis.places import places_of, unknown
from poise.model.diagnosis import Hypothesis, NextTest
from poise.model.sample import Window

# How near the best a hypothesis must be for a look at it to be worth a person's time, in probability.
WORTH = 0.02
MOST = 3


def next_tests(ranked: Sequence[Hypothesis], window: Window) -> tuple[NextTest, ...]:
    """At most three looks: one that could refute the best hypothesis, one for its nearest rival, then for what else is likely."""
    open_ones = [h for h in ranked if h.rank <= 2 or h.probability >= WORTH]
    found: dict[str, NextTest] = {}
    for hypothesis in open_ones:
        name = look_for(hypothesis, window)
        if name is None:
            continue
        if name in found:
            one = found[name]
            found[name] = NextTest(one.test, one.command, tuple(dict.fromkeys((*one.would_settle, hypothesis.fault))), one.seconds)
        else:
            one_look = look(name, places_of(window, pool_of(hypothesis.component), hypothesis.component))
            if unknown(one_look.command):
                continue  # nobody could run it
            found[name] = NextTest(one_look.test, one_look.command, (hypothesis.fault,), one_look.seconds)
    return tuple(found.values())[:MOST]


def look_for(hypothesis: Hypothesis, window: Window) -> str | None:
    """The name of the look that tells most of that hypothesis."""
    ends = {c.name: c.kind for c in window.stack.components}
    begin, _, end = hypothesis.component.partition(" ")[2].partition("→")
    side = "database" if ends.get(end) == "database" else "clients" if ends.get(begin) == "client" else "servers"
    return LOOKS.get(f"{hypothesis.fault} {side}" if hypothesis.fault.startswith("network-") else hypothesis.fault)


def pool_of(component: str) -> str | None:
    """The pool of a component in the contract's words, None where it is of none."""
    kind, _, name = component.partition(" ")
    return {"pool": name, "server": name.partition("/")[0]}.get(kind)


LOOKS: Mapping[str, str] = {
    "load-balancer-down": "alive",
    "load-balancer-busy": "alive",
    "listener-certificate": "client",
    "reload-cuts-connections": "alive",
    "wrong-route": "shares",
    "frequent-reloads": "shares",
    "server-left-in-drain": "state",
    "restart-without-drain": "healthz",
    "dns-answer-wrong": "state",
    "uneven-weights": "state",
    "traffic-pinned": "state",
    "source-behind-nat": "shares",
    "server-maxconn": "stat",
    "server-timeout": "metrics",
    "retry-storm": "shares",
    "deep-health-check": "healthz",
    "server-unchecked": "healthz",
    "stale-backend": "state",
    "connection-pool": "waits",
    "tls-certificate": "state",
    "listener-maxconn": "accept",
    "wrong-health-check": "healthz",
    "server-down": "healthz",
    "server-slow": "metrics",
    "server-errors": "metrics",
    "servers-slow-all": "metrics",
    "database-locked": "waits",
    "database-slow": "waits",
    "database-connections": "limit",
    "network-delay servers": "pings",
    "network-delay database": "retrans database",
    "network-delay clients": "retrans clients",
    "network-loss clients": "retrans clients",
    "network-loss servers": "retrans servers",
    "network-loss database": "retrans database",
    "surge": "rate",
    "outside": "client",
    "none": "client",
}
