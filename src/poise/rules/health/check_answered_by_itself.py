"""A health check that the load balancer answers itself.

## What it finds
A pool whose server is a listener of the same file and whose check asks for that listener's `monitor-uri`.

## Why it hurts
The listener behind answers `monitor-uri` itself, so the check passes while every application server behind it is dead, and the requests
keep coming.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend edge
    bind :80
    default_backend inner
backend inner
    option httpchk GET /alive
    server local1 127.0.0.1:8081 check
    server local2 127.0.0.1:8082 check
listen app
    bind 127.0.0.1:8081
    bind 127.0.0.1:8082
    monitor-uri /alive
    monitor fail if FALSE
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
frontend edge
    bind :80
    default_backend inner
backend inner
    option httpchk GET /healthz
    server local1 127.0.0.1:8081 check
    server local2 127.0.0.1:8082 check
listen app
    bind 127.0.0.1:8081
    bind 127.0.0.1:8082
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High, unless `monitor fail` of the inner listener tells when its servers are down; then it is silent.

## See also
[HAProxy: monitor-uri](https://docs.haproxy.org/2.8/configuration.html#4.2-monitor-uri) · `health-page-always-ok`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Pool, Server, Topology
from poise.rules.conditions import never
from poise.rules.exposure.reach import is_local
from poise.rules.pools import in_use
from poise.rules.rule import Rule


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its check's line."""
    pages = {
        (bind.address.removeprefix("*").rpartition(":")[2], listener.options["monitor-uri"]): listener
        for listener in topology.listeners
        if "monitor-uri" in listener.options and never_fails(listener)
        for bind in listener.binds
    }
    for pool in topology.pools if pages else ():
        for server in in_use(pool):
            if server.check is None or server.check.path is None or not is_local(server.address):
                continue
            listener = pages.get((server.address.rpartition(":")[2], server.check.path.partition("?")[0]))
            if listener is not None:
                yield _found(topology, pool, server, listener)
                break


def _found(topology: Topology, pool: Pool, server: Server, listener: Listener) -> Finding:
    path = server.check.path if server.check else None
    message = f"the check of {server.name} in {pool.name} asks for {path}, which {listener.name} answers itself (`monitor-uri`)"
    why = f"it passes while everything behind {listener.name} is dead"
    remedy = f"Check a page that the application answers, or add `monitor fail` to {listener.name}"
    place = pool.http_check_location or server.location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=server.name)


def never_fails(listener: Listener) -> bool:
    """Whether nothing makes the page of that listener fail."""
    return all(never(line, listener.options) for line in listener.options.get("monitor fail", "if FALSE").split("\n"))


RULE = Rule("check-answered-by-itself", "wrong-health-check", "error", "high", Topology, check, __doc__)
