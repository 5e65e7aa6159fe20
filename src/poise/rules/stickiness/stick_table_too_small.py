"""A stick table forgets clients that are still there.

## What it finds
Tables that bind clients to servers and hold fewer entries than 1,000, or than `sessions` of `poise.toml`; that forget them after less than
a minute, or than `session_minutes`; or that with `nopurge` and no `expire` never forget, and take no new client once they are full.

## Why it hurts
A full table throws out the client that was idle longest, or with `nopurge` takes no new one: measured with room for two, the third client
changed servers with every request.

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
    stick-table type ip size 100 expire 30m
    option redispatch
    stick on src
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
listen web
    bind :8080
    option httpchk GET /healthz
    stick-table type ip size 200k expire 30m
    option redispatch
    stick on src
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High for the arithmetic. `stick on dst` and the like, which pin everybody to one server on purpose, need one entry and are silent.

## See also
[HAProxy: stick-table](https://docs.haproxy.org/2.8/configuration.html#4.2-stick-table) · `stick-table-not-shared`
"""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.spans import haproxy_span
from poise.rules.stickiness.table import table_of
from poise.rules.words import duration

LEAST_SIZE, LEAST_TIME = 1000, timedelta(minutes=1)
# Everybody is one client to these: the way to use one server until it fails.
CONSTANT = ("dst", "int(", "str(", "bool(")
UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its table."""
    words = (pool.persistence or "").split()
    table = table_of(pool, topology)
    if words[:1] != ["stick"] or len(words) < 3 or table is None or len(serving(pool)) < 2 or words[2].startswith(CONSTANT):
        return
    wants, text = needs.of(pool.name), table.options.get("stick-table", "").split()
    size, expire = _size(_after(text, "size")), haproxy_span(_after(text, "expire"))
    most = wants.sessions or LEAST_SIZE
    least = timedelta(minutes=min(wants.session_minutes, 1e6)) if wants.session_minutes else LEAST_TIME
    if size is not None and size < most:
        what = f"holds {size} clients" + (f", and {wants.sessions} are in a session at once (poise.toml)" if wants.sessions else "")
    elif expire and expire < least:
        what = f"forgets a client after {duration(expire)}" + (f"; poise.toml says {duration(least)}" if wants.session_minutes else "")
    elif "nopurge" in text and expire is None:
        what = "never forgets a client (`nopurge` without `expire`) and is full one day"
    else:
        return
    message = f"the stick table of {pool.name} {what}"
    why = "clients beyond that are dealt anew with every request, and lose their session"
    remedy = "Give the table `size` for all clients at once (an entry takes about 50 bytes) and `expire` as long as a session may pause"
    yield RULE.found(topology, table.places.get("stick-table", pool.location), message, why, remedy, pool=pool.name)


def _after(words: Sequence[str], name: str) -> str:
    return next((words[i + 1] for i in range(len(words) - 1) if words[i] == name), "")


def _size(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,12})([kmg]?)", text.lower())
    return int(found[1]) * UNITS[found[2]] if found else None


RULE = Rule("stick-table-too-small", None, "warning", "high", Pool, check, __doc__, because="it keeps sessions on their server")
