"""Whose word for the client's address is taken, and what goes by it."""

from pathlib import Path

import pytest
from rule_examples import read
from tests.work import steps

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.rules.engine import check
from poise.rules.exposure.haproxy_sources import _unguarded

ANYONE = "set_real_ip_from 0.0.0.0/0;"
SERVERS = "server 10.0.0.1:80;\nserver 10.0.0.2:80;\n"


def http(*lines: str, pool: str = "", head: str = "listen 80;", location: str = "") -> str:
    """An http block of these lines before a pool and a server for it."""
    around = "\n".join(lines)
    return (
        f"events {{}}\nhttp {{\n{around}\nupstream web {{\n{pool}\n{SERVERS}}}\n"
        f"server {{\n{head}\nlocation / {{\n{location}\nproxy_pass http://web;\n}}\n}}\n}}\n"
    )


def haproxy(*front: str, back: tuple[str, ...] = ("balance source",), bind: str = ":80") -> str:
    """A frontend of these lines before a backend of those."""
    head = "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
    servers = "".join(f"    server s{i} 10.0.0.{i}:80 check\n" for i in (1, 2))
    return (
        f"{head}frontend in\n    bind {bind}\n"
        + "".join(f"    {line}\n" for line in front)
        + "    default_backend web\nbackend web\n"
        + "".join(f"    {line}\n" for line in back)
        + servers
    )


def found(product: str, text: str, folder: Path) -> list[Finding]:
    file = folder / ("nginx.conf" if product == "nginx" else "haproxy.cfg")
    file.write_text(text)
    topologies, could_not = read(product, file)
    assert could_not == ()
    return [f for f in check(topologies, Needs()) if f.rule == "client-address-from-anyone"]


