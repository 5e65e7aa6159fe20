"""Health checks that take minutes to notice a dead server.

## What it finds
Servers whose `inter` × `fall` is above 30 seconds (a warning) or above 60 seconds (an error). With `fastinter` the checks after the first
failure count at that pace.

## Why it hurts
Until the check has failed `fall` times the dead server keeps its share. One of four servers and ten minutes are a quarter of ten minutes'
requests.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check inter 200s fall 3
    server app2 10.0.0.2:8080 check inter 2s fall 3
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check inter 20s fastinter 1s fall 3
    server app2 10.0.0.2:8080 check inter 2s fall 3
```

## How sure
High for the time; a check that times out takes longer still. Every 2 s, three times, is HAProxy's default.

## See also
[HAProxy: inter](https://docs.haproxy.org/2.8/configuration.html#5.2-inter) ·
[fall](https://docs.haproxy.org/2.8/configuration.html#5.2-fall)
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.rule import Rule
from poise.rules.spans import span
from poise.rules.words import duration, listing, percent

SLOW = timedelta(seconds=30)
BLIND = timedelta(seconds=60)


def _notices_after(server: Server) -> timedelta:
    if server.check is None:
        return timedelta(0)
    fast = span(server.options.get("fastinter", "")) or server.check.interval
    return server.check.interval + (server.check.fall - 1) * fast


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its slowest server; all that are as slow are named."""
    servers = [s for s in pool.servers if s.check and s.role != "disabled"]
    slow = [s for s in servers if _notices_after(s) > SLOW]
    if not slow or len(pool.servers) < 2:
        return
    worst = max(slow, key=_notices_after)
    after = _notices_after(worst)
    assert worst.check is not None
    total = sum(s.weight for s in pool.servers if s.role == "active")
    share = worst.weight / total if total and worst.role == "active" else 0.0
    message = (
        f"{listing(s.name for s in slow)} of {pool.name}: a dead server is noticed after {duration(after)} "
        f"({duration(worst.check.interval)} × {worst.check.fall})"
    )
    why = f"for {duration(after)} the dead server keeps its share, {percent(share)} of {pool.name}'s requests for {worst.name}"
    remedy = "Set `inter 2s fall 3`; if checks are costly, keep `inter` and add `fastinter 1s`"
    place = worst.check.location or worst.location
    severity: Severity = "error" if after > BLIND else "warning"
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


RULE = Rule("slow-check", "server-down", "error", "high", Pool, check, __doc__)
