"""The back layer binds clients by their address, but the only address it sees is that of the load balancer in front.

## What it finds
Two layers read in one run (files together, or one file that passes traffic to itself), the back one with `balance source`, `stick on src`,
`ip_hash`, `hash $remote_addr` or a hash of `source_ip`, while neither the PROXY protocol nor a trusted header brings the client's address.

## Why it hurts
Everybody has the same address, so everybody gets the same server: measured, one address behind `ip_hash` put 100 % of the requests on one of
three servers. All checks are green.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen edge
    bind :80
    server local 127.0.0.1:8080 check
listen web
    bind 127.0.0.1:8080
    balance source
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

```nginx
upstream edge { server 127.0.0.1:8080; }
upstream web { ip_hash; server 10.0.0.1:80; server 10.0.0.2:80; }
server { listen 80; location / { proxy_pass http://edge; } }
server { listen 127.0.0.1:8080; location / { proxy_pass http://web; } }
```

```envoy
static_resources:
  listeners:
  - name: edge
    address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains: [{filters: [{name: tcp, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: e, cluster: edge}}]}]
  - name: web
    address: {socket_address: {address: 127.0.0.1, port_value: 8080}}
    filter_chains: [{filters: [{name: tcp, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: w, cluster: web, hash_policy: [{source_ip: {}}]}}]}]
  clusters:
  - {name: edge, load_assignment: {cluster_name: edge, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8080}}}}]}]}}
  - {name: web, lb_policy: MAGLEV, load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}, {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]}}
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen edge
    bind :80
    server local 127.0.0.1:8080 check send-proxy
listen web
    bind 127.0.0.1:8080 accept-proxy
    balance source
    hash-type consistent
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
```

```nginx
upstream edge { server 127.0.0.1:8080; }
upstream web { ip_hash; server 10.0.0.1:80; server 10.0.0.2:80; }
server { listen 80; location / { proxy_pass http://edge; proxy_set_header X-Forwarded-For $remote_addr; } }
server { listen 127.0.0.1:8080; set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; location / { proxy_pass http://web; } }
```

```envoy
static_resources:
  listeners:
  - name: web
    address: {socket_address: {address: 0.0.0.0, port_value: 80}}
    filter_chains: [{filters: [{name: tcp, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: w, cluster: web, hash_policy: [{source_ip: {}}]}}]}]
  clusters:
  - {name: web, lb_policy: MAGLEV, load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}, {endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}}]}]}}
```

## How sure
High where the addresses of both layers agree; where only the port does (the back layer listens on any address) medium, and said.

## See also
[HAProxy: balance](https://docs.haproxy.org/2.8/configuration.html#4.2-balance) ·
[nginx: realip](https://nginx.org/en/docs/http/ngx_http_realip_module.html) · `source-behind-nat` · `proxy-protocol-mismatch`
"""  # noqa: E501 - Envoy's smallest whole examples are wide

from collections.abc import Iterable
from dataclasses import replace

from poise.model.chain import Chain
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.chains.client_address import by_address, knows_client
from poise.rules.rule import Rule


def check(chain: Chain, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per pool of the back layer, at its algorithm or persistence."""
    said: set[str] = set()
    for link in chain.links:
        for listener, bind in link.ends:
            for route in listener.routes:
                pool = chain.back.pool(route.pool)
                words = by_address(pool, route) if pool else None
                if pool is None or words is None or pool.name in said or sum(s.role == "active" for s in pool.servers) < 2:
                    continue
                if knows_client(chain, link.server, listener, bind, route):
                    continue
                said.add(pool.name)
                message = (
                    f"{pool.name} binds clients by address ({words}), but all it sees is {chain.pool.name} of {chain.front.file} before it"
                )
                if not link.certain:
                    message += f" (if {link.server.address} is this machine)"
                why = "all clients have one address there, so one server gets everything and the others nothing"
                remedy = f"Pass the client's address on (PROXY protocol, a header that {listener.name} trusts), or bind by a cookie"
                place = pool.persistence_location if words == pool.persistence else pool.algorithm.location
                found = RULE.found(chain.back, place or pool.location, message, why, remedy, pool=pool.name)
                yield found if link.certain else replace(found, confidence="medium")


RULE = Rule(
    "affinity-behind-proxy",
    "source-behind-nat",
    "error",
    "high",
    Chain,
    check,
    __doc__,
    products=("haproxy", "nginx", "envoy"),
    also=("traffic-pinned",),
)
