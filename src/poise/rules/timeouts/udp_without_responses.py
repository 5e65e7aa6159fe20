"""A UDP session is kept for ten minutes because nginx does not know when it is over.

## What it finds
nginx `stream` servers that listen with `udp` without `proxy_responses`, and whose `proxy_timeout` is a minute or longer, the default of
ten included.

## Why it hurts
Without the number of answers to expect, nginx holds a socket for each client until `proxy_timeout` ends: 100 DNS queries per second are
60,000 sockets. And a server that does not answer is never taken out.

## Bad
```nginx
events {}
stream {
    upstream dns {
        server 10.0.0.1:53;
        server 10.0.0.2:53;
    }
    server {
        listen 53 udp;
        proxy_pass dns;
    }
}
```

## Good
```nginx
events {}
stream {
    upstream dns {
        server 10.0.0.1:53;
        server 10.0.0.2:53;
    }
    server {
        listen 53 udp;
        proxy_responses 1;
        proxy_timeout 2s;
        proxy_pass dns;
    }
}
```

## How sure
Medium: a protocol of long sessions, as WireGuard or QUIC, has no fixed number of answers; give it a `proxy_timeout` below a minute, or
accept the finding.

## See also
[nginx: proxy_responses](https://nginx.org/en/docs/stream/ngx_stream_proxy_module.html#proxy_responses)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import duration

DEFAULT, SHORT = timedelta(minutes=10), timedelta(minutes=1)


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at its `listen` line."""
    bind = next((b for b in listener.binds if "udp" in b.options), None)
    if listener.mode != "tcp" or bind is None:
        return
    for route in listener.routes:
        wait = nginx_span(route.options.get("proxy_timeout")) or DEFAULT
        if "proxy_responses" in route.options or wait < SHORT:
            continue
        message = f"each UDP client of {listener.name} holds a socket for {duration(wait)}: no `proxy_responses`"
        why = "sockets pile up until nginx has none left, and a server that never answers keeps its share"
        remedy = "Set `proxy_responses 1;` and `proxy_timeout 2s;` for a protocol of one question and one answer"
        yield RULE.found(topology, bind.location, message, why, remedy, pool=route.pool)
        return


RULE = Rule("udp-without-responses", "listener-maxconn", "warning", "medium", Listener, check, __doc__, products=("nginx",))
