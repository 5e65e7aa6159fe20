"""A part of the clients has no pool.

## What it finds
nginx's `split_clients` whose percentages sum to less than 100 without a `*` line, where the variable is the target of a route.

## Why it hurts
For the rest the variable is empty, and nginx answers 500 ("invalid URL prefix"): with 10 % and 80 % one client in ten gets nothing, always
the same ones. `nginx -t` is content.

## Bad
```nginx
split_clients $remote_addr $pool {
    10% canary;
    80% web;
}
upstream canary {
    server 10.0.0.9:8080;
    server 10.0.0.10:8080;
}
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```

## Good
```nginx
split_clients $remote_addr $pool {
    10% canary;
    * web;
}
upstream canary {
    server 10.0.0.9:8080;
    server 10.0.0.10:8080;
}
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    location / {
        proxy_pass http://$pool;
    }
}
```

## How sure
High: measured on nginx 1.22.

## See also
[nginx: split_clients](https://nginx.org/en/docs/http/ngx_http_split_clients_module.html)
"""

import re
from collections.abc import Iterable

from poise.balancers.nginx.client_split import CHOICE, PERCENT
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.rule import Rule
from poise.rules.words import percent


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per target, at its route."""
    routes = (route for listener in topology.listeners for route in listener.routes if "split_clients" in (route.condition or ""))
    seen = set()
    for route in routes:
        name = next((name for name, _ in re.findall(CHOICE, route.condition or "")), "").lower()
        split = topology.variables.get(name)
        if split is None or split.kind != "split_clients" or not split.complete or route.location in seen:
            continue
        seen.add(route.location)
        keys = [value.key for value in split.values]
        given = sum(float(key[:-1]) for key in keys if re.fullmatch(PERCENT, key)) / 100
        if "*" in keys or given > 0.9999:
            continue
        message = f"`split_clients` names a pool for {percent(given)} of the clients only"
        why = f"the other {percent(1 - given)} get 500 for every request, always the same clients"
        remedy = "Add a line `* POOL;` for the rest"
        yield RULE.found(topology, route.location, message, why, remedy)


RULE = Rule(
    "split-clients-incomplete",
    None,
    "error",
    "high",
    Topology,
    check,
    __doc__,
    products=("nginx",),
    because="it prevents errors for a part of the clients that no server ever sees",
)
