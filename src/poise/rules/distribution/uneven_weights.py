"""Weights send most of a pool's requests to one server, or miss the split that the application declared.

## What it finds
Active servers of one pool whose weights differ threefold or more, or differ from `split` in `poise.toml`. Zero weights and `balance
first`, which ignores weights, are other rules.

## Why it hurts
A server gets weight ÷ sum of weights. With 256/1/1/1 the first of four gets 98.8 % of the requests: it saturates, requests queue and
fail, and its database connections look exhausted, while every server stays UP and `haproxy -c` or `nginx -t` calls the file valid.

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
    server app1 10.0.0.1:8080 check weight 256
    server app2 10.0.0.2:8080 check weight 1
    server app3 10.0.0.3:8080 check weight 1
    server app4 10.0.0.4:8080 check weight 1
```
```nginx
upstream web {
    server 10.0.0.1:8080 weight=100;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
          load_balancing_weight: 100
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
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
    server app1 10.0.0.1:8080 check weight 100
    server app2 10.0.0.2:8080 check weight 100
    server app3 10.0.0.3:8080 check weight 50
```
```nginx
upstream web {
    server 10.0.0.1:8080 weight=2;
    server 10.0.0.2:8080 weight=2;
    server 10.0.0.3:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
          load_balancing_weight: 2
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
          load_balancing_weight: 1
```

## How sure
High: the share is arithmetic for roundrobin and static-rr, and the long-run share of hashes and random. leastconn follows weights only
under load, nginx's `random two` only approximately. Ratios below 3 pass as different machines; declare `split = {app1 = 2, app2 = 1}` to
have them held exactly, or accept the finding. Where `poise.toml` declares the load and it decides, the share is simulated under that.

## See also
[HAProxy: weight](https://docs.haproxy.org/2.8/configuration.html#5.2-weight) · [nginx:
server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server)
"""

from collections.abc import Iterable, Mapping, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_pools import compared
from poise.rules.outlook import under_load
from poise.rules.rule import Rule
from poise.rules.words import percent, slashed

# A share that poise.toml does not give at all, above 0 so that others may be divided by it.
NOTHING = 1e-9


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the weight of the server that is furthest from its fair share."""
    servers = compared(pool) if pool.product == "envoy" else [s for s in pool.servers if s.role == "active" and s.weight > 0]
    # Servers of one name are refused, and reported as that: their shares cannot be told apart.
    if len({s.name for s in servers}) < 2 or pool.algorithm.name == "first":
        return
    split = needs.of(pool.name).split
    if split is None and len({s.weight for s in servers}) == 1:
        return
    total = sum(s.weight for s in servers)
    shares = {s.name: s.weight / total for s in servers}
    wanted = _wanted(servers, split)
    severity = _severity(servers, shares, wanted, declared=split is not None)
    if severity is None:
        return
    about = _how_sure(pool)
    loaded = under_load(pool, topology, needs)
    if loaded is not None and loaded.basis == "simulated":
        # The load decides how far the weights count, as predict and diff tell it.
        at_load = {s.name: loaded.shares[s.name] for s in servers}
        about, severity = "at a higher load than declared about ", "warning"
        if _severity(servers, at_load, wanted, declared=True) is not None:
            about, shares = "at the declared load about ", at_load
            severity = _severity(servers, shares, wanted, declared=split is not None) or "warning"
    # Of two servers both are as far off: the one that gets too much is the one that breaks.
    worst = max(servers, key=lambda s: (round(abs(shares[s.name] - wanted[s.name]), 9), shares[s.name]))
    none = wanted[worst.name] <= NOTHING
    wants = "" if split is None else "; poise.toml gives it nothing" if none else f"; poise.toml wants {percent(wanted[worst.name])}"
    message = (
        f"{worst.name} gets {about}{percent(shares[worst.name])} of {pool.name}'s requests, {_others(worst, shares)}: "
        f"weights {slashed([s.weight for s in servers])}{wants}"
    )
    factor = shares[worst.name] / wanted[worst.name]
    crushed = "it saturates first, its queue and errors look like a slow database, and every server stays UP"
    harm = crushed if factor > 1 else "its capacity is paid for and not used, and the others carry the rest"
    times = "what poise.toml gives to others alone" if none else f"{factor:.2g} times its fair share"
    why = f"{worst.name} carries {times}: {harm}"
    remedy = (
        f"Give the servers of {pool.name} equal weights, or the ratios of their capacity; if this is meant, declare "
        f"[pool.{pool.name}] split in poise.toml or accept it there with [accept.uneven-weights]"
    )
    place = worst.spots.weight or worst.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=worst.name, severity=severity)


def _how_sure(pool: Pool) -> str:
    """What stands before the share: with few requests at once HAProxy's leastconn deals evenly (3/1/1: 33/33/33 measured), and nginx's
    `random two` gives the lighter servers more (5/1/1: 23/37/39)."""
    name = pool.algorithm.name
    if name == "leastconn" or (name == "random" and (pool.algorithm.argument or "").startswith("two")):
        return "when busy about "
    return "" if name in ("roundrobin", "static-rr", "ROUND_ROBIN") else "about "


def _wanted(servers: Sequence[Server], split: str | Mapping[str, float] | None) -> dict[str, float]:
    if isinstance(split, Mapping) and sum(split.get(s.name, 0.0) for s in servers) > 0:
        total = sum(split.get(s.name, 0.0) for s in servers)
        return {s.name: max(split.get(s.name, 0.0) / total, NOTHING) for s in servers}
    return {s.name: 1 / len(servers) for s in servers}


def _severity(servers: Sequence[Server], shares: Mapping[str, float], wanted: Mapping[str, float], declared: bool) -> Severity | None:
    """Declared: beyond a tenth, as weights are whole numbers and 33/33/34 means even. Else by weight ratio and overload."""
    excess = max(shares[s.name] / wanted[s.name] for s in servers)
    if declared:
        return "error" if excess > 1.1 or min(shares[s.name] / wanted[s.name] for s in servers) < 0.9 else None
    ratio = max(s.weight for s in servers) / min(s.weight for s in servers)
    if ratio < 3:
        return None
    # A canary at 1 beside three servers at 100 overloads nobody: a warning. 3/1/1/1 gives one server half: measured, p50 × 7.
    return "error" if excess >= 2 or (ratio >= 5 and excess >= 1.5) else "warning"


def _others(worst: Server, shares: Mapping[str, float]) -> str:
    rest = {name: share for name, share in shares.items() if name != worst.name}
    low, high = min(rest.values()), max(rest.values())
    if len(rest) == 1:
        return f"{next(iter(rest))} {percent(low)}"
    if high - low < 0.0005:
        return f"{len(rest)} others {percent(low)} each"
    return f"{len(rest)} others {percent(low)} to {percent(high)}"


RULE = Rule("uneven-weights", "uneven-weights", "error", "high", Pool, check, __doc__, products=("haproxy", "nginx", "envoy"))
