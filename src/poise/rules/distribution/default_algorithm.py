"""The split depends on a default that changes between versions.

## What it finds
Pools of two or more servers without `balance`, where the version judged by is HAProxy 3.0 or later. Before, only those that were forgotten:
where at least as many pools of the file name their algorithm and no version is named; whatever the version, the only one beside two or more
that do. HAProxy 3.3 changed the default from `roundrobin` to `random`.

## Why it hurts
An upgrade changes how requests are dealt: exact turns become draws of two, where weights count only on average and the less busy of the
two wins.

## Bad
```haproxy
# for haproxy 3.2
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## Good
```haproxy
# for haproxy 3.2
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    balance roundrobin
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

## How sure
High: the change stands in HAProxy's repository, "backend: switch the default balancing algo to random", September 2025. Either default is
a good one; information.

## See also
[HAProxy: the discussion](https://github.com/orgs/haproxy/discussions/3042) ·
[balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.version import at_least


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its header."""
    several = [pool for pool in topology.pools if len(serving(pool)) > 1]
    silent = [pool for pool in several if pool.algorithm.location is None]
    forgotten = len(silent) * 2 <= len(several) if not topology.target else len(silent) == 1 and len(several) > 2
    for pool in silent if forgotten or at_least(topology, "3.0") else ():
        yield _found(pool, topology)


def _found(pool: Pool, topology: Topology) -> Finding:
    new = at_least(topology, "3.3")
    now, other = ("random", "roundrobin up to 3.2") if new else ("roundrobin", "random from HAProxy 3.3 on")
    message = f"{pool.name} names no algorithm: it is {now} here and {other}"
    why = "an upgrade changes how its requests are dealt, and the shares that dashboards and forecasts expect"
    remedy = f"Write `balance {'random' if new else 'roundrobin'}` in {pool.name} or in `defaults`"
    return RULE.found(topology, pool.location, message, why, remedy, pool=pool.name)


RULE = Rule(
    "default-algorithm", None, "info", "high", Topology, check, __doc__, because="both defaults are good; what it prevents is a surprise"
)
