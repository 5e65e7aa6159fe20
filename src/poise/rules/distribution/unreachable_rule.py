"""A rule sends every request to one pool, so the rules below it are never reached.

## What it finds
`use_backend` without a condition, or with one that always holds (`if TRUE`, `{ path_beg / }`, an acl of such), above other rules or a
different `default_backend`; the same rule twice; a rule whose condition never holds; a rule whose paths, hosts or names another rule above
takes into another pool (`path_beg /s` above `path_beg /search`, `hdr_end(host) .example.com` above `hdr(host) api.example.com`).

## Why it hurts
The first rule that holds decides. What stands below a catch-all gets nothing: its pool idles while another carries its requests.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    use_backend api if TRUE
    use_backend static if { path_beg /static }
    default_backend web
backend api
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend static
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
backend web
    option httpchk GET /healthz
    server app1 10.0.3.1:8080 check
    server app2 10.0.3.2:8080 check
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
                route: {cluster: web}
              - match: {prefix: /api/}
                route: {cluster: api}
  clusters:
  - name: web
    connect_timeout: 1s
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
  - name: api
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: api
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
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
    use_backend api if { path_beg /api }
    use_backend static if { path_beg /static }
    default_backend web
backend api
    option httpchk GET /healthz
    server app1 10.0.1.1:8080 check
    server app2 10.0.1.2:8080 check
backend static
    option httpchk GET /healthz
    server app1 10.0.2.1:8080 check
    server app2 10.0.2.2:8080 check
backend web
    option httpchk GET /healthz
    server app1 10.0.3.1:8080 check
    server app2 10.0.3.2:8080 check
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
              - match: {prefix: /api/}
                route: {cluster: api}
              - match: {prefix: /}
                route: {cluster: web}
  clusters:
  - name: web
    connect_timeout: 1s
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
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
  - name: api
    connect_timeout: 1s
    health_checks:
    - timeout: 1s
      interval: 5s
      unhealthy_threshold: 3
      healthy_threshold: 2
      http_health_check: {path: /healthz}
    load_assignment:
      cluster_name: api
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.4, port_value: 8080}}}
```

## How sure
High for HAProxy's constants and criteria that match everything; a condition that only happens to hold always is not
seen. One that draws lots, counts or asks a script may stand twice.

## See also
[HAProxy: use_backend](https://docs.haproxy.org/2.8/configuration.html#4.2-use_backend) · `use-server-pins`
"""

from collections.abc import Iterable, Mapping, Sequence

from poise.balancers.haproxy.criteria import condition, criteria
from poise.model.finding import Finding
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Listener, Route, Topology
from poise.rules.conditions import always, never
from poise.rules.distribution.shadowing import Shadow, pattern_list, shadows
from poise.rules.rule import Rule
from poise.rules.words import listing, slashed

