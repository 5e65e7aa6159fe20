"""A part of the requests is failed or delayed by a filter for experiments.

## What it finds
In Envoy a fault filter with `abort` or `delay` above 0 % and without a condition (headers, an upstream cluster, nodes, a
matcher) that only tests meet.

## Why it hurts
A tool for an experiment that stays in the file afterwards: the requests fail (flag FI) or wait while every server is well, and nothing in
the servers' logs shows them.

## Bad
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
          http_filters:
          - name: fault
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
              abort: {http_status: 503, percentage: {numerator: 50}}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
```

## Good
```envoy
static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 0.0.0.0, port_value: 8080}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: web
              domains: ["*"]
              routes:
              - match: {prefix: /}
                route:
                  cluster: web
          http_filters:
          - name: fault
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
              abort: {http_status: 503, percentage: {numerator: 50}}
              headers: [{name: x-experiment, present_match: true}]
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
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
```

## How sure
High for what Envoy does. That it is not wanted is an assumption: if it is, accept the finding with an end.

## See also
[Envoy: fault injection](https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/fault_filter) · `overload-dropped`
"""

from collections.abc import Iterable, Iterator, Mapping

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.envoy_ways import number
from poise.rules.rule import Rule
from poise.rules.words import percent

# Below this stands what is done to the requests that a matcher picks.
CHOSEN = ".xds_matcher."
OF = {"TEN_THOUSAND": 10_000.0, "1": 10_000.0, "MILLION": 1_000_000.0, "2": 1_000_000.0}


def _faults(options: Mapping[str, str]) -> Iterator[tuple[str, float, str]]:
    """What each fault filter does to every request: the word for it, the share, the path."""
    limits = (".headers.", ".downstream_nodes.", ".abort.header_abort", ".delay.header_delay")
    # All in one go: a look at every option for each filter would take the square of their number.
    limited = {path[: path.index(word) + len(word.rstrip("."))] for path in options for word in limits if word in path}
    for head in [path.removesuffix(".@type") for path, value in options.items() if value.endswith("fault.v3.HTTPFault")]:
        if (
            CHOSEN in head
            or options.get(f"{head}.upstream_cluster")
            or not limited.isdisjoint((f"{head}.headers", f"{head}.downstream_nodes"))
        ):
            continue
        for kind, word in (("abort", "aborted"), ("delay", "delayed")):
            part = f"{head}.{kind}.percentage"
            share = number(options, f"{part}.numerator", 0) / OF.get(options.get(f"{part}.denominator", ""), 100.0)
            if share > 0 and f"{head}.{kind}.header_{kind}" not in limited:
                yield word, min(share, 1.0), f"{part}.numerator"


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per fault."""
    for word, share, path in _faults(listener.options):
        message = f"{percent(share)} of the requests to {listener.name} are {word} by a fault filter"
        why = "clients get errors or wait, while every server is well and logs nothing"
        yield RULE.found(topology, listener.places[path], message, why, "Remove the filter when the experiment is over")


RULE = Rule(
    "fault-injection-left",
    None,
    "error",
    "high",
    Listener,
    check,
    __doc__,
    products=("envoy",),
    because="it prevents errors that the load balancer makes itself",
)
