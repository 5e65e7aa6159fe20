"""A few bad answers take a server out of rotation, and so can one bad request.

## What it finds
`observe` with `on-error mark-down` or `sudden-death` and an `error-limit` of 3 or less (the default is 10).
In Envoy outlier detection that ejects after one or two bad answers: an error where more than half of the servers may be out at once, else
a warning (two: information). `max_ejection_percent: 100` with more patience is information, and a warning where panic mode is off, in the
cluster or by the runtime (`upstream.healthy_panic_threshold`), which outranks it.

## Why it hurts
Whoever sends a request that makes the application answer 500 takes out the server that got it. The client tries again and meets the next:
a handful of requests empties the pool.

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
    default-server check observe layer7 error-limit 1 on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      consecutive_5xx: 1
      base_ejection_time: 30s
      max_ejection_percent: 100
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
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
    default-server check observe layer7 error-limit 50 on-error mark-down
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
```
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    outlier_detection:
      consecutive_5xx: 5
      base_ejection_time: 30s
      max_ejection_percent: 50
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
Medium: `error-limit` counts errors in a row, so on a busy server a single one is soon forgotten; one that gets few requests is at risk.

## See also
[HAProxy: observe](https://docs.haproxy.org/2.8/configuration.html#5.2-observe) ·
[on-error](https://docs.haproxy.org/2.8/configuration.html#5.2-on-error) ·
[error-limit](https://docs.haproxy.org/2.8/configuration.html#5.2-error-limit) · [Envoy: outlier
detection](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier)
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Server, Topology
from poise.rules.envoy_pools import panic
from poise.rules.envoy_ways import number, outlier, place
from poise.rules.pools import in_use
from poise.rules.rule import Rule
from poise.rules.words import count, listing, verb

FATAL = ("mark-down", "sudden-death")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the first such server's `error-limit`."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    frail = [s for s in in_use(pool) if s.observe in ("layer4", "layer7") and s.on_error in FATAL and s.check and _limit(s) <= 3]
    if not frail or len(in_use(pool)) < 2:
        return
    first = frail[0]
    errors = count(_limit(first), "error")
    message = (
        f"{errors} in a row {verb(_limit(first), 'take')} {listing(s.name for s in frail)} of {pool.name} "
        f"out: `error-limit {_limit(first)}`, `on-error {first.on_error}`"
    )
    why = "a request that makes the application fail empties the pool one server after the other, and everybody gets 503"
    remedy = "Raise `error-limit` to 50 or more, or use `on-error fastinter`, which only checks sooner"
    place = first.places.get("error-limit") or first.places.get("on-error") or first.location
    yield RULE.found(topology, place, message, why, remedy, pool=pool.name, server=first.name)


def _limit(server: Server) -> int:
    # The manual's default is 10.
    text = server.options.get("error-limit", "10")
    return int(text) if text.isdecimal() and len(text) < 10 else 10


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    passive = outlier(pool, topology)
    if passive is None or not passive.ejects or (len(pool.servers) < 2 and not pool.discovered):
        return
    own = "outlier_detection"
    counted = [(name, int(number(pool.options, f"{own}.{name}", 5))) for name in passive.enforced if name.startswith("consecutive_")]
    name, fewest = min(counted, key=lambda each: each[1], default=("", 5))
    off = panic(pool, topology)[0] == 0
    severity: Severity
    if 0 < fewest <= 2:
        severity = "error" if passive.percent > 50 else "warning" if fewest == 1 else "info"
        severity = "warning" if severity == "error" and fewest == 2 else severity
        message = f"{count(fewest, 'bad answer')} in a row ejects a server of {pool.name} (`{name}: {fewest}`)"
        message = message if fewest == 1 else message.replace(" ejects ", " eject ")
        message += f", up to {passive.percent:g} % of them at once"
        where = place(pool, f"{own}.{name}", own)
    elif passive.percent >= 100:
        severity = "warning" if off else "info"
        message = f"outlier detection may eject every server of {pool.name} at once (`max_ejection_percent: {passive.percent:g}`)"
        where = place(pool, f"{own}.max_ejection_percent", own)
    else:
        return
    why = "one request that makes the application fail, sent again and again, ejects one server after the other"
    why += ", until everybody gets 503" if off else ", until panic mode sends to dead and living ones alike"
    remedy = f"Set `consecutive_5xx: 5` and `max_ejection_percent: 50` in {pool.name}, or less where fewer servers must not carry the load"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity=severity)


RULE = Rule(
    "errors-eject-server",
    "server-errors",
    "error",
    "medium",
    Pool,
    check,
    __doc__,
    products=("haproxy", "envoy"),
    also=("deep-health-check",),
)
