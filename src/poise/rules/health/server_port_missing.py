"""One server of a pool has no port, so it is asked on port 80.

## What it finds
A server without a port in an nginx pool whose other servers, two or more, all have the same one, and not 80. Names are silent.

## Why it hurts
nginx takes port 80 where none is written. Nothing listens there: the server's share of the requests is refused and tried on the others,
and it stays in the list as if it worked.

## Bad
```nginx
upstream web {
    server 10.0.0.1:8080;
    server 10.0.0.2:8080;
    server 10.0.0.3;
}
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}
```

## Good
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
    }
}
```

## How sure
High: mostly a copied line whose port was forgotten. Pools where no server has a port are silent.

## See also
[nginx: server](https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server) · `scheme-port-mismatch`
"""

import re
from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Pool, Topology
from poise.rules.exposure.reach import is_name, is_path
from poise.rules.pools import in_use
from poise.rules.rule import Rule

PORT = re.compile(r":(\d{1,5})(?:#\d+)?$")


def check(pool: Pool, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per server without a port."""
    servers = [s for s in in_use(pool) if not is_path(s.address)]
    # The name is the address as written, the address has the default port.
    ports = [PORT.search(s.name) for s in servers]
    written = {found[1] for found in ports if found}
    bare = [s for s, port in zip(servers, ports, strict=True) if not port and s.address.endswith(":80") and not is_name(s.address)]
    if pool.implicit or len(written) != 1 or written == {"80"} or len(servers) - len(bare) < 2:
        return
    (port,) = written
    for server in bare:
        message = f"{server.name} of {pool.name} has no port and is asked on 80, its peers on {port}"
        why = f"nothing answers there: its share of the requests is refused, and {pool.name} has one server less than it seems"
        remedy = f"Write `server {server.name}:{port};`"
        yield RULE.found(topology, server.spots.address or server.location, message, why, remedy, pool=pool.name, server=server.name)


RULE = Rule("server-port-missing", "server-down", "warning", "high", Pool, check, __doc__, products=("nginx",))
