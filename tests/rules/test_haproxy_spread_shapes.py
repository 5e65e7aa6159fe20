"""More shapes of HAProxy's defects of distribution, each with a twin that differs in little and is none."""

import pytest
from haproxy_parts import FIVE, FRONT, TCP, pool, ways
from haproxy_twins import DEFAULTS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs, PoolNeeds
from poise.rules.engine import check

# Rule, the text that must stand in the finding's line, the file, its twin, the needs of the pool web.
PAIRS: dict[str, tuple[str, str, str, str, PoolNeeds]] = {
    "one server, the other listener of this file": (
        "single-server",
        FIVE,
        TCP + f"listen first\n    bind :443\n    server next {FIVE}\nlisten second\n    bind 10.0.0.6:80\n" + pool()[12:],
        TCP + f"listen first\n    bind :443\n    server next {FIVE}\nlisten second\n    bind {FIVE}\n" + pool()[12:],
        PoolNeeds(),
    ),
    "TLS with a name that says grpc": (
        "streams-per-connection",
        "backend web",
        TCP + ways("tcp-request inspect-delay 5s", "use_backend web if { req.ssl_sni -i grpc.example.net }") + pool(),
        TCP + ways("tcp-request inspect-delay 5s", "use_backend web if { req.ssl_sni -i www.example.net }") + pool(),
        PoolNeeds(),
    ),
    "TLS passed through where an even split is declared": (
        "streams-per-connection",
        "backend web",
        TCP + FRONT.replace(":80", ":443") + pool(),
        TCP + FRONT.replace(":80", ":5432") + pool(),
        PoolNeeds(split="even"),
    ),
    "a limit that a hash of the path cannot keep": (
        "hot-key-unbounded",
        "balance uri",
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent", servers=4),
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent", "hash-balance-factor 150", servers=4),
        PoolNeeds(max_share=0.3),
    ),
    # 50 requests/s × 10 ms = half a request in flight.
    "weights that an idle leastconn cannot follow": (
        "leastconn-many-balancers",
        "balance leastconn",
        DEFAULTS + FRONT + pool("balance leastconn", "server big 10.0.1.1:80 check weight 3"),
        DEFAULTS + FRONT + pool("balance leastconn", "server big 10.0.1.1:80 check"),
        PoolNeeds(peak_requests_per_second=50, service_time_ms=10),
    ),
    "all but one host is sent to one server": (
        "use-server-pins",
        "use-server web1",
        DEFAULTS + FRONT + pool("use-server web1 if !{ hdr(host) -i files.example.net }"),
        DEFAULTS + FRONT + pool("use-server web1 unless { srv_is_up(web/web2) }"),
        PoolNeeds(),
    ),
    "a backup that is disabled": (
        "single-server",
        "server app1",
        DEFAULTS + FRONT + pool("server app1 10.0.0.1:80 check", "server app2 10.0.0.2:80 check backup disabled", servers=0),
        DEFAULTS + FRONT + pool("server app1 10.0.0.1:80 check", "server app2 10.0.0.2:80 check backup", servers=0),
        PoolNeeds(),
    ),
    "a domain of all hosts": (
        "unreachable-rule",
        "use_backend api",
        DEFAULTS
        + ways("use_backend web if { hdr_dom(host) -i example.net }", "use_backend api if { hdr(host) -i api.example.net }")
        + pool()
        + pool(name="api", net=1),
        DEFAULTS
        + ways("use_backend web if { hdr_dom(host) -i ample.net }", "use_backend api if { hdr(host) -i api.example.net }")
        + pool()
        + pool(name="api", net=1),
        PoolNeeds(),
    ),
    "backup for all": (
        "most-servers-backup",
        "default-server backup",
        DEFAULTS + FRONT + pool("default-server backup"),
        DEFAULTS + FRONT + pool("default-server backup", "option allbackups"),
        PoolNeeds(),
    ),
    "hosts below a wildcard": (
        "unreachable-rule",
        "use_backend api",
        DEFAULTS
        + ways("acl all hdr_end(host) -i .example.net", "use_backend web if all", "use_backend api if { hdr(host) -i API.example.net }")
        + pool()
        + pool(name="api", net=1),
        DEFAULTS
        + ways("acl all hdr_end(host) -i .example.net", "use_backend api if { hdr(host) -i api.example.net }", "use_backend web if all")
        + pool()
        + pool(name="api", net=1),
        PoolNeeds(),
    ),
    "one of two paths": (
        "unreachable-rule",
        "use_backend api",
        DEFAULTS
        + ways("use_backend web if { path_beg /v1 }", "use_backend api if { path_beg /api /v1/api }")
        + pool()
        + pool(name="api", net=1),
        DEFAULTS
        + ways("use_backend web if { path_beg /v1 } { method GET }", "use_backend api if { path_beg /api /v1/api }")
        + pool()
        + pool(name="api", net=1),
        PoolNeeds(),
    ),
    "a header that the file sets": (
        "hash-of-constant",
        "balance hdr(X-Shard)",
        DEFAULTS + ways("http-request set-header X-Shard main") + pool("balance hdr(X-Shard)"),
        DEFAULTS + ways("http-request set-header X-Shard %[src]") + pool("balance hdr(X-Shard)"),
        PoolNeeds(),
    ),
    "the port of one listener": (
        "hash-of-constant",
        "balance hash dst_port",
        DEFAULTS + FRONT + pool("balance hash dst_port"),
        DEFAULTS + FRONT.replace(":80", ":8000-8999") + pool("balance hash dst_port"),
        PoolNeeds(),
    ),
    "two hosts for three servers": (
        "hash-of-constant",
        "balance hdr(host)",
        DEFAULTS + ways("http-request deny unless { hdr(host) -i a.example.net b.example.net }") + pool("balance hdr(host)", servers=3),
        DEFAULTS + ways("http-request deny unless { hdr(host) -i a.example.net b.example.net }") + pool("balance hdr(host)", servers=2),
        PoolNeeds(),
    ),
    "an address with zeros": (
        "duplicate-address",
        "server c",
        DEFAULTS + FRONT + pool("server b ::ffff:10.0.9.1:80 check", "server c 10.0.9.1:80 check", servers=1),
        DEFAULTS + FRONT + pool("server b ::ffff:10.0.9.1:80 check", "server c 10.0.9.2:80 check", servers=1),
        PoolNeeds(),
    ),
    "half by chance to a third of the servers": (
        "split-out-of-proportion",
        "acl half",
        DEFAULTS + ways("acl half rand(10) ge 5", "use_backend new if half") + pool(servers=6) + pool(name="new", net=1),
        DEFAULTS + ways("acl half rand(10) ge 8", "use_backend new if half") + pool(servers=6) + pool(name="new", net=1),
        PoolNeeds(),
    ),
    "a pool that forgot its algorithm": (
        "default-algorithm",
        "backend new",
        DEFAULTS + FRONT + pool("balance leastconn") + pool(name="new", net=1),
        DEFAULTS + FRONT + pool("balance leastconn") + pool("balance roundrobin", name="new", net=1),
        PoolNeeds(),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_the_defect_is_told_where_it_stands_and_the_twin_is_not(name: str) -> None:
    rule, text, bad, good, needs = PAIRS[name]
    declared = Needs(pool={"web": needs})
    for config, wanted in ((bad, [True]), (good, [])):
        topology = lower([parse(config, "haproxy.cfg")])
        assert topology.could_not == ()
        found = [f for f in check([topology], declared) if f.rule == rule]
        assert [text in config.split("\n")[f.location.line - 1] for f in found] == wanted, [str(f) for f in found]