ZONES = "limit_req_zone $binary_remote_addr zone=each:1m rate=9r/s;\nlimit_conn_zone $remote_addr zone=open:1m;"
# configuration, what goes by the address, the line, how sure
NGINX: dict[str, tuple[str, str, str, str]] = {
    "ip_hash": (http(ANYONE, pool="ip_hash;"), "`ip_hash` of web goes", ANYONE, "medium"),
    "the first of the header counts": (
        http(ANYONE, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;", pool="ip_hash;"),
        "`ip_hash` of web goes",
        ANYONE,
        "high",
    ),
    "not the first line": (
        http("set_real_ip_from 10.0.0.0/8;", "set_real_ip_from ::/0;", pool="hash $binary_remote_addr;"),
        "`hash $binary_remote_addr` of web goes",
        "set_real_ip_from ::/0;",
        "medium",
    ),
    "half of all": (
        http("set_real_ip_from 128.0.0.0/1;", pool="hash $remote_addr$request_uri consistent;"),
        "of web goes",
        "set_real_ip_from 128.0.0.0/1;",
        "medium",
    ),
    "rules by address": (
        http(location=f"{ANYONE}\nallow 192.0.2.0/24;\ndeny all;"),
        "`allow` and `deny` go by it",
        ANYONE,
        "medium",
    ),
    "addresses that are shut out": (http(ANYONE, "deny 192.0.2.7;"), "`deny` goes by it", ANYONE, "medium"),
    "limits by address": (
        http(ZONES, ANYONE, location="limit_req zone=each;\nlimit_conn open 9;"),
        "`limit_req` and `limit_conn` go by it",
        ANYONE,
        "medium",
    ),
}


@pytest.mark.parametrize("case", NGINX)
def test_nginx_believes_anyone(case: str, tmp_path: Path) -> None:
    text, words, line, confidence = NGINX[case]
    (said,) = found("nginx", text, tmp_path)
    assert words in said.message
    assert (said.severity, said.confidence) == ("warning", confidence)
    assert text.split("\n")[said.location.line - 1] == line


def test_one_line_is_told_once_with_all_that_goes_by_it(tmp_path: Path) -> None:
    text = http(ANYONE, ZONES, pool="ip_hash;", location="limit_req zone=each;\nproxy_pass http://web;\n}\nlocation /b {\ndeny 192.0.2.7;")
    (said,) = found("nginx", text, tmp_path)
    assert "`ip_hash` of web, `limit_req` and `deny` go by it" in said.message
    assert said.pool == "web"


SILENT = {
    "nothing goes by the address": http(ANYONE, "real_ip_header X-Forwarded-For;"),
    "a private network": http("set_real_ip_from 10.0.0.0/8;", "set_real_ip_from fc00::/7;", pool="ip_hash;"),
    "a proxy service": http("set_real_ip_from 104.16.0.0/12;", "set_real_ip_from 2400:cb00::/32;", pool="ip_hash;"),
    "a name": http("set_real_ip_from localhost;", pool="ip_hash;"),
    "loopback": http(ANYONE, pool="ip_hash;", head="listen 127.0.0.1:80;"),
    "a private address": http(ANYONE, pool="ip_hash;", head="listen 10.0.0.9:80;"),
    "the PROXY protocol": http(ANYONE, "real_ip_header proxy_protocol;", pool="ip_hash;", head="listen 80 proxy_protocol;"),
    "the proxy in front has a certificate": http(
        ANYONE, pool="ip_hash;", head="listen 443 ssl;\nssl_certificate a;\nssl_certificate_key a;\nssl_verify_client on;"
    ),
    "the true address is looked at": http(
        ANYONE,
        "geo $realip_remote_addr $front {\ndefault 0;\n10.0.9.0/24 1;\n}",
        pool="ip_hash;",
        location="if ($front = 0) { return 403; }",
    ),
    "replaced by a narrow one": http(ANYONE, pool="ip_hash;", head="listen 80;\nset_real_ip_from 10.0.9.1;"),
    "one server": http(ANYONE, pool="ip_hash;").replace("server 10.0.0.2:80;", "server 10.0.0.2:80 down;"),
    "nobody is let in": http(ANYONE, location="deny all;"),
    "allowed again": http(ANYONE, "deny 192.0.2.7;", location="allow all;"),
    "a limit of the whole": http(ANYONE, "limit_req_zone $server_name zone=all:1m rate=9r/s;", location="limit_req zone=all;"),
    "a limit that is tried out": http(ANYONE, ZONES, location="limit_req zone=each;\nlimit_req_dry_run on;"),
}


@pytest.mark.parametrize("case", SILENT)
def test_nginx_is_left_alone(case: str, tmp_path: Path) -> None:
    assert found("nginx", SILENT[case], tmp_path) == []


SET = "http-request set-src hdr(x-forwarded-for)"
LOUD_HAPROXY: dict[str, tuple[str, str]] = {
    "balance source": (haproxy(SET), "`balance source` of web"),
    "the first of the header": (haproxy("http-request set-src req.hdr_ip(X-Forwarded-For,1)"), "`balance source` of web"),
    "where the header is": (haproxy(f"{SET} if {{ hdr(x-forwarded-for) -m found }}"), "`balance source` of web"),
    "behind other rules": (haproxy("http-request set-header X-A b", SET, "http-request deny if { src 192.0.2.7 }"), "`balance source`"),
    "stick on src": (haproxy(SET, back=("stick-table type ip size 1m", "stick on src")), "`stick on src` of web"),
    "behind an acl about another thing": (
        haproxy("acl bot hdr(user-agent) -m sub bot", "http-request deny if bot", SET),
        "`balance source`",
    ),
    "another header of almost that name is removed": (haproxy("http-request del-header X-Forwarded-For-Old", SET), "`balance source`"),
    "in the backend behind it": (
        haproxy("acl bot hdr(user-agent) -m sub bot", "http-request deny if bot", back=("balance source", SET)),
        "`balance source` of web",
    ),
    "in the backend": (haproxy(back=("balance source", SET)), "`balance source` of web"),
}


@pytest.mark.parametrize("case", LOUD_HAPROXY)
def test_haproxy_believes_anyone(case: str, tmp_path: Path) -> None:
    text, words = LOUD_HAPROXY[case]
    (said,) = found("haproxy", text, tmp_path)
    assert words in said.message
    assert said.severity == "warning"
    assert "set-src" in text.split("\n")[said.location.line - 1]


SILENT_HAPROXY = {
    "of the proxy in front": haproxy(f"{SET} if {{ src 10.0.9.0/24 }}"),
    "by an acl": haproxy("acl ours src 10.0.9.0/24", f"{SET} if ours"),
    "others are turned away before": haproxy("http-request deny unless { src 10.0.9.0/24 }", SET),
    "others are not even let in": haproxy("tcp-request connection reject unless { src 10.0.9.0/24 }", SET),
    "the header of others is removed": haproxy("http-request del-header X-Forwarded-For", SET),
    "before the backend": haproxy("http-request deny unless { src 10.0.9.0/24 }", back=("balance source", SET)),
    "a secret": haproxy(f"{SET} if {{ hdr(x-secret) -m str abc }}"),
    "nothing goes by the source": haproxy(SET, back=("balance roundrobin",)),
    "loopback": haproxy(SET, bind="127.0.0.1:80"),
    "no header": haproxy("http-request set-src src,ipmask(24)"),
}


@pytest.mark.parametrize("case", SILENT_HAPROXY)
def test_haproxy_is_left_alone(case: str, tmp_path: Path) -> None:
    assert found("haproxy", SILENT_HAPROXY[case], tmp_path) == []


def test_many_rules_are_each_read_once() -> None:
    def work(rules: int) -> int:
        lines = "\n".join(f"set-src hdr(x-{number}) if {{ path /{number} }}" for number in range(rules))
        return steps(lambda: _unguarded(frozenset(), lines, ""))

    assert work(400) < 3 * work(200)
