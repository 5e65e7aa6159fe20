"""A small pool gets a large part of the clients.

## What it finds
nginx's `split_clients`, HAProxy's `rand`, and Envoy's weighted clusters, that give each server of one pool at least three times the
requests of each server of a larger one: a warning; from twice on information. Equal pools and canaries below their fair part are silent;
only a pool of that size that gets less than one request in two hundred is information.

## Why it hurts
The percentages are of the clients, not of the servers. Half of them on two machines and half on nine puts 25 % of all requests on each
of the two and 5.6 % on each of the nine: the small pool is overloaded while the large one idles.

## Bad
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
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
backend canary
    option httpchk GET /healthz
    server new1 10.0.1.1:8080 check
    server new2 10.0.1.2:8080 check
```
```nginx
split_clients $remote_addr $pool {
    50% green;
    * blue;
}
upstream green {
    server 10.0.1.1:8080;
    server 10.0.1.2:8080;
}
upstream blue {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080;
    server 10.0.0.5:8080;
    server 10.0.0.6:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  weighted_clusters:
                    clusters:
                    - {name: stable, weight: 5}
                    - {name: canary, weight: 95}
  clusters:
  - name: stable
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: stable
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
  - name: canary
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 8080}}}
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
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
    server app3 10.0.0.3:8080 check
    server app4 10.0.0.4:8080 check
backend canary
    option httpchk GET /healthz
    server new1 10.0.1.1:8080 check
    server new2 10.0.1.2:8080 check
```
```nginx
split_clients $remote_addr $pool {
    25% green;
    * blue;
}
upstream green {
    server 10.0.1.1:8080;
    server 10.0.1.2:8080;
}
upstream blue {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
    server 10.0.0.4:8080;
    server 10.0.0.5:8080;
    server 10.0.0.6:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```
```envoy
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  weighted_clusters:
                    clusters:
                    - {name: stable, weight: 95}
                    - {name: canary, weight: 5}
  clusters:
  - name: stable
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: stable
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
  - name: canary
    connect_timeout: 1s
    common_lb_config: {healthy_panic_threshold: {value: 50}}
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, http_health_check: {path: /healthz}}
    load_assignment:
      cluster_name: canary
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.1.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.1.2, port_value: 8080}}}
```

## How sure
Medium: the machines of the small pool may be larger. Pools whose servers are found while nginx runs are silent.

## See also
[Envoy: weighted clusters](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/traffic_splitting) ·
[nginx: split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html) · [HAProxy:
rand](https://docs.haproxy.org/2.8/configuration.html#7.3.2-rand) · `uneven-weights` · `split-clients-incomplete`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority
from poise.balancers.nginx.client_split import Part, splits
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.chances import all_parts
from poise.rules.envoy_splits import weighted
from poise.rules.nginx_ways import primaries
from poise.rules.rule import Rule
from poise.rules.words import count, percent

NOTED, MOST, IDLE = 2.0, 3.0, 0.005


def _hosts(pool: Pool) -> tuple[Server, ...]:
    """The servers that share the pool's requests while all is well."""
    return next(iter(by_priority(pool)), ()) if pool.product == "envoy" else primaries(pool)


def _each(part: Part) -> float:
    """The part of all requests that one server of the pool gets on average."""
    return part.share / len(_hosts(part.pool))


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per split, at the entry of the pool that gets too much."""
    said: set[tuple[str, ...]] = set()
    drawn = (("chance gives", parts) for _, parts in all_parts(topology)) if topology.product == "haproxy" else ()
    for word, parts in (*(("`split_clients` gives", parts) for _, parts in splits(topology)), *drawn, *weighted(topology)):
        known = [part for part in parts if not part.pool.discovered and not part.pool.implicit and _hosts(part.pool) and part.share]
        names = tuple(part.pool.name for part in known)
        # The same split stands on many routes: it is one mistake.
        if len(known) < 2 or names in said:
            continue
        top = max(known, key=_each)
        larger = [part for part in known if len(_hosts(part.pool)) > len(_hosts(top.pool))]
        least = min(larger, key=_each, default=top)
        times = _each(top) / _each(least)
        if times < NOTED:
            idle = min(known, key=_each)
            if idle.share < IDLE and 2 * len(_hosts(idle.pool)) >= len(_hosts(top.pool)):
                said.add(names)
                yield _idles(topology, word, idle, top)
            continue
        said.add(names)
        own, other = top.pool, least.pool
        message = (
            f"{word} {percent(top.share)} of the requests to the {count(len(_hosts(own)), 'server')} of {own.name} and "
            f"{percent(least.share)} to the {len(_hosts(other))} of {other.name}"
        )
        why = f"a server of {own.name} gets {percent(_each(top))} of all requests, one of {other.name} {percent(_each(least))}"
        total = sum(len(_hosts(part.pool)) for part in known)
        remedy = f"Give {own.name} {percent(len(_hosts(own)) / total)}, or as many servers as {other.name} has"
        severity: Severity = "warning" if times >= MOST else "info"
        yield RULE.found(topology, top.location, message, why, remedy, pool=own.name, severity=severity)


def _idles(topology: Topology, word: str, idle: Part, top: Part) -> Finding:
    own = idle.pool
    message = f"{word} {percent(idle.share)} of the requests to the {count(len(_hosts(own)), 'server')} of {own.name}: they stand idle"
    why = f"the {len(_hosts(top.pool))} of {top.pool.name} carry {percent(top.share)}; when they fail, {own.name} is cold and untried"
    remedy = f"Split by what each pool can carry, or keep {own.name} as a second priority of one cluster"
    return RULE.found(topology, idle.location, message, why, remedy, pool=own.name, severity="info")


RULE = Rule(
    "split-out-of-proportion", "uneven-weights", "warning", "medium", Topology, check, __doc__, products=("haproxy", "nginx", "envoy")
)
