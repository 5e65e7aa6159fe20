"""A server's name is looked up when the load balancer starts and never again.

## What it finds
HAProxy's servers with a host name instead of an address and no `resolvers`, in the pool or by `default-server`; nginx's without
`resolve`, and names that stand in `proxy_pass` itself, each name once for all the lines that name it. `localhost` is silent. For nginx the
name of a cloud load balancer, whose addresses change as a matter of course, is an error; a bare name in a part of a configuration is
information, as it may be that of an upstream elsewhere. Without `libc` in `init-addr` HAProxy never looks the name up.

## Why it hurts
When the name moves to another address, the load balancer goes on sending to the old one until it is reloaded: the share of that server
fails, or reaches whoever has the address now. An nginx in front of a cloud load balancer ran well for weeks until that changed its
addresses, and [failed until it was restarted](https://andydote.co.uk/2022/04/23/nginx-dns).

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
    default-server init-addr last,none
    server app1 app1.internal:8080 check
    server app2 app2.internal:8080 check
```
```nginx
upstream web {
    server app1.internal:8080;
    server app2.internal:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## Good
```haproxy
resolvers dns
    parse-resolv-conf
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind :8080
    option httpchk GET /healthz
    default-server resolvers dns init-addr last,none
    server app1 app1.internal:8080 check
    server app2 app2.internal:8080 check
```
```nginx
server {
    listen 80;
    location / {
        proxy_pass http://$app:8080;
        resolver 10.0.0.53 valid=10s;
        set $app app.internal;
    }
}
```

## How sure
Medium: a name that never moves, as in /etc/hosts, does no harm. nginx's `resolve` needs 1.27.3, a `zone` and a `resolver`; older versions
look a name up again only where a variable stands in `proxy_pass`. That variable holds one name: for an upstream of several servers it is
no way out, a reload whenever a name moves is. And with a variable nginx does not replace the location's part of the URI:
`location /api/ { proxy_pass http://api:8000/; }` sends `/users`, and with `http://$app:8000` it sends `/api/users`. A `rewrite
^/api/(.*)$ /$1 break;` behind the `set` keeps what the server is asked for.

## See also
[HAProxy: resolvers](https://docs.haproxy.org/2.8/configuration.html#5.3.2) · [nginx:
resolve](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#resolve)
"""

import re
from collections.abc import Iterable, Sequence

from poise.model.finding import Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Pool, Route, Server, Topology
from poise.rules.exposure.reach import is_name
from poise.rules.names import needs_answer
from poise.rules.nginx_ways import family, routes
from poise.rules.rule import Rule
from poise.rules.version import at_least
from poise.rules.words import count, listing

# Load balancers and edges for hire: their owners say that the addresses change (ELB: "can change over time").
MOVING = (".elb.amazonaws.com", ".cloudfront.net", ".azurewebsites.net", ".trafficmanager.net", ".herokuapp.com", ".run.app", ".fastly.net")

DEFAULT_PORTS = {"http://": "80", "https://": "443"}
# A path that stands in a `rewrite` as it is written, points apart.
PLAIN = r"/[\w./~-]*"


def _moves(server: Server) -> bool:
    return server.address.rpartition(":")[0].lower().endswith(MOVING)


def _once(server: Server) -> bool:
    # A template of several slots is template-without-resolvers.
    return (server.template or 1) < 2 and not server.resolvers and is_name(server.address)


def _never(server: Server) -> bool:
    """Whether it is not even looked up at start: `init-addr none`, or an address to begin with."""
    return server.init_addr is not None and "libc" not in server.init_addr.split(",")


def _at_start(pool: Pool) -> bool:
    return pool.discovery not in ("variable", "state")


