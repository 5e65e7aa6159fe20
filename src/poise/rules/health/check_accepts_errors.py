"""The health check passes although the server answers with an error.

## What it finds
`http-check expect` that takes an answer of 500 to 504 for healthy: a range of codes, a pattern, or a negation that only excludes other
things.

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

## How sure
High for codes and patterns. With `! string` the code is not looked at: an error page without that text passes.

## See also
[HAProxy: http-check expect](https://docs.haproxy.org/2.8/configuration.html#4.2-http-check%20expect) · `tcp-check-for-http`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
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
        try:
            found = len(value) < 200 and re.search(value, str(code)) is not None
        except (re.error, RecursionError, OverflowError):
            return False
    else:
        # Text in the body, or a header: an error page has neither, so only the negation passes.
        found = False
    return found != negated


def _within(part: str, code: int) -> bool:
    low, _, high = part.partition("-")
    return low.isdecimal() and len(low) < 6 and int(low) <= code <= (int(high) if high.isdecimal() and len(high) < 6 else int(low))


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at the line that says what is healthy."""
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


RULE = Rule("check-accepts-errors", "server-errors", "error", "high", Pool, check, __doc__)