CHANCE = ("rand", "uuid", "lua.", "src_inc_", "sc_inc_", "sc0_inc_", "sc1_inc_", "sc2_inc_")
LONGEST = 2000  # characters of a path that are compared


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per catch-all, at the first; one per rule that repeats another or never holds."""
    if topology.product == "envoy":
        yield from _envoy(listener, topology)
        return
    gone: set[Location] = set()
    for shadow in shadows(listener):
        gone.add(shadow.route.location)
        yield _shadowed(topology, listener, shadow)
    seen: dict[str, Route] = {}
    drawn: dict[str, bool] = {}
    for at, route in enumerate(listener.routes):
        if never(route.condition, listener.options):
            yield _dead(topology, listener, route, "its condition never holds")
            continue
        if always(route.condition, listener.options):
            # A name that is worked out per request leads to `default_backend` where there is no such backend (measured on 2.6).
            dynamic = "%[" in route.pool
            below = [
                r
                for r in listener.routes[at + 1 :]
                if (r.condition, r.pool) != (None, route.pool) and not (dynamic and r.condition is None)
            ]
            if below:
                yield _catches_all(topology, listener, route, below)
            return
        if route.condition is None:
            continue
        text = " ".join(route.condition.split())
        first = seen.setdefault(text, route)
        if first is route or route.location in gone:
            continue
        # Asked once for each text that stands twice.
        if text not in drawn:
            drawn[text] = _by_chance(text, listener)
        if not drawn[text]:
            yield _dead(topology, listener, route, f"line {first.location.line} has the same condition")


def _by_chance(text: str, listener: Listener) -> bool:
    """Whether the condition may hold the second time where it did not the first: it draws lots, counts, or asks a script."""
    asked = condition(text, listener.options)
    return asked is None or any(each.fetch.startswith(CHANCE) for _, each in criteria(asked))


def _shadowed(topology: Topology, listener: Listener, shadow: Shadow) -> Finding:
    first, route, patterns = shadow.first, shadow.route, pattern_list(shadow.patterns)
    what = "is never used" if shadow.all_of_it else f"never gets {patterns}"
    message = f"the rule for {route.pool} in {listener.name} {what}: line {first.location.line} takes {patterns} into {first.pool}"
    why = f"requests meant for {route.pool} go to {first.pool}, which cannot answer them or carries them as well"
    remedy = f"Put the rule for {route.pool} above that for {first.pool}, or make the latter's condition narrower (`/s/` instead of `/s`)"
    return RULE.found(topology, route.location, message, why, remedy, pool=route.pool, severity="warning")


def _catches_all(topology: Topology, listener: Listener, route: Route, below: Sequence[Route]) -> Finding:
    pools = listing(dict.fromkeys(r.pool for r in below))
    message = (
        f"{route.pool} gets every request of {listener.name}: the rules below "
        f"(lines {slashed([r.location.line for r in below])}) are never tried"
    )
    verb = "gets" if len({r.pool for r in below}) == 1 else "get"
    why = f"{pools} {verb} nothing from here, and {route.pool} carries what was meant for them"
    remedy = "Give the rule its condition, or move it to the end as `default_backend`"
    return RULE.found(topology, route.location, message, why, remedy, pool=route.pool)


def _envoy(listener: Listener, topology: Topology) -> Iterable[Finding]:
    """Routes of one virtual host are tried in order; a plain prefix takes all that begins with it, and `/` everything.

    Several connection managers have tables of their own, and the topology does not tell which route is whose.
    """
    if any(path.startswith("hcm#2.") for path in listener.options):
        return
    tables: dict[str, dict[str, Route]] = {}
    for route in listener.routes:
        domains, kind, path, more = _parts(route.condition or "* prefix /")
        earlier = tables.setdefault(domains, {})
        first = _taken(earlier, path if kind in ("prefix", "path") else "/")
        same_split = first is not None and None not in (route.weight, first.weight) and first.condition == route.condition
        if kind and first is not None and not same_split:
            wrong = first.pool != route.pool
            message = f"the route to {route.pool} is never used: the one in line {first.location.line} takes its requests"
            why = f"requests meant for {route.pool} go to {first.pool}" if wrong else "whatever this route sets has no effect"
            remedy = "Put the more special match first"
            yield RULE.found(topology, route.location, message, why, remedy, pool=route.pool, severity="error" if wrong else "info")
        if kind == "prefix" and not more:
            earlier.setdefault(path, route)


def _taken(earlier: Mapping[str, Route], path: str) -> Route | None:
    """The route that takes every request of a path before another one sees it: the one with a prefix of the path, the shortest."""
    return next((earlier[path[:end]] for end in range(min(len(path), LONGEST) + 1) if path[:end] in earlier), None)


def _parts(condition: str) -> tuple[str, str, str, bool]:
    """Domains, kind of match, path, and whether the match asks for more than that."""
    words = condition.split(" ")
    return (words[0], words[1], words[2], len(words) > 3) if len(words) > 2 else (words[0], "", "", True)


def _dead(topology: Topology, listener: Listener, route: Route, reason: str) -> Finding:
    message = f"the rule for {route.pool} in {listener.name} is never used: {reason}"
    why, remedy = f"requests that should reach {route.pool} by this rule go elsewhere", "Correct its condition, or delete the rule"
    return RULE.found(topology, route.location, message, why, remedy, pool=route.pool, severity="warning")


RULE = Rule(
    "unreachable-rule", "traffic-pinned", "error", "high", Listener, check, __doc__, products=("haproxy", "envoy"), also=("wrong-route",)
)
