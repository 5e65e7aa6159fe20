"""A load balancer sees too few connections to compare servers by them.

## What it finds
`balance leastconn` where `poise.toml` declares `peak_requests_per_second` and `service_time_ms`, and each load balancer has fewer requests
in flight than the pool has servers; with one load balancer only where weights differ, which then are not followed. How many share the load
is the larger of `load_balancers` and the number of hosts in a `peers` section; `load_balancers = 1` says that the other peers stand by.

## Why it hurts
A load balancer counts only its own connections. With fewer of them than servers most counts are 0, and ties go by turns over the idle ones.
Measured with 20 requests of 25 ms a second and weights 30/10/10: a third each, not 60/20/20 %. HAProxy issue 178 tells of 250 servers
behind 10 load balancers.

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
    balance leastconn
    server app1 10.0.0.1:8080 check weight 100
    server app2 10.0.0.2:8080 check weight 100
    server app3 10.0.0.3:8080 check weight 50
    server app4 10.0.0.4:8080 check weight 50
```
```toml
[pool.web]
load_balancers = 10
peak_requests_per_second = 100
service_time_ms = 100
split = {app1 = 2, app2 = 2, app3 = 1, app4 = 1}
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
    balance random
    server app1 10.0.0.1:8080 check weight 100
    server app2 10.0.0.2:8080 check weight 100
    server app3 10.0.0.3:8080 check weight 50
    server app4 10.0.0.4:8080 check weight 50
```
```toml
[pool.web]
load_balancers = 10
peak_requests_per_second = 100
service_time_ms = 100
split = {app1 = 2, app2 = 2, app3 = 1, app4 = 1}
```

## How sure
Medium, given the declared load: in flight = peak × service time ÷ load balancers. Whether all peers serve at once the file does not tell.

## See also
[HAProxy issue 178](https://github.com/haproxy/haproxy/issues/178) · `leastconn-short-requests`
"""

from collections.abc import Iterable, Mapping

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.addresses import parted
from poise.rules.layers import WILDCARDS, loopback
from poise.rules.pools import serving
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its algorithm."""
    wants, servers = needs.of(pool.name), serving(pool)
    peak, time = wants.peak_requests_per_second, wants.service_time_ms
    if pool.algorithm.name != "leastconn" or peak is None or time is None or len(servers) < 2:
        return
    section, peers = max(_peers(topology).items(), key=lambda each: each[1], default=("", 0))
    told, declared = wants.load_balancers != 1 and peers > (wants.load_balancers or 1), wants.load_balancers or 1
    many = peers if told else declared
    flying, alone = peak * time / 1000 / many, many < 2
    # Servers of equal weight that are all idle are taken in turn, which is as even as their weights.
    if flying >= len(servers) or (alone and len({s.weight for s in servers}) == 1):
        return
    who = "the load balancer" if alone else f"each of {many} load balancers ({f'`{section}`' if told else 'poise.toml'})"
    message = f"{who} has about {flying:.2g} requests in flight for {pool.name}'s {len(servers)} servers (`balance leastconn`)"
    why = "most counts are 0, and idle servers are taken in turn: what the counts and weights should level stays as chance has it"
    remedy = f"Use `balance roundrobin` or `balance random` in {pool.name}: they follow the weights whatever the count"
    yield RULE.found(topology, pool.algorithm.location or pool.location, message, why, remedy, pool=pool.name)


def _peers(topology: Topology) -> Mapping[str, int]:
    """On how many hosts the members of each `peers` section are. What has no address of its own is the local one."""
    found: dict[str, int] = {}
    for key, text in topology.options.items():
        if key.startswith("peers "):
            members = [line.split() for line in text.split("\n") if line.startswith(("peer ", "server "))]
            found[key] = len({_host(words[2] if len(words) > 2 else "") for words in members})
    return found


def _host(address: str) -> str:
    machine, _ = parted(address)
    own = not machine or "/" in machine or machine in WILDCARDS or loopback(machine)
    return "" if own else machine


RULE = Rule("leastconn-many-balancers", "uneven-weights", "warning", "medium", Pool, check, __doc__)
