"""Defects in the shapes that real files have: inherited, in backends, in named defaults, by default-server, and where they are told."""

import pytest
from haproxy_twins import CHECKED, DEFAULTS, PEERS, RESOLVERS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs, PoolNeeds
from poise.rules.engine import check

TWO = "    server app1 10.0.0.1:80 check\n    server app2 10.0.0.2:80 check\n"
WEB = f"backend web\n    {CHECKED}\n"
FRONT = "frontend http\n    bind :80\n    default_backend web\n"

# The rule and the text that must stand in the finding's line, then the file.
CASES: dict[str, tuple[str, str, str, PoolNeeds]] = {
    "a hash described in named defaults is judged where it is used": (
        "hash-map-based",
        "balance source",
        "defaults tcp\n    mode tcp\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n    balance source\n"
        "listen db from tcp\n    bind :5432\n" + TWO + "    server app3 10.0.0.3:80 check\n",
        PoolNeeds(),
    ),
    "an inherited httpchk is told at the server": (
        "httpchk-without-check",
        "server app1",
        DEFAULTS + f"    {CHECKED}\n" + FRONT + "backend web\n" + TWO.replace(" check", ""),
        PoolNeeds(),
    ),
    "use-server is told at its line": (
        "use-server-pins",
        "use-server app1",
        DEFAULTS + FRONT + WEB + "    acl all path_beg /\n    use-server app1 if all\n" + TWO,
        PoolNeeds(),
    ),
    "retry-on in defaults": (
        "retry-amplification",
        "retry-on 500 503",
        DEFAULTS + "    retries 5\n    retry-on 500 503\n" + FRONT + WEB + TWO,
        PoolNeeds(),
    ),
    "timeout queue in the backend": (
        "queue-timeout-over-client",
        "timeout queue 2m",
        DEFAULTS + FRONT + WEB + "    timeout queue 2m\n" + TWO,
        PoolNeeds(),
    ),
    "a timeout of zero is none": ("missing-timeouts", "backend web", DEFAULTS + FRONT + WEB + "    timeout server 0\n" + TWO, PoolNeeds()),
    "the same machine by another spelling": (
        "duplicate-address",
        "ipv4@10.0.0.1:80",
        DEFAULTS + FRONT + WEB + TWO + "    server app3 ipv4@10.0.0.1:80 check\n",
        PoolNeeds(),
    ),
    "only one server is limited": (
        "odd-maxconn",
        "maxconn 2",
        DEFAULTS + FRONT + WEB + TWO + "    server app3 10.0.0.3:80 check maxconn 2\n",
        PoolNeeds(),
    ),
    "a stick table of another section": (
        "stick-table-not-shared",
        "stick-table type ip",
        DEFAULTS
        + FRONT
        + WEB
        + "    option redispatch\n    stick on src table users\n"
        + TWO
        + "backend users\n    stick-table type ip size 1m expire 1h\n",
        PoolNeeds(sticky=True),
    ),
    "one table is shared and the other is not": (
        "stick-table-not-shared",
        "size 1m expire 1h",
        PEERS
        + DEFAULTS
        + FRONT
        + "    stick-table type ip size 1m expire 10s peers lbs\n"
        + WEB
        + "    option redispatch\n    stick-table type ip size 1m expire 1h\n    stick on src\n"
        + TWO,
        PoolNeeds(load_balancers=2),
    ),
    "an agent by default-server": (
        "agent-without-check",
        "default-server agent-check",
        DEFAULTS + FRONT + WEB + "    default-server agent-check agent-port 9999 weight 100\n" + TWO.replace(" check", ""),
        PoolNeeds(),
    ),
    "a hash of the source": (
        "source-behind-nat",
        "balance hash src",
        DEFAULTS + FRONT + WEB + "    balance hash src,ipmask(24)\n    hash-type consistent\n" + TWO,
        PoolNeeds(clients_behind_nat=True),
    ),
    "a check that only connects, said at length": (
        "tcp-check-for-http",
        "server app1",
        DEFAULTS + FRONT + "backend web\n    option tcp-check\n    tcp-check connect\n" + TWO,
        PoolNeeds(),
    ),
    "slowstart without a unit": (
        "slowstart-without-effect",
        "slowstart 60",
        DEFAULTS + FRONT + WEB + "    default-server slowstart 60\n" + TWO,
        PoolNeeds(),
    ),
    "verification switched off for all": (
        "unverified-server-tls",
        "server app1",
        "global\n    ssl-server-verify none\n" + DEFAULTS + FRONT + WEB + TWO.replace(":80", ":443 ssl"),
        PoolNeeds(),
    ),
    "a hash without redispatch where clients must stay": (
        "no-redispatch",
        "balance source",
        DEFAULTS + FRONT + WEB + "    balance source\n    hash-type consistent\n" + TWO,
        PoolNeeds(sticky=True),
    ),
    "the sum of the listeners is above the process": (
        "frontend-maxconn-over-global",
        "maxconn 4000",
        "global\n    maxconn 4000\n"
        + DEFAULTS
        + "    maxconn 3000\n"
        + FRONT
        + FRONT.replace("http", "more").replace(":80", ":81")
        + WEB
        + TWO,
        PoolNeeds(),
    ),
    "a template of SRV records": (
        "dns-answer-truncated",
        "server-template",
        DEFAULTS + RESOLVERS + FRONT + WEB + "    server-template app 20 _http._tcp.app.internal check resolvers dns init-addr none\n",
        PoolNeeds(),
    ),
    "a pool that waits for a name that nobody looks up": (
        "name-resolved-once",
        "app1.internal",
        DEFAULTS + FRONT + WEB + "    server app1 app1.internal:80 check init-addr none\n" + TWO.replace("app1", "app3"),
        PoolNeeds(),
    ),
    "a condition that never holds": (
        "unreachable-rule",
        "use_backend old if FALSE",
        DEFAULTS + FRONT.replace("    default", "    use_backend old if FALSE\n    default") + WEB + TWO + WEB.replace("web", "old") + TWO,
        PoolNeeds(),
    ),
    "the second rule with one condition": (
        "unreachable-rule",
        "use_backend old if { path_beg /old }",
        DEFAULTS
        + FRONT.replace("    default", "    use_backend web if { path_beg /old }\n    use_backend old if { path_beg /old }\n    default")
        + WEB
        + TWO
        + WEB.replace("web", "old")
        + TWO,
        PoolNeeds(),
    ),
    "force-persist for everybody": (
        "persist-on-dead-servers",
        "force-persist if TRUE",
        DEFAULTS
        + FRONT
        + WEB
        + "    option redispatch\n    cookie S insert\n    force-persist if TRUE\n"
        + TWO.replace("check", "check cookie x", 1).replace("app2 10.0.0.2:80 check", "app2 10.0.0.2:80 check cookie y"),
        PoolNeeds(),
    ),
    "two servers on one machine": (
        "survive-impossible",
        "10.0.0.1:81",
        DEFAULTS + FRONT + WEB + "    server app1 10.0.0.1:80 check\n    server app2 10.0.0.1:81 check\n",
        PoolNeeds(survive=1),
    ),
    "sticky by a cookie of the application": (
        "sticky-key-absent",
        "stick on req.cook(JSESSIONID)",
        DEFAULTS
        + FRONT
        + WEB
        + "    option redispatch\n    stick-table type string len 32 size 1m expire 1h\n    stick on req.cook(JSESSIONID)\n"
        + TWO,
        PoolNeeds(sticky=True),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_where_it_stands(name: str) -> None:
    rule, text, config, needs = CASES[name]
    topology = lower([parse(config, "haproxy.cfg")])
    assert topology.could_not == ()
    found = [f for f in check([topology], Needs(pool={"web": needs})) if f.rule == rule]
    assert len(found) == 1, [f.rule for f in check([topology], Needs(pool={"web": needs}))]
    assert text in config.split("\n")[found[0].location.line - 1]


SILENT = {
    "buttons for this machine only": (
        "stats-open",
        "error",
        DEFAULTS + "listen stats\n    bind :8404\n    stats enable\n    stats admin if LOCALHOST\n",
    ),
    "addresses are turned away before the page": (
        "stats-open",
        "info",
        DEFAULTS
        + "listen stats\n    bind :8404\n    http-request deny if !{ src 10.0.0.0/8 }\n    stats enable\n    stats admin if TRUE\n",
    ),
    "one writer and its spares": (
        "most-servers-backup",
        "error",
        DEFAULTS.replace("http", "tcp")
        + "listen db\n    bind :5432\n    option tcp-check\n    server db1 10.0.0.1:5432 check\n"
        + "".join(f"    server db{i} 10.0.0.{i}:5432 check backup\n" for i in (2, 3)),
    ),
    "empty slots that an ingress controller keeps": (
        "most-servers-disabled",
        "error",
        DEFAULTS + FRONT + WEB + TWO + "".join(f"    server SRV_{i} 127.0.0.1:8765 check disabled\n" for i in (3, 4, 5)),
    ),
    "slots that wait for addresses": (
        "most-servers-disabled",
        "error",
        DEFAULTS + FRONT + WEB + TWO + "    server-template new 8 127.0.0.1:80 check disabled\n",
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_only_looks_so_is_no_such_finding(name: str) -> None:
    rule, severity, config = SILENT[name]
    topology = lower([parse(config, "haproxy.cfg")])
    assert topology.could_not == ()
    assert (rule, severity) not in {(f.rule, f.severity) for f in check([topology], Needs())}
