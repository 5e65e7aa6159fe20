"""A change gives most of a route's traffic to another pool in one step: a canary that becomes the main version, or a default for few servers.

## What it finds
With `--against OLD`, or in `poise diff`: a route that is divided by weights or percentages (Envoy's `weighted_clusters`, nginx's
`split_clients`, HAProxy's `rand`), of which half or more goes to another pool than before. In HAProxy also a pool's part that grows by half,
when each of its servers then gets half as much again as those of the other pools. Also a route that names another pool than before
(`default_backend`, `proxy_pass`, `cluster`): a warning where each server gets half as much again of its requests or more, by number and
weights of the servers, else information. A pool with the same servers under another name is none.

## Why it hurts
A canary is sized for a few per cent. With the numbers exchanged it gets nearly all requests at once, every server is UP, and both files are
valid. Raising it in steps is what the split is for. With a wrong name behind `default_backend` six servers' requests go to the two that were
meant for a few partners.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend canary if { rand(100) lt 5 }
    default_backend web
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend canary
    server new1 10.0.1.1:8080 check
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend canary if { rand(100) lt 60 }
    default_backend web
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend canary
    server new1 10.0.1.1:8080 check
```

```envoy
static_resources:
  listeners:
  - name: in
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains: [{filters: [{name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t,
      weighted_clusters: {clusters: [{name: main, weight: 95}, {name: canary, weight: 5}]}}}]}]
  clusters: [{name: main, load_assignment: {cluster_name: main}}, {name: canary, load_assignment: {cluster_name: canary}}]
```

```envoy
static_resources:
  listeners:
  - name: in
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains: [{filters: [{name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t,
      weighted_clusters: {clusters: [{name: main, weight: 5}, {name: canary, weight: 95}]}}}]}]
  clusters: [{name: main, load_assignment: {cluster_name: main}}, {name: canary, load_assignment: {cluster_name: canary}}]
```

```nginx
split_clients $remote_addr $pool { 5% canary; * main; }
upstream main { server 10.0.0.1:80; server 10.0.0.2:80; }
upstream canary { server 10.0.0.3:80; }
server { listen 80; location / { proxy_pass http://$pool; } }
```

```nginx
split_clients $remote_addr $pool { 95% canary; * main; }
upstream main { server 10.0.0.1:80; server 10.0.0.2:80; }
upstream canary { server 10.0.0.3:80; }
server { listen 80; location / { proxy_pass http://$pool; } }
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
    use_backend canary if { rand(100) lt 5 }
    default_backend web
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend canary
    server new1 10.0.1.1:8080 check
```

```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend canary if { rand(100) lt 10 }
    default_backend web
backend web
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
backend canary
    server new1 10.0.1.1:8080 check
```

```envoy
static_resources:
  listeners:
  - name: in
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains: [{filters: [{name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t,
      weighted_clusters: {clusters: [{name: main, weight: 95}, {name: canary, weight: 5}]}}}]}]
  clusters: [{name: main, load_assignment: {cluster_name: main}}, {name: canary, load_assignment: {cluster_name: canary}}]
```

```envoy
static_resources:
  listeners:
  - name: in
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains: [{filters: [{name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t,
      weighted_clusters: {clusters: [{name: main, weight: 75}, {name: canary, weight: 25}]}}}]}]
  clusters: [{name: main, load_assignment: {cluster_name: main}}, {name: canary, load_assignment: {cluster_name: canary}}]
```

```nginx
split_clients $remote_addr $pool { 5% canary; * main; }
upstream main { server 10.0.0.1:80; server 10.0.0.2:80; }
upstream canary { server 10.0.0.3:80; }
server { listen 80; location / { proxy_pass http://$pool; } }
```

```nginx
split_clients $remote_addr $pool { 20% canary; * main; }
upstream main { server 10.0.0.1:80; server 10.0.0.2:80; }
upstream canary { server 10.0.0.3:80; }
server { listen 80; location / { proxy_pass http://$pool; } }
```

## How sure
Medium: the last step of a release may be meant to be this large; then accept it for the day.

## See also
[Envoy: weighted clusters](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/traffic_splitting) ·
[nginx: split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html) · `share-grows` · `weighted-clusters-sum`
"""  # noqa: E501 - Envoy's smallest whole examples are wide

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from poise.model.change import Change
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.chances import all_parts
from poise.rules.changes.repointed import first, repointed
from poise.rules.pools import serving
from poise.rules.rule import Rule
from poise.rules.words import count, percent

# Rollouts go 1, 5, 10, 25, 50 and 100 per cent: no step but the last moves half of the traffic.
MOVED = 0.5
GROWS = 1.5
_PART = re.compile(r"\(split_clients (.*): (?:(\d+(?:\.\d+)?)%|\*)\)$")

Key = tuple[str, str]


