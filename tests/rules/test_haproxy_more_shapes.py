"""More shapes of HAProxy's defects, each with a twin that differs in little and is none."""

import pytest
from haproxy_twins import CHECKED, DEFAULTS, RESOLVERS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs, PoolNeeds
from poise.rules.engine import check, judge

FRONT = "frontend http\n    bind :80\n    default_backend web\n"


def ways(*lines: str) -> str:
    """A frontend with these lines above its default."""
    return FRONT.replace("    default", "".join(f"    {line}\n" for line in lines) + "    default")


def pool(*lines: str, name: str = "web", servers: int = 2, words: str = "check", net: int = 0) -> str:
    """A checked backend with these lines and as many servers."""
    body = [CHECKED, *lines, *(f"server {name}{i} 10.0.{net}.{i}:80 {words}" for i in range(1, servers + 1))]
    return f"backend {name}\n" + "".join(f"    {line}\n" for line in body)


TCP = DEFAULTS.replace("mode http", "mode tcp")
STICKY = PoolNeeds(sticky=True)
FIVE = "10.0.0.5:80"
# Rule, the text that must stand in the finding's line, the file, its twin, the needs of the pool web.
PAIRS: dict[str, tuple[str, str, str, str, PoolNeeds]] = {
    "a slow check by fall": (
        "slow-check",
        "fall 40",
        DEFAULTS + FRONT + pool("timeout check 1s", "default-server inter 2s\n    default-server fall 40"),
        DEFAULTS + FRONT + pool("timeout check 1s", "default-server inter 2s\n    default-server fall 4"),
        PoolNeeds(),
    ),
    "a nervous check in defaults": (
        "nervous-check",
        "default-server fall 1",
        DEFAULTS + "    default-server fall 1\n    default-server inter 500ms\n" + FRONT + pool(),
        DEFAULTS + "    default-server fall 3\n    default-server inter 500ms\n" + FRONT + pool(),
        PoolNeeds(),
    ),
    "an answer that may take 50 ms only": (
        "nervous-check",
        "timeout check 50ms",
        DEFAULTS + FRONT + pool("timeout check 50ms", words="check fall 2"),
        DEFAULTS + FRONT + pool("timeout check 500ms", words="check fall 2"),
        PoolNeeds(),
    ),
    # 20 s + 2 × 1 s until the third check, but each of the three waits for 20 s.
    "a hang is looked at for as long as inter": (
        "check-timeout-long",
        "inter 20s",
        DEFAULTS + FRONT + pool(words="check inter 20s fastinter 1s"),
        DEFAULTS + FRONT + pool("timeout check 2s", words="check inter 20s fastinter 1s"),
        PoolNeeds(),
    ),
    "rise in defaults": (
        "slow-return",
        "default-server rise 200",
        DEFAULTS + "    default-server rise 200\n" + FRONT + pool(),
        DEFAULTS + "    default-server rise 20\n" + FRONT + pool(),
        PoolNeeds(),
    ),
    "a long downinter": (
        "slow-return",
        "downinter 10m",
        DEFAULTS + FRONT + pool(words="check downinter 10m"),
        DEFAULTS + FRONT + pool(words="check downinter 30s"),
        PoolNeeds(),
    ),
    "a header refused by a named acl": (
        "sticky-key-absent",
        "balance hash",
        DEFAULTS + ways("acl tagged req.hdr(X-Tag) -m found") + pool("balance hash req.hdr(x-tag)", "option redispatch"),
        DEFAULTS
        + ways("acl tagged req.hdr(X-Tag) -m found", "http-request deny if !tagged")
        + pool("balance hash req.hdr(x-tag)", "option redispatch"),
        STICKY,
    ),
    "a cookie that the answers teach": (
        "sticky-key-absent",
        "stick match req.cook(SID)",
        DEFAULTS + FRONT + pool("stick-table type string len 32 size 1m expire 1h", "stick match req.cook(SID)", "option redispatch"),
        DEFAULTS
        + FRONT
        + pool(
            "stick-table type string len 32 size 1m expire 1h",
            "stick match req.cook(SID)",
            "stick store-response res.cook(SID)",
            "option redispatch",
        ),
        STICKY,
    ),
    "a pool that only requests with the parameter reach": (
        "sticky-key-absent",
        "balance url_param room",
        DEFAULTS + FRONT + pool("balance url_param room", "option redispatch"),
        DEFAULTS + "frontend http\n    bind :80\n    use_backend web if { url_param(room) -m found }\n" + pool("balance url_param room"),
        STICKY,
    ),
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
    "weights of one and three for servers that warm up": (
        "coarse-weights",
        "weight 1",
        DEFAULTS + FRONT + pool("server a 10.0.1.1:80 check weight 1", "server b 10.0.1.2:80 check weight 3 slowstart 60s", servers=0),
        DEFAULTS + FRONT + pool("server a 10.0.1.1:80 check weight 10", "server b 10.0.1.2:80 check weight 30 slowstart 60s", servers=0),
        PoolNeeds(),
    ),
    # 50 requests/s × 10 ms = half a request in flight.
    "weights that an idle leastconn cannot follow": (
        "leastconn-many-balancers",
        "balance leastconn",
        DEFAULTS + FRONT + pool("balance leastconn", "server big 10.0.1.1:80 check weight 3"),
        DEFAULTS + FRONT + pool("balance leastconn", "server big 10.0.1.1:80 check"),
        PoolNeeds(peak_requests_per_second=50, service_time_ms=10),
    ),
    "a fullconn above what the process admits": (
        "minconn-without-effect",
        "fullconn 9000",
        "global\n    maxconn 2000\n" + DEFAULTS + FRONT + pool("fullconn 9000", words="check minconn 10 maxconn 500"),
        "global\n    maxconn 2000\n" + DEFAULTS + FRONT + pool("fullconn 1000", words="check minconn 10 maxconn 500"),
        PoolNeeds(),
    ),
    "all but one host is sent to one server": (
        "use-server-pins",
        "use-server web1",
        DEFAULTS + FRONT + pool("use-server web1 if !{ hdr(host) -i files.example.net }"),
        DEFAULTS + FRONT + pool("use-server web1 unless { srv_is_up(web/web2) }"),
        PoolNeeds(),
    ),
    "upgrades by path": (
        "upgrade-cut-by-timeout",
        "backend live",
        DEFAULTS + ways("use_backend live if { path_beg /socket.io/ }") + pool() + pool(name="live", net=1),
        DEFAULTS + ways("use_backend live if { path_beg /socket.io/ }") + pool() + pool("timeout tunnel 2h", name="live", net=1),
        PoolNeeds(),
    ),
    "statistics for everybody beside a rule of another page": (
        "stats-open",
        "stats uri /lb",
        DEFAULTS + ways("stats enable", "stats uri /lb", "stats refresh 5s", "http-request deny if { path_beg /admin }") + pool(),
        DEFAULTS
        + ways("stats enable", "stats uri /lb", "stats refresh 5s", "http-request deny if { path_beg /lb } !{ src 10.0.0.0/8 }")
        + pool(),
        PoolNeeds(),
    ),
    "statistics in a backend": (
        "stats-open",
        "stats admin if TRUE",
        DEFAULTS + ways("use_backend st if { path_beg /st }") + pool() + "backend st\n    stats uri /st\n    stats admin if TRUE\n",
        DEFAULTS
        + ways("use_backend st if { path_beg /st } { src 10.0.0.0/8 }")
        + pool()
        + "backend st\n    stats uri /st\n    stats admin if TRUE\n",
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
    "one server without a limit": (
        "odd-maxconn",
        "server x",
        DEFAULTS + FRONT + pool("server x 10.0.0.9:80 check", words="check maxconn 50"),
        DEFAULTS + FRONT + pool("balance first", "server x 10.0.0.9:80 check", words="check maxconn 50"),
        PoolNeeds(),
    ),
    "a greeting of TLS for HTTP": (
        "tcp-check-for-http",
        "server web1",
        DEFAULTS + FRONT + pool("option ssl-hello-chk"),
        TCP + FRONT + pool("option ssl-hello-chk"),
        PoolNeeds(),
    ),
    "a script that connects elsewhere": (
        "check-elsewhere",
        "http-check connect port 22",
        DEFAULTS + FRONT + pool("http-check connect port 22"),
        DEFAULTS + FRONT + pool("http-check connect port 80", "http-check send meth GET uri /", "http-check connect port 8081"),
        PoolNeeds(),
    ),
    "a resolver that asks every ten minutes": (
        "resolver-keeps-answers",
        "timeout resolve 10m",
        DEFAULTS
        + RESOLVERS
        + "    timeout resolve 10m\n    hold valid 15m\n"
        + FRONT
        + pool("server a a.internal:80 check resolvers dns init-addr none"),
        # The answer is good for 10 s, the default, and the health checks ask again.
        DEFAULTS + RESOLVERS + "    timeout resolve 10m\n" + FRONT + pool("server a a.internal:80 check resolvers dns init-addr none"),
        PoolNeeds(),
    ),
    "the health of another machine": (
        "check-elsewhere",
        "track other/o1",
        DEFAULTS
        + FRONT
        + pool("server app3 10.0.1.2:8080 track other/o1", servers=0)
        + pool(name="o", net=1).replace("backend o", "backend other"),
        DEFAULTS
        + FRONT
        + pool("server app3 10.0.1.2:8080 track other/o2", servers=0)
        + pool(name="o", net=1).replace("backend o", "backend other"),
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
    "the load balancer reports itself down at the first loss": (
        "fallback-too-early",
        "monitor fail",
        DEFAULTS + ways("monitor-uri /alive", "acl few nbsrv(web) le 4", "monitor fail if few") + pool(servers=5),
        DEFAULTS + ways("monitor-uri /alive", "acl few nbsrv(web) le 1", "monitor fail if few") + pool(servers=5),
        PoolNeeds(),
    ),
    "a sorry page while all is well": (
        "fallback-too-early",
        "use_backend sorry",
        DEFAULTS + ways("use_backend sorry if { nbsrv(web) gt 0 }") + pool() + pool(name="sorry", net=1),
        DEFAULTS + ways("use_backend sorry unless { nbsrv(web) gt 0 }") + pool() + pool(name="sorry", net=1),
        PoolNeeds(),
    ),
    "a header of a body in the version": (
        "httpchk-header-in-version",
        "option httpchk POST",
        DEFAULTS + "    option httpchk POST /check HTTP/1.0\\r\\n\\r\\nping\n" + FRONT + pool().replace(f"    {CHECKED}\n", ""),
        DEFAULTS + "    option httpchk POST /check HTTP/1.0\n" + FRONT + pool().replace(f"    {CHECKED}\n", ""),
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


# The rule, its severity in the changed file and the line, and the file before.
CHANGES: dict[str, tuple[str, str, str, str, str]] = {
    "the hash's function": (
        "hash-changed",
        "warning",
        "hash-type consistent wt6",
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent", servers=3),
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent wt6", servers=3),
    ),
    "a server on top of the ring": (
        "ring-ids-shifted",
        "warning",
        "server new",
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent", servers=3),
        DEFAULTS + FRONT + pool("balance uri", "hash-type consistent", "server new 10.0.0.9:80 check", servers=3),
    ),
    "a tenth becomes nine tenths": (
        "route-share-moves",
        "warning",
        "use_backend new",
        DEFAULTS + ways("use_backend new if { rand(10) lt 1 }") + pool(servers=4) + pool(name="new", net=1),
        DEFAULTS + ways("use_backend new if { rand(10) lt 9 }") + pool(servers=4) + pool(name="new", net=1),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_at_what_changed(name: str) -> None:
    rule, severity, text, old, new = CHANGES[name]
    before, after = (lower([parse(config, "haproxy.cfg")]) for config in (old, new))
    found = [f for f in judge([after], Needs(), before=[before]).findings if f.rule == rule]
    assert [(f.severity, text in new.split("\n")[f.location.line - 1]) for f in found] == [(severity, True)]


def test_a_canary_that_grows_within_its_servers_is_no_news() -> None:
    before, after = (
        lower([parse(DEFAULTS + ways(f"use_backend new if {{ rand(100) lt {n} }}") + pool(servers=4) + pool(name="new", net=1), "x.cfg")])
        for n in (5, 25)
    )
    assert [f.rule for f in judge([after], Needs(), before=[before]).findings if f.rule == "route-share-moves"] == []


def test_two_pools_with_one_timeout_are_told_once() -> None:
    text = DEFAULTS + "    timeout check 20s\n" + FRONT + pool() + pool(name="api", net=1)
    found = [f for f in check([lower([parse(text, "haproxy.cfg")])], Needs()) if f.rule == "check-timeout-long"]
    assert len(found) == 1
