"""One layer speaks the PROXY protocol and the other does not: every connection between them fails.

## What it finds
Two layers read in one run: the front sends the PROXY protocol to a listener that does not take it, or the back demands it and the front
does not send it.

## Why it hurts
The back layer takes the PROXY line for a broken request and answers 400, or waits for a line that never comes. Neither checker sees both
files; health checks may pass all the same (HAProxy's `check-send-proxy` is a switch of its own).

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen edge
    bind :80
    server local 127.0.0.1:8080 check send-proxy
listen web
    bind 127.0.0.1:8080
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

```nginx
upstream edge { server 127.0.0.1:8080; }
upstream web { server 10.0.0.1:80; server 10.0.0.2:80; }
server { listen 80; location / { proxy_pass http://edge; } }
server { listen 127.0.0.1:8080 proxy_protocol; location / { proxy_pass http://web; } }
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen edge
    bind :80
    server local 127.0.0.1:8080 check send-proxy
listen web
    bind 127.0.0.1:8080 accept-proxy
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

```nginx
upstream edge { server 127.0.0.1:8080; }
upstream web { server 10.0.0.1:80; server 10.0.0.2:80; }
server { listen 80; location / { proxy_pass http://edge; } }
server { listen 127.0.0.1:8080; location / { proxy_pass http://web; } }
```

## How sure
High where the addresses of both layers agree; silent where only the port does.

## See also
[HAProxy: accept-proxy](https://docs.haproxy.org/2.8/configuration.html#5.1-accept-proxy) ·
[nginx: listen](https://nginx.org/en/docs/http/ngx_http_core_module.html#listen) · `affinity-behind-proxy`
"""

from collections.abc import Iterable

from poise.model.chain import Chain
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.chains.client_address import SENDS, sends_proxy, takes_proxy
from poise.rules.rule import Rule


def check(chain: Chain, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server of the front layer, at the server."""
    for link in chain.links:
        # The outgoing address (usesrc) is no PROXY line; it only hides the question here.
        if not link.certain or "usesrc" in chain.pool.options.get("source", "") or "usesrc" in link.server.options:
            continue
        sent = sends_proxy(chain, link.server)
        for listener, bind in link.ends:
            if sent == takes_proxy(listener, bind):
                continue
            front = (
                f"{chain.pool.name} {'sends' if sent else 'does not send'} the PROXY protocol to {link.server.name} ({link.server.address})"
            )
            message = f"{front}, and {listener.name} there {'does not expect it' if sent else 'expects it'}"
            why = "every connection between the two layers fails, while each file is valid on its own"
            remedy = f"Write it on both sides ({SENDS[0]} and accept-proxy, proxy_protocol), or on neither"
            yield RULE.found(chain.front, link.server.location, message, why, remedy, pool=chain.pool.name, server=link.server.name)


RULE = Rule("proxy-protocol-mismatch", "server-errors", "error", "high", Chain, check, __doc__, products=("haproxy", "nginx"))
