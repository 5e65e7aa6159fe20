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
Medium. A protocol that is never answered, as syslog, statsd or NetFlow, needs `proxy_responses 0`: its sessions end at once. With `1` they
wait for an answer all the same, and then nginx takes servers out that are well (seen in 1.22). A protocol of long sessions, as WireGuard
or QUIC, has no fixed number of answers; give it a `proxy_timeout` below a minute, or accept the finding.

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

# Senders that want no answer: traps of SNMP, syslog, NetFlow and its kin, sFlow, collectd, statsd, GELF of Graylog.
ONE_WAY_PORTS = frozenset(("162", "514", "1514", "2055", "4739", "6343", "8125", "9995", "9996", "12201", "25826"))
ANSWERED = "Set `proxy_responses 1;` and `proxy_timeout 2s;` for one answer to a question, `proxy_responses 0;` for what is never answered"
UNANSWERED = (
    "Set `proxy_responses 0;`: what is sent to this port is not answered, so a session can end at once; with 1 good servers are taken out"
)
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
        one_way = bind.address.rpartition(":")[2] in ONE_WAY_PORTS
        why = f"sockets pile up until nginx has none left{'' if one_way else ', and a server that never answers keeps its share'}"
        remedy = UNANSWERED if one_way else ANSWERED
        yield RULE.found(topology, bind.location, message, why, remedy, pool=route.pool)
        return


RULE = Rule("udp-without-responses", "listener-maxconn", "warning", "medium", Listener, check, __doc__, products=("nginx",))