def check(change: Change, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per divided route, at the pool that grows most; one per route that names another pool, there."""
    yield from _by_name(change)
    if topology.product == "haproxy":
        yield from _by_chance(change)
        return
    before, after = _divided(change.before), _divided(change.after)
    for key, parts in after.items():
        old = before.get(key, {})
        grown = {pool: part[0] - old[pool][0] for pool, part in parts.items() if pool in old}
        most = max(grown, key=lambda pool: grown[pool], default=None)
        if most is None or grown[most] < MOVED:
            continue
        share, place = parts[most]
        message = f"the change raises {most}'s part of {key[0]} from {percent(old[most][0])} to {percent(share)} in one step"
        why = f"{most} must carry {share / max(old[most][0], 0.001):.2g} times what it carries today, from the moment of the reload"
        remedy = "Check that the numbers are not exchanged, and raise the part in steps, watching the new pool's load and errors"
        yield RULE.found(topology, place, message, why, remedy, pool=most)


def _by_name(change: Change) -> Iterable[Finding]:
    told: set[tuple[Location, str, str]] = set()
    for route in repointed(change):
        old, new, what = route.before.name, route.after.name, f" `{route.condition}`" if route.condition else ""
        if (route.location, old, new) in told:
            continue
        told.add((route.location, old, new))
        was, has = _servers(route.before, route.was), _servers(route.after, route.has)
        message = f"the change sends {route.listener.name}'s requests{what} to {new} instead of {old}: to {has} instead of {was}"
        more = ", beside what it has already" if change.before.routes_to(new) else ""
        times = "as many" if 0.95 < route.growth < 1.05 else f"{route.growth:.2g} times as many"
        why = f"from the moment of the reload each server of {new} gets {times} of them as one of {old}{more}"
        remedy = f"Check that {new} is meant, and that its servers can carry these requests, or name {old} again"
        severity: Severity = "warning" if route.growth >= GROWS else "info"
        yield RULE.found(change.after, route.location, message, why, remedy, pool=new, severity=severity)


def _servers(pool: Pool, worth: float) -> str:
    """How many there are; where weights differ, how many of the largest they are worth."""
    number = len(first(pool))
    return count(number, "server") + (f" (worth {worth:.1f} by weight)" if number - worth > 0.05 else "")


def _by_chance(change: Change) -> Iterable[Finding]:
    """HAProxy's `rand`: a part that grows by half of everything, or by half of itself and beyond what its servers should get."""
    before = {listener.name: found for listener, found in all_parts(change.before)}
    for listener, found in all_parts(change.after):
        was = {part.pool.name: part.share for part in before.get(listener.name, ())}
        each = {part.pool.name: part.share / max(len(serving(part.pool)), 1) for part in found}
        for part in found:
            old, others = was.get(part.pool.name, 0.0), [e for name, e in each.items() if name != part.pool.name]
            name = part.pool.name
            if not old or not others:
                continue
            if part.share - old < MOVED and (part.share < GROWS * old or each[name] < GROWS * max(others)):
                continue
            message = f"the change raises {name}'s part of {listener.name}'s requests from {percent(old)} to {percent(part.share)}"
            why = f"each server of {name} gets {percent(each[name])} of them, those of the other pools {percent(max(others))} at most"
            remedy = f"Give {name} as many servers as its part needs first, or lower the part"
            yield RULE.found(change.after, part.location, message, why, remedy, pool=name)


def _divided(topology: Topology) -> Mapping[Key, Mapping[str, tuple[float, Location]]]:
    """Each pool's part 0-1 of each route that is divided, by listener and condition."""
    groups: dict[Key, dict[str, tuple[float | None, Route]]] = defaultdict(dict)
    for listener in topology.listeners:
        for route in listener.routes:
            found = _PART.search(route.condition or "") if topology.product == "nginx" else None
            if found:
                groups[listener.name, found[1]][route.pool] = (float(found[2]) if found[2] else None, route)
            elif route.weight is not None:
                groups[listener.name, route.condition or ""][route.pool] = (float(route.weight), route)
    return {key: _parts(group) for key, group in groups.items() if len(group) > 1}


def _parts(group: Mapping[str, tuple[float | None, Route]]) -> Mapping[str, tuple[float, Location]]:
    known = sum(weight or 0.0 for weight, _ in group.values())
    # nginx's `*` takes what the percentages leave; Envoy's weights count against their own sum.
    rest = max(100.0 - known, 0.0)
    total = 100.0 if any(weight is None for weight, _ in group.values()) else known or 1.0
    return {
        pool: ((rest if weight is None else weight) / total, route.places.get("weight", route.location))
        for pool, (weight, route) in group.items()
    }


RULE = Rule("route-share-moves", "uneven-weights", "warning", "medium", Change, check, __doc__, products=("haproxy", "nginx", "envoy"))