def _may_be_upstream(pool: Pool, topology: Topology) -> bool:
    """Whether the name in `proxy_pass` may be that of an upstream in a file that is not here: a bare word without a port."""
    return pool.implicit and not topology.complete and re.search(r"[.:]", re.sub(r"^\w+://|/.*", "", pool.name)) is None


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool, at its first such server; one per name for all targets of nginx that name it themselves."""
    targets: dict[tuple[str, bool], list[Pool]] = {}
    for pool in topology.pools:
        named = [s for s in pool.servers if s.role != "disabled" and _once(s)]
        if topology.product == "nginx":
            named = [s for s in named if "resolve" not in s.options and _at_start(pool)]
        if named and topology.product == "nginx" and pool.implicit:
            targets.setdefault((_host(named[0]).lower(), _may_be_upstream(pool, topology)), []).append(pool)
        elif named:
            yield _nginx(pool, named, topology) if topology.product == "nginx" else _haproxy(pool, named, topology)
    for pools in targets.values():
        yield _nginx(pools[0], pools[0].servers[:1], topology, len(pools))


def _host(server: Server) -> str:
    return server.address.rsplit(":", 1)[0]


def _haproxy(pool: Pool, named: Sequence[Server], topology: Topology) -> Finding:
    names = listing(s.name for s in named)
    if _never(named[0]):
        message = f"the addresses of {names} in {pool.name} are never looked up: `init-addr {named[0].init_addr}`, no `resolvers`"
        why = "unless a state file or an operator brings an address, the server stays in maintenance and the others carry its share"
    else:
        message = f"the addresses of {names} in {pool.name} are looked up once, at start: no `resolvers`"
        why = f"when {named[0].address.rsplit(':', 1)[0]} moves, its share of the requests goes to the old address until a reload"
        if needs_answer(named[0]):
            why += "; and HAProxy does not start while it cannot be found"
    remedy = "Add a `resolvers` section, and `resolvers NAME init-addr last,libc,none` to the servers; or write addresses"
    place = named[0].spots.address or named[0].location
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=named[0].name)


def _nginx(pool: Pool, named: Sequence[Server], topology: Topology, targets: int = 1) -> Finding:
    """`targets`: how many name that host themselves, of which `pool` is the first."""
    host = _host(named[0])
    hosts = dict.fromkeys(map(_host, named))
    where = "" if pool.implicit else f" in {pool.name}"
    message = f"{listing(hosts)}{where} {'is' if len(hosts) == 1 else 'are'} looked up once, when nginx starts"
    many = f", here and in {count(targets - 1, 'more target')}" if targets > 1 else ""
    many = many or (f", for {count(len(named), 'server')}" if len(named) > len(hosts) else "")
    message += many
    why = f"when {host} moves, {_lost(pool, topology)} until a reload; and nginx does not start while DNS is away"
    place = named[0].spots.address or named[0].location
    severity: Severity = "error" if any(_moves(s) for s in named) else "warning"
    if _may_be_upstream(pool, topology):
        where = "in this part of a configuration: without one elsewhere the name"
        message, severity = f"no upstream `{host}` stands {where} is looked up once, when nginx starts{many}", "info"
    remedy = _remedy(pool, named[0], topology)
    return RULE.found(topology, place, message, why, remedy, pool=pool.name, server=named[0].name, severity=severity)


def _lost(pool: Pool, topology: Topology) -> str:
    """What becomes of the traffic: only HTTP has an answer that says so."""
    if pool.mode == "http":
        return "requests go to the old address and get 502"
    if any("udp" in bind.options for listener, _ in topology.routes_to(pool.name) for bind in listener.binds):
        return "datagrams go to the old address and are lost"
    return "connections go to the old address and fail"


def _remedy(pool: Pool, server: Server, topology: Topology) -> str:
    host = server.address.rpartition(":")[0]
    if not pool.implicit and at_least(topology, "1.27.3"):
        block = "http" if pool.mode == "http" else "stream"
        return f"Add `resolve` to the server, with `zone` in {pool.name} and a `resolver` in {block}"
    if len(pool.servers) > 1:
        others = f"a variable in the `…_pass` holds one name, and {pool.name}'s other servers would be gone"
        return f"Reload nginx whenever {host} moves, or go to nginx 1.27.3 with `resolve` on the server: {others}"
    return f"Set a `resolver` and put the name into a variable: {_by_variable(pool, server, topology)}"


def _by_variable(pool: Pool, server: Server, topology: Topology) -> str:
    """What to write so that nginx looks the name up while it runs.

    A target with a variable replaces no part of the URI any more (seen in 1.22 and 1.31), so a `rewrite` has to.
    """
    host, _, port = server.address.rpartition(":")
    route = next(routes(pool, topology), None)
    scheme, sign, rest = ((route.target or "") if route else "http://").rpartition("://")
    written = "" if DEFAULT_PORTS.get(scheme + sign) == port else f":{port}"
    passed = f"{family(route) if route else 'proxy'}_pass {scheme}{sign}$app{written};"
    uri = rest[rest.find("/") :] if sign and "/" in rest else ""
    path = _path(route) if route else None
    if not uri or uri == path:
        return f"`set $app {host}; {passed}`"
    if path is None or not re.fullmatch(PLAIN, uri):
        return f"`set $app {host}; {passed}`, and a `rewrite … break;` in front, as nginx no longer puts {uri} into the URI then"
    pattern = path.replace(".", r"\.")
    changed = f"rewrite ^ {uri} break;" if _exact(route) else f"rewrite ^{pattern}(.*)$ {uri}$1 break;"
    return f"`set $app {host}; {changed} {passed}`. With a variable nginx no longer replaces {path} by {uri}: the `rewrite` does"


def _path(route: Route) -> str | None:
    """The beginning of the URI that the route's location stands for, which nginx replaces; None for a pattern, or where it is odd."""
    words = (route.condition or "").split()
    return words[-1] if words and re.fullmatch(PLAIN, words[-1]) and words[-2:-1] not in (["~"], ["~*"]) else None


def _exact(route: Route | None) -> bool:
    return route is not None and (route.condition or "").split()[-2:-1] == ["="]


RULE = Rule(
    "name-resolved-once",
    "stale-backend",
    "warning",
    "medium",
    Topology,
    check,
    __doc__,
    products=("haproxy", "nginx"),
    also=("server-down",),
)
