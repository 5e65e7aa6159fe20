"""More shapes of HAProxy's defects, each with a twin that differs in little and is none."""

import pytest
from haproxy_parts import FRONT, STICKY, TCP, pool, ways
from haproxy_twins import CHECKED, DEFAULTS, RESOLVERS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs, PoolNeeds
from poise.rules.engine import check, judge

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
    "weights of one and three for servers that warm up": (
        "coarse-weights",
        "weight 1",
        DEFAULTS + FRONT + pool("server a 10.0.1.1:80 check weight 1", "server b 10.0.1.2:80 check weight 3 slowstart 60s", servers=0),
        DEFAULTS + FRONT + pool("server a 10.0.1.1:80 check weight 10", "server b 10.0.1.2:80 check weight 30 slowstart 60s", servers=0),
        PoolNeeds(),
    ),
    "a fullconn above what the process admits": (
        "minconn-without-effect",
        "fullconn 9000",
        "global\n    maxconn 2000\n" + DEFAULTS + FRONT + pool("fullconn 9000", words="check minconn 10 maxconn 500"),
        "global\n    maxconn 2000\n" + DEFAULTS + FRONT + pool("fullconn 1000", words="check minconn 10 maxconn 500"),
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
