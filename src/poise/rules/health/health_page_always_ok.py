"""The load balancer calls itself healthy while none of its servers is.

## What it finds
`monitor-uri` on a listener without `monitor fail`.

## Why it hurts
HAProxy answers the page itself with 200, whatever became of its servers. What stands in front (DNS failover, a cloud's balancer,
keepalived) goes on sending clients to a load balancer that can only say 503.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    monitor-uri /lb-health
    default_backend web
backend web
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
    monitor-uri /lb-health
    monitor fail if { nbsrv(web) lt 1 }
    default_backend web
backend web
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
Low: information. Where all load balancers share the same servers, taking this one out would not help.

## See also
[HAProxy: monitor fail](https://docs.haproxy.org/2.8/configuration.html#4.2-monitor%20fail)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at its `monitor-uri`."""
    page = listener.options.get("monitor-uri")
    if not page or "monitor fail" in listener.options or not any(route.pool for route in listener.routes):
        return
    message = f"{page} of {listener.name} answers 200 even when no server is up: there is no `monitor fail`"
    why = "whatever checks this page goes on sending clients here, who get 503"
    remedy = f"Add `monitor fail if {{ nbsrv({listener.routes[-1].pool}) lt 1 }}` to {listener.name}"
    place = listener.places.get("monitor-uri", listener.location)
    yield RULE.found(topology, place, message, why, remedy)


RULE = Rule("health-page-always-ok", "wrong-health-check", "info", "low", Listener, check, __doc__)
