"""Servers are asked for a name that is not theirs, or for none.

## What it finds
nginx routes to `https://` or `grpcs://` servers given by name, or with `proxy_ssl_name`, while `proxy_ssl_server_name` is off, as it is by
default; and routes that send or verify the name of the upstream block, where that is no host name and no `proxy_ssl_name` is set. Targets
at one server are told once.

## Why it hurts
Without a name in the handshake a server that holds several certificates shows its default one or refuses: CDNs and cloud load balancers
answer nginx with an alert, and clients get 502. With the wrong one verification fails for every request.

## Bad
```nginx
server {
    listen 80;
    location / {
        proxy_pass https://$app;
        resolver 10.0.0.53;
        set $app app.internal;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
    }
}
```

## Good
```nginx
server {
    listen 80;
    location / {
        proxy_pass https://$app;
        resolver 10.0.0.53;
        set $app app.internal;
        proxy_ssl_server_name on;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
    }
}
```

## How sure
Medium: a server with a single certificate answers without a name. Servers given by address alone are silent.

## See also
[nginx: proxy_ssl_server_name](https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name) · `unverified-server-tls`
"""

from collections.abc import Iterable

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.nginx_ways import family, setting, wrong_places
from poise.rules.places import only
from poise.rules.rule import Rule


def _fault(pool: Pool, route: Route) -> str | None:
    """unsent, unverifiable or odd."""
    if not route.tls or pool.mode == "tcp":
        return None
    sent, named = setting(route, "ssl_server_name") == "on", setting(route, "ssl_name") is not None
    bare = not pool.implicit and "." not in pool.name and not named
    if bare and setting(route, "ssl_verify") == "on":
        return "unverifiable"
    if sent:
        return "odd" if bare else None
    return "unsent" if named or any(is_name(s.address) for s in pool.servers) else None


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per place: what is wrong where it is written, else the route."""
    told: set[str] = set()
    for place, route, pools in wrong_places(topology, "ssl_server_name", _fault):
        pool, kind = pools[0], family(route)
        fault = _fault(pool, route)
        # The name is that of the target, however right the switch is.
        location = place if fault == "unsent" else route.location
        severity: Severity = "warning"
        # Targets at one server that differ by their path lack one line, once.
        addresses = {s.address for each in pools if each.implicit for s in each.servers[:1]}
        if location == route.location and pool.implicit and addresses <= told:
            continue
        told |= addresses
        if fault == "unsent":
            message = f"the servers of {pool.name} are not told which name is asked for: `{kind}_ssl_server_name` is off"
            why = "a server with several certificates shows another one or refuses the handshake: clients get 502"
            remedy = f"Add `{kind}_ssl_server_name on;`"
        else:
            does = "verified against" if fault == "unverifiable" else "asked for"
            message = f"the servers of {pool.name} are {does} the name `{pool.name}`, that of the upstream block"
            why = (
                "no certificate bears that name: every handshake fails and clients get 502"
                if fault == "unverifiable"
                else "a server with several certificates does not know the name: it shows another one or refuses the handshake"
            )
            remedy = f"Set `{kind}_ssl_name` to the name in the servers' certificates"
            severity = "error" if fault == "unverifiable" else "warning"
        yield RULE.found(topology, location, message, why, remedy, pool=only(pools), severity=severity)


RULE = Rule("wrong-tls-name", "tls-certificate", "warning", "medium", Topology, check, __doc__, products=("nginx",))
