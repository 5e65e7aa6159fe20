"""Two server blocks answer to one name, and the second is ignored.

## What it finds
nginx `server` blocks of `http` with the same first `server_name` (or none) on the same address.

## Why it hurts
nginx takes the first and only warns ("conflicting server name … ignored"). What the second block sends elsewhere, to another pool or with
other timeouts, never happens.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
}
server {
    listen 80;
    server_name shop.example.com;
    location / {
        proxy_pass http://web;
    }
}
server {
    listen 80;
    server_name shop.example.com;
    return 301 https://shop.example.com$request_uri;
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
    server_name shop.example.com;
    location / {
        proxy_pass http://web;
    }
}
server {
    listen 80;
    server_name www.example.com;
    return 301 https://shop.example.com$request_uri;
}
```

## How sure
High: nginx itself warns at start-up, and runs.

## See also
[nginx: server_name](https://nginx.org/en/docs/http/ngx_http_core_module.html#server_name)
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.rule import Rule


def check(topology: Topology, _: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per block that is ignored, at its header."""
    first: dict[tuple[str, str], Listener] = {}
    # A name may stand in a file that could not be read.
    for listener in () if topology.could_not else topology.listeners:
        if listener.mode == "tcp":
            continue
        shared = None
        for bind in listener.binds:
            # Blocks without a name are called after their first address.
            name = "" if listener.name == listener.binds[0].address else listener.name.lower()
            other = first.setdefault((bind.address, name), listener)
            shared = shared or (other if other is not listener else None)
        if shared is None:
            continue
        message = (
            f"{listener.name} on {listener.binds[0].address} stands twice: this block is ignored for that in line {shared.location.line}"
        )
        why = "its locations, pools and timeouts are never used: requests follow the first block"
        remedy = "Give it a name or an address of its own, or join the two blocks"
        yield RULE.found(topology, listener.location, message, why, remedy)


RULE = Rule("server-name-conflict", "wrong-route", "warning", "high", Topology, check, __doc__, products=("nginx",))
