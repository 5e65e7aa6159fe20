"""What findings about HAProxy say where two shapes of a defect need other words, and where they keep silent."""

from pathlib import Path

import pytest
from haproxy_twins import CHECKED, DEFAULTS, RESOLVERS
from rule_examples import read

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.rules.engine import check

TABLE = "stick-table type ip size 1m expire 30m"


def spared(*addresses: str) -> str:
    servers = "".join(f"    server app{i} {address}\n" for i, address in enumerate(addresses, 1))
    return DEFAULTS + RESOLVERS + f"listen web\n    bind :80\n{servers}    server spare 10.0.1.1:80 check backup\n"


def named(words: str, *lines: str) -> str:
    """A server that is given by name and spoken to in TLS."""
    server = f"server app1 app.example.org:443 check resolvers dns init-addr none{' ssl ' if words else ''}{words}"
    body = "".join(f"    {line}\n" for line in (CHECKED, *lines, server))
    return DEFAULTS + RESOLVERS + f"listen web\n    bind :80\n{body}"


def hashing(*lines: str, cookies: bool = False) -> str:
    servers = (f"server app{i} 10.0.0.{i}:80 check{f' cookie c{i}' if cookies else ''}" for i in range(1, 4))
    return DEFAULTS + "listen web\n    bind :80\n" + "".join(f"    {line}\n" for line in (CHECKED, "balance source", *lines, *servers))


def weighted(*words: str, algorithm: str = "roundrobin") -> str:
    servers = "".join(f"    server app{i} 10.0.0.{i}:80 {each}\n" for i, each in enumerate(words, 1))
    return DEFAULTS + f"listen web\n    bind :80\n    balance {algorithm}\n    {CHECKED}\n" + servers


