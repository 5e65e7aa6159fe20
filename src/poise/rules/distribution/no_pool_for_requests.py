"""Requests that no rule takes get 503.

## What it finds
Listeners without any `use_backend`, `default_backend` or server that also answer nothing themselves (an error); listeners with conditional
rules only and no `default_backend` (information).

## Why it hurts
HAProxy answers 503 to a request that no rule sends anywhere, at once and with healthy servers.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    default_backend web
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High where there is no rule at all, measured. Where all rules are conditional, refusing the rest may be meant.

## See also
[HAProxy: default_backend](https://docs.haproxy.org/2.8/configuration.html#4.2-default_backend) · `unreachable-rule`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.conditions import always
from poise.rules.rule import Rule

ANSWERS = ("redirect", "return", "deny", "use-service", "reject", "silent-drop", "auth", "tarpit", "lua.")


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at its header."""
    if not listener.binds or "disabled" in listener.options or any(always(r.condition, listener.options) for r in listener.routes):
        return
    # `server`: a line that declares one, and was refused.
    if any("%" in route.pool for route in listener.routes) or "server" in listener.options or _answers(listener):
        return
    if listener.routes:
        message = f"{listener.name} has no `default_backend`: requests that {_none(len(listener.routes))} get 503"
        why = "a host or path that nobody thought of meets an error although servers are up"
        remedy = f"Add `default_backend` to {listener.name}, or `http-request deny deny_status 404` to say that it is meant"
        yield RULE.found(topology, listener.location, message, why, remedy, severity="info")
    else:
        message = f"{listener.name} sends requests nowhere: it has no `use_backend`, no `default_backend` and no server"
        why = "every client gets 503"
        yield RULE.found(topology, listener.location, message, why, f"Add `default_backend` to {listener.name}")


def _answers(listener: Listener) -> bool:
    """Whether it answers requests itself, which no pool is needed for."""
    if listener.stats_uri is not None or "monitor-uri" in listener.options or "redirect" in listener.options:
        return True
    rules = [lines for key, lines in listener.options.items() if key.startswith(("http-request", "tcp-request", "filter"))]
    return any(word in lines for lines in rules for word in ANSWERS)


def _none(rules: int) -> str:
    return "its one rule does not take" if rules == 1 else f"none of its {rules} rules takes"


RULE = Rule(
    "no-pool-for-requests", None, "error", "high", Listener, check, __doc__, because="requests without a pool are in no count of servers"
)
