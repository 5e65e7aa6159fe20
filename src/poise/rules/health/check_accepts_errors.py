"""The health check passes although the server answers with an error.

## What it finds
`http-check expect` that takes an answer of 500 to 504 for healthy: a range of codes, a pattern, or a negation that only excludes other
things.
In Envoy `expected_statuses` that hold 500 to 504; where they hold 404 it is a warning.

## Why it hurts
A server whose application is broken answers 500 at once. If the check calls that healthy the server stays UP, and `leastconn` even prefers
it, since it is the fastest.

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
    http-check expect status 200-599
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
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
      http_health_check:
        path: /healthz
        expected_statuses: [{start: 200, end: 600}]
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
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
    http-check expect status 200-399
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```
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
      http_health_check:
        path: /healthz
        expected_statuses: [{start: 200, end: 400}]
    load_assignment:
      cluster_name: web
      endpoints:
      - lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8080}}}
        - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 8080}}}
```

## How sure
High for codes and patterns; a pattern that repeats groups, or is longer than 60 characters, is not judged. With `! string` the code is not
looked at: an error page without that text passes.

## See also
[HAProxy: http-check expect](https://docs.haproxy.org/2.8/configuration.html#4.2-http-check%20expect) · `tcp-check-for-http` · [Envoy:
expected_statuses](https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/health_check.proto)
"""

import re
from collections.abc import Iterable

from poise.balancers.envoy.settings import entries
from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.envoy_ways import checks, number, place
from poise.rules.pools import in_use, place_of
from poise.rules.rule import Rule
from poise.rules.words import listing

ERRORS = (500, 502, 503, 504)
MATCHES = ("status", "rstatus", "string", "rstring", "string-lf", "hdr", "fhdr")


def _accepts(expect: str, code: int) -> bool:
    """Whether an answer of that code, with a body that holds nothing in particular, passes."""
    words = expect.split()
    at = next((i for i, word in enumerate(words) if word in MATCHES), None)
    if at is None or at + 1 >= len(words):
        return False
    kind, value, negated = words[at], words[at + 1], at > 0 and words[at - 1] == "!"
    if kind == "status":
        found = any(_within(part, code) for part in value.split(","))
    elif kind == "rstatus":
        if not _tame(value):
            return False
        try:
            found = re.search(value, str(code)) is not None
        except re.error:
            return False
    else:
        # Text in the body, or a header: an error page has neither, so only the negation passes.
        found = False
    return found != negated


def _tame(pattern: str) -> bool:
    """Whether a search for it ends soon: repeated groups can keep a pattern of 30 characters busy for years, even on three digits."""
    groups = [at for at, sign in enumerate(pattern) if sign == ")"]
    again = any(pattern[at + 1 : at + 2] in tuple("*+?{") for at in groups)
    return len(pattern) <= 60 and len(groups) <= 2 and not again and sum(pattern.count(sign) for sign in "*+?{") <= 4


def _within(part: str, code: int) -> bool:
    low, _, high = part.partition("-")
    return low.isdecimal() and len(low) < 6 and int(low) <= code <= (int(high) if high.isdecimal() and len(high) < 6 else int(low))


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that says what is healthy."""
    if topology.product == "envoy":
        yield from _envoy(pool, topology)
        return
    expects = pool.options.get("http-check expect", "").split("\n")
    if not pool.http_check or not expects[0] or not any(s.check for s in in_use(pool)):
        return
    passing = [code for code in ERRORS if all(_accepts(expect, code) for expect in expects)]
    if not passing:
        return
    message = f"the check of {pool.name} takes an answer of {listing(map(str, passing))} for healthy: `http-check expect {expects[-1]}`"
    why = "a server that answers every request with an error stays UP and keeps its share"
    remedy = f"Write `http-check expect status 200-399` in {pool.name}, or the one code that its health page answers"
    yield RULE.found(topology, place_of(pool, "http-check expect"), message, why, remedy, pool=pool.name)


def _envoy(pool: Pool, topology: Topology) -> Iterable[Finding]:
    """A range is half-open: {start: 200, end: 500} does not hold 500."""
    for each in checks(pool):
        own = f"{each}.http_health_check.expected_statuses"
        ranges = [
            (path, number(pool.options, f"{path}.start", 0), number(pool.options, f"{path}.end", 0)) for path in entries(pool.options, own)
        ]
        wrong = [(path, code) for code in (*ERRORS, 404) for path, low, high in ranges if low <= code < high]
        codes = [code for _, code in wrong if code in ERRORS] or [code for _, code in wrong]
        if not codes:
            continue
        message = f"the check of {pool.name} takes an answer of {listing(dict.fromkeys(map(str, codes)))} for healthy: `expected_statuses`"
        why = "a server that answers every request with an error stays in rotation and keeps its share"
        remedy = f"Write `expected_statuses: [{{start: 200, end: 400}}]` in {pool.name}, or leave them out: 200 alone is healthy then"
        severity: Severity = "error" if codes[0] in ERRORS else "warning"
        yield RULE.found(topology, place(pool, f"{wrong[0][0]}.end", own), message, why, remedy, pool=pool.name, severity=severity)
        return


RULE = Rule("check-accepts-errors", "server-errors", "error", "high", Pool, check, __doc__, products=("haproxy", "envoy"))