# product, configuration, rule, severity, words that are said, words that are not
CASES: dict[str, tuple[str, str, str, str, str, str]] = {
    # HAProxy 2.8.25: a disabled server, one of weight 0 and two backups: the backups got all of 400 requests.
    "none of those left has a weight": (
        "haproxy",
        weighted("disabled", "check weight 0", "backup weight 3", "backup"),
        "most-servers-disabled",
        "error",
        "no such server is left: all requests go to the backups",
        "times",
    ),
    "every weight is 0, and a backup serves": (
        "haproxy",
        weighted("check weight 0", "check weight 0", "check backup"),
        "zero-weight",
        "error",
        "no active server can be chosen: all requests go to the backups",
        "503",
    ),
    "every weight is 0 and no backup is there": (
        "haproxy",
        weighted("check weight 0", "check weight 0"),
        "zero-weight",
        "error",
        "no active server can be chosen: requests get 503",
        "backups",
    ),
    "the backups are what can serve": (
        "haproxy",
        weighted("check weight 0", "check backup", "check backup"),
        "most-servers-backup",
        "error",
        "app2 gets 100 % of web's requests: all 2 servers that can serve are backups",
        "app1",
    ),
    "leastconn deals evenly while it is idle": (
        "haproxy",
        weighted("check weight 3", "check", "check", algorithm="leastconn"),
        "uneven-weights",
        "warning",
        "app1 gets when busy about 60.0 % of web's requests",
        "gets about",
    ),
    "a backup for what DNS forgets": (
        "haproxy",
        spared("app.example.org:80 resolvers dns init-addr none"),
        "backup-never-used",
        "warning",
        "takes over only when DNS has no address for app1",
        "never used",
    ),
    "a backup for nothing": (
        "haproxy",
        spared("app.example.org:80 resolvers dns init-addr none", "10.0.0.2:80"),
        "backup-never-used",
        "error",
        "a backup that is never used: app1 and app2 are not checked",
        "DNS",
    ),
    "no name is sent, another verified": (
        "haproxy",
        named("verify required ca-file /ca.pem verifyhost app.example.org"),
        "server-name-not-sent",
        "warning",
        "app1 of web is not sent a server name in the TLS handshake: no `sni`",
        "checks",
    ),
    "a name is wanted of a number": (
        "haproxy",
        spared("10.0.0.1:443 ssl verify required ca-file /ca.pem verifyhost app.example.org", "10.0.0.2:80"),
        "server-name-not-sent",
        "info",
        "app1 of web must have the certificate of app.example.org and is not asked for it: no `sni`",
        "checks",
    ),
    "no name is sent, none verified": (
        "haproxy",
        named("verify none"),
        "server-name-not-sent",
        "warning",
        "sni str(app.example.org)",
        "checks",
    ),
    "no name is sent, by default-server": (
        "haproxy",
        named("", "default-server ssl verify none check-sni app.example.org"),
        "server-name-not-sent",
        "warning",
        "no `sni`",
        "checks",
    ),
    "checks alone send no name": (
        "haproxy",
        named("verify required ca-file /ca.pem sni req.hdr(host)"),
        "server-name-not-sent",
        "info",
        "Add `check-sni app.example.org`",
        "not sent",
    ),
}
# product, configuration, rule
SILENT: dict[str, tuple[str, str, str]] = {
    "a name for requests and checks": (
        "haproxy",
        named("verify required ca-file /ca.pem sni req.hdr(host) check-sni app.example.org"),
        "server-name-not-sent",
    ),
    "checks elsewhere": ("haproxy", named("verify required ca-file /ca.pem sni req.hdr(host) port 8080"), "server-name-not-sent"),
    "checks that say it themselves": (
        "haproxy",
        named("verify required ca-file /ca.pem sni req.hdr(host)", "http-check connect ssl sni app.example.org", "http-check send uri /"),
        "server-name-not-sent",
    ),
    "a name for nobody, told by another rule": ("haproxy", named("verify required ca-file /ca.pem"), "server-name-not-sent"),
    "a cookie keeps clients, the hash places new ones": ("haproxy", hashing("cookie S insert", cookies=True), "hash-map-based"),
    "a table keeps clients, the hash places new ones": ("haproxy", hashing(TABLE, "stick on src"), "hash-map-based"),
}
FOUND: dict[str, tuple[str, str, str]] = {
    "a cookie without values keeps nobody": ("haproxy", hashing("cookie S insert"), "hash-map-based"),
    "a table for some requests": ("haproxy", hashing(TABLE, "stick on src if { path_beg /cart }"), "hash-map-based"),
    "a table that nothing looks into": ("haproxy", hashing(TABLE), "hash-map-based"),
}


@pytest.mark.parametrize("case", CASES)
def test_words(case: str, tmp_path: Path) -> None:
    product, text, rule, severity, said, unsaid = CASES[case]
    file = tmp_path / "configuration"
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    (finding,) = [f for f in check(topologies, Needs()) if f.rule == rule]
    assert finding.severity == severity
    assert said in f"{finding.message}. {finding.why}. {finding.remedy}"
    assert unsaid not in f"{finding.message}. {finding.why}"


@pytest.mark.parametrize("case", FOUND)
def test_it_speaks(case: str, tmp_path: Path) -> None:
    product, text, rule = FOUND[case]
    file = tmp_path / "configuration"
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    assert rule in {f.rule for f in check(topologies, Needs())}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str, tmp_path: Path) -> None:
    product, text, rule = SILENT[case]
    file = tmp_path / "configuration"
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    assert rule not in {f.rule for f in check(topologies, Needs())}


PING = ("option tcp-check", "tcp-check send PING\\r\\n", "tcp-check expect string +PONG")
LIMITED = "listen web\n    bind :80\n    default-server check maxconn 100\n"


