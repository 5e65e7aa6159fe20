"""A slow answer takes its server out.

## What it finds
nginx's `proxy_read_timeout` (or its kin) of two seconds or less, in a pool of two or more servers whose failures count. Silent where
`poise.toml` declares a `service_time_ms`: then `server-timeout-too-short` compares. Information where it is written for one path alone:
who gives a part of the application two seconds mostly means it.

## Why it hurts
A timeout is a failure of the server. With `max_fails=1`, the default, one slow report bans a working server for `fail_timeout`; when the
database makes all answers slow, all servers are banned and every request gets 502.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 1s;
    }
}
```

## Good
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
        proxy_read_timeout 30s;
    }
}
```

## How sure
Medium: an application whose every answer takes milliseconds may want it; then let it tolerate a few (`max_fails=10`). From 5 on the rule
is silent.

## See also
[nginx: proxy_read_timeout](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout) · `bad-answers-ban-servers` ·
`server-timeout-too-short`
"""

from collections.abc import Iterable
from datetime import timedelta

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.nginx_ways import alive, counted, everything, family, primaries, setting, shared_places, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule
from poise.rules.spans import nginx_span
from poise.rules.words import duration, listing

SHORT, TOLERANT = timedelta(seconds=2), 5


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place where it is written."""

    def short(pool: Pool, route: Route) -> bool:
        wait = nginx_span(setting(route, "read_timeout"))
        if not wait or wait > SHORT or len(alive(pool)) < 2 or pool.mode == "tcp" or needs.of(pool.name).service_time_ms:
            return False
        return any(counted(s) and (s.max_fails or 1) < TOLERANT for s in primaries(pool))

    found = tuple(wrong_places(topology, "read_timeout", short, written=("read_timeout",)))
    shared = shared_places(topology, "read_timeout") if found else frozenset()
    for location, route, pools in found:
        wait = nginx_span(setting(route, "read_timeout")) or SHORT
        name = f"{family(route)}_read_timeout"
        whose = listing(p.name for p in pools)
        message = f"`{name} {setting(route, 'read_timeout')}`: an answer of {whose} that takes longer counts as a dead server"
        why = f"answers slower than {duration(wait)} are cut and ban their server: a slow database ends in 502 for everyone"
        remedy = f"Set `{name}` above the slowest answer that is still good"
        wide = everything(route) or location in shared
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity="warning" if wide else "info")


RULE = Rule(
    "short-read-timeout", "traffic-pinned", "warning", "medium", Topology, check, __doc__, products=("nginx",), also=("server-timeout",)
)
