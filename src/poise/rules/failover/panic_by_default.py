"""When more than half of the hosts are unhealthy, they get requests all the same.

## What it finds
Checked clusters of three or more hosts and one priority whose panic threshold nobody wrote: 50 %. A warning where `poise.toml` declares
`survive` and that many losses begin the panic. An error where the check asks for a role that one host has (`/primary`, `/master`,
`/leader` …, as Patroni answers), at any threshold that this one host is below: the panic then never ends.

## Why it hurts
With two of three hosts down two thirds of the requests go to dead hosts (measured: 33/33/33), although the third one is healthy. That is
wanted when checks are wrong and a surprise when they are right: a choice worth writing down. Of three databases of which one passes
`/primary`, all three got a third of the connections, and at a threshold of 0 the right one all (measured): replicas are written to.

## Bad
```envoy
static_resources:
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## Good
```envoy
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    common_lb_config:
      healthy_panic_threshold: {value: 30}
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
        - endpoint: {address: {socket_address: {address: 10.0.0.3, port_value: 8080}}}
```

## How sure
High for what happens. What is right depends on how much one host can carry, so it is information.

## See also
[Envoy: panic threshold](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/panic_threshold) ·
`panic-disabled` ·
`panic-too-early`
"""

from collections.abc import Iterable

from poise.balancers.envoy.priorities import by_priority
from poise.model.finding import Finding, Severity
from poise.model.location import Location
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_pools import losses_until_panic, panic, role_asked
from poise.rules.rule import Rule


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its header."""
    threshold, written, where = panic(pool, topology)
    role = role_asked(pool)
    if role and threshold <= 50 and len(by_priority(pool)) == 1 and any(s.check for s in pool.servers):
        yield from _one_role(pool, topology, role, threshold, where)
        return
    if written or pool.discovered or len(pool.servers) < 3 or len(by_priority(pool)) > 1 or all(s.check is None for s in pool.servers):
        return
    lost = losses_until_panic(pool, threshold)
    if lost is None:
        return
    declared = (needs.of(pool.name).survive or 0) >= lost
    severity: Severity = "warning" if declared else "info"
    wants = f", and poise.toml wants to survive the loss of {needs.of(pool.name).survive}" if declared else ""
    down = f"{lost} of {len(pool.servers)} hosts of {pool.name}"
    message = f"with {down} unhealthy Envoy sends requests to all of them (panic at 50 %){wants}"
    why = f"{lost} of {len(pool.servers)} requests then go to hosts that are known to be unhealthy"
    remedy = f"Write `healthy_panic_threshold` for {pool.name}: 50 if that is meant, less if the hosts that are left can carry the peak"
    yield RULE.found(topology, pool.location, message, why, remedy, pool=pool.name, severity=severity)


def _one_role(pool: Pool, topology: Topology, role: str, threshold: float, where: Location) -> Iterable[Finding]:
    """A name may stand for more hosts than are written; with more the one is even further below the threshold."""
    total = len(pool.servers)
    lost = losses_until_panic(pool, threshold)
    if total < 3 or lost is None or lost >= total:
        return
    message = (
        f"one of the {total} hosts of {pool.name} passes `{role}`, which is below {threshold:g} %: Envoy is in panic, and sends to all"
    )
    why = f"{total - 1} of {total} connections go to hosts that do not have the role: what is written there fails, or is lost"
    remedy = f"Set `healthy_panic_threshold: {{value: 0}}` in the `common_lb_config` of {pool.name}"
    yield RULE.found(topology, where, message, why, remedy, pool=pool.name, severity="error")


RULE = Rule(
    "panic-by-default",
    None,
    "info",
    "high",
    Pool,
    check,
    __doc__,
    products=("envoy",),
    because="it makes panic a choice; the split while all is well is the same",
)