@pytest.mark.parametrize(
    ("servers", "odd"),
    [
        (("weight 90", "weight 90", "weight 5"), []),  # a canary has room to spare
        (("weight 90", "weight 90 maxconn 2", "weight 5"), ["app2"]),
        (("weight 200", "weight 40", "weight 40"), ["app1"]),
        (("maxconn 10", "maxconn 10", "maxconn 100"), []),  # the odd one is the large one
        (("maxconn 10", "maxconn 10", "maxconn 100", "maxconn 100"), ["app1", "app2"]),
        (("maxconn 10", "maxconn 100"), ["app1"]),
    ],
)
def test_odd_maxconn_measures_by_those_that_carry_the_traffic(servers: tuple[str, ...], odd: list[str]) -> None:
    lines = "".join(f"    server app{n} 10.0.0.{n}:80 {words}\n" for n, words in enumerate(servers, 1))
    topology = lower([parse(f"{DEFAULTS}{LIMITED}{lines}", "haproxy.cfg")])
    assert [f.server for f in check([topology], Needs()) if f.rule == "odd-maxconn"] == odd


@pytest.mark.parametrize(
    ("lines", "servers", "severity"),
    [
        (("option httpchk GET /",), ("port 9200", "port 9200 backup"), "warning"),  # Galera with a writer
        (("option httpchk OPTIONS /primary",), ("port 8008", "port 8008"), "info"),
        (
            (*PING, "tcp-check expect string role:master"),
            ("", ""),
            "info",
        ),
        (("option pgsql-check user haproxy",), ("", "backup"), "info"),
        (("option pgsql-check user haproxy",), ("", ""), None),  # equal replicas
        (PING, ("", ""), None),
        ((), ("", "backup"), None),  # it only connects
        (("option httpchk OPTIONS /primary",), ("port 8008 on-marked-down shutdown-sessions",) * 2, None),
        (("option httpchk OPTIONS /primary",), ("port 8008",), None),  # nowhere to go
        (("mode http", "option httpchk OPTIONS /primary"), ("port 8008", "port 8008"), None),
    ],
)
def test_connections_stay_where_a_check_asks_for_a_role(lines: tuple[str, ...], servers: tuple[str, ...], severity: str | None) -> None:
    body = [*lines, *(f"server db{n} 10.0.0.{n}:3306 check {words}" for n, words in enumerate(servers, 1))]
    text = DEFAULTS.replace("mode http", "mode tcp") + "listen db\n    bind :3306\n" + "".join(f"    {line}\n" for line in body)
    topology = lower([parse(text, "haproxy.cfg")])
    assert topology.could_not == ()
    found = [f.severity for f in check([topology], Needs()) if f.rule == "failed-server-keeps-connections"]
    assert found == ([severity] if severity else [])
    web = lower([parse(text.replace(":3306", ":443"), "haproxy.cfg")])
    assert not [f for f in check([web], Needs()) if f.rule == "failed-server-keeps-connections"]


def test_the_slots_of_a_template_with_an_address_are_one_machine() -> None:
    def remedies(words: str) -> list[str]:
        topology = lower([parse(f"{DEFAULTS}listen web\n    bind :80\n    server-template app 3 {words}\n", "haproxy.cfg")])
        return [f"{f.message}. {f.remedy}" for f in check([topology], Needs()) if f.rule == "duplicate-address"]

    (said,) = remedies("10.0.1.1:80 check")
    assert said.startswith("10.0.1.1:80 stands 3 times in web") and "give the template a name" in said
    assert remedies("10.0.1.1:80 check disabled") == remedies("app.example.org:80 check") == []


def test_findings_of_a_server_point_at_what_is_meant() -> None:
    text = (
        f"{DEFAULTS}listen web\n    bind :80\n    cookie SRV insert indirect nocache\n    option redispatch\n"
        "    server app1 10.0.0.1:80 cookie a check\n    server app2 10.0.0.2:80\n"
        "listen api\n    bind :81\n    default-server check\n    server app1 10.0.0.1:81\n    server app2 10.0.0.2:81\n"
    )
    lines = text.split("\n")
    found = check([lower([parse(text, "haproxy.cfg")])], Needs())
    at = {(f.rule, f.pool): lines[f.location.line - 1][f.location.column - 1 :] for f in found}
    assert at["cookie-partial", "web"] == at["partly-checked", "web"] == "10.0.0.2:80"
    assert at["tcp-check-for-http", "web"] == "check"
    assert at["tcp-check-for-http", "api"] == "10.0.0.1:81"
