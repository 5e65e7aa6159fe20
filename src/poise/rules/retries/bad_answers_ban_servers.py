"""One request that always fails takes the servers out one after the other.

## What it finds
nginx's `proxy_next_upstream` (and its FastCGI, uwsgi, SCGI and gRPC kin) with `http_500` or `http_429`, in a pool of two or more servers
whose failures count (`max_fails` is not 0). An error up to `max_fails=2`, which the default of 1 is; a warning above. `http_502`,
`http_503` and `http_504` are found, as a warning, where `max_fails` is 1.

## Why it hurts
Named there, such an answer is a failure of the server, not of the request. A page that always answers 500 is tried on every server, and
each but the last is banned for `fail_timeout`: measured with three servers, one such request sent 100 % of the next 300 to one server, and
two of them made all the next 300 fail with 502, for ten seconds.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout http_500;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080 max_fails=3 fail_timeout=10s;
    server 10.0.0.2:8080 max_fails=3 fail_timeout=10s;
    server 10.0.0.3:8080 max_fails=3 fail_timeout=10s;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_next_upstream error timeout;
    }
}
```

## How sure
High: measured on nginx 1.22 and 1.31. `http_403` and `http_404` are never counted, says the manual and the measurement, and are silent.

## See also
[nginx: proxy_next_upstream](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_next_upstream) · `retry-amplification` ·
`failures-not-counted`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import alive, attempts, conditions, counted, next_upstream_name, primaries, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.words import duration, listing

# A request alone can bring these about; the others speak of the server.
OF_THE_REQUEST = ("http_500", "http_429")
OF_THE_SERVER = ("http_502", "http_503", "http_504")


def banning(pool: Pool, route: Route) -> tuple[str, ...]:
    """The answers that take a server of the pool out although it works."""
    counting = [s.max_fails or 1 for s in primaries(pool) if counted(s)]
    if len(alive(pool)) < 2 or not counting or attempts(route, pool) < 2:
        return ()
    codes = conditions(route)
    found = [c for c in codes if c in OF_THE_REQUEST]
    return tuple(found or [c for c in codes if c in OF_THE_SERVER and min(counting) == 1])


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where the answers are named."""
    for location, route, pools in wrong_places(topology, "next_upstream", banning, written=("next_upstream",)):
        codes = banning(pools[0], route)
        fewest = min((s.max_fails or 1 for pool in pools for s in primaries(pool) if counted(s)), default=1)
        banned = next(s.fail_timeout for pool in pools for s in primaries(pool) if counted(s))
        many = len(alive(pools[0]))
        span = duration(banned) if banned else "10 s"
        message = f"`{listing(codes)}` in {next_upstream_name(route)} bans a working server of {listing(p.name for p in pools)} for {span}"
        what = "a request that always fails" if codes[0] in OF_THE_REQUEST else "a short overload"
        times = "" if fewest == 1 else f", repeated {fewest} times,"
        why = f"{what}{times} is tried on all {many} servers and bans them: one is left with all traffic, then none"
        remedy = f"Write `{next_upstream_name(route)} error timeout;`: an answer of the application is no failure of its server"
        severity: Severity = "error" if codes[0] in OF_THE_REQUEST and fewest <= 2 else "warning"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


RULE = Rule("bad-answers-ban-servers", "traffic-pinned", "error", "high", Topology, check, __doc__, products=("nginx",))
