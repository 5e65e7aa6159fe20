"""Keys that nothing fills: nginx deals in turn, though the line promises that clients stay with their server."""

from pathlib import Path

import pytest
from rule_examples import read

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.rules.engine import check

PLAIN = "listen 8080;"
TLS = "listen 443 ssl; ssl_certificate a.pem; ssl_certificate_key a.key;"


def pool(key: str) -> str:
    return f"upstream web {{\nhash {key} consistent;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80;\nserver 10.0.0.3:80;\n}}\n"


def server(head: str, *lines: str, path: str = "/", target: str = "http://web") -> str:
    return f"server {{\n{head}\nlocation {path} {{\n{' '.join(lines)}\nproxy_pass {target};\n}}\n}}\n"


def http(*parts: str) -> str:
    return "events {}\nhttp {\n" + "".join(parts) + "}\n"


def stream(*parts: str) -> str:
    return "events {}\nstream {\n" + "".join(parts) + "}\n"


def through(head: str) -> str:
    return f"server {{\n{head}\nproxy_pass web;\n}}\n"


def found(text: str, folder: Path) -> list[Finding]:
    (folder / "nginx.conf").write_text(text)
    topologies, could_not = read("nginx", folder / "nginx.conf")
    assert could_not == ()
    return [f for f in check(topologies, Needs()) if f.rule == "hash-of-constant"]


EMPTY: dict[str, tuple[str, str]] = {
    "the session of a TLS that ended before": (http(pool("$ssl_session_id"), server(PLAIN)), "no listener in front of it takes TLS"),
    "in a file of a site": (pool("${ssl_server_name}") + server(PLAIN), "no listener in front of it takes TLS"),
    "two variables": (http(pool("$ssl_client_s_dn$ssl_session_id"), server(PLAIN)), "`$ssl_client_s_dn` has no value"),
    "another listener, of another pool, takes TLS": (
        http(pool("$https"), server(PLAIN), server(TLS, target="http://10.0.0.9")),
        "no listener in front of it takes TLS",
    ),
    "by a map": (
        http("map $ssl_client_s_dn $who {\ndefault $ssl_client_serial;\nx $ssl_cipher;\n}\n", pool("$who"), server(PLAIN)),
        "no listener in front of it takes TLS",
    ),
    "by set": (http(pool("$who"), server(PLAIN, "set $who $ssl_session_id;")), "no listener in front of it takes TLS"),
    "a certificate that nobody asks for": (http(pool("$ssl_client_fingerprint"), server(TLS)), "`ssl_verify_client` is off"),
    "the PROXY protocol that is not taken": (http(pool("$proxy_protocol_addr"), server(PLAIN)), "takes the PROXY protocol"),
    "a cookie that the server has yet to set": (http(pool("$upstream_cookie_sid"), server(TLS)), "no server has answered yet"),
    "HTTP/2 that is not spoken": (http(pool("$http2"), server(TLS)), "no listener speaks HTTP/2"),
    "names of a TLS that is not looked at": (stream(pool("$ssl_preread_server_name"), through(PLAIN)), "`ssl_preread` is off"),
    "TLS in stream": (stream(pool("$ssl_session_id"), through(PLAIN)), "no listener in front of it takes TLS"),
}


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_key_is_told_with_its_reason(case: str, tmp_path: Path) -> None:
    text, reason = EMPTY[case]
    (said,) = found(text, tmp_path)
    assert said.severity == "warning"
    assert "is always empty" in said.message
    assert reason in said.message
    assert text.split("\n")[said.location.line - 1].startswith("hash ")


@pytest.mark.parametrize(
    "text",
    [
        http("map $ssl_server_name $shard {\ndefault a;\nx b;\n}\n", pool("$shard"), server(PLAIN)),
        http(pool("shard-$ssl_server_name"), server(PLAIN)),
    ],
    ids=["a map of nothing", "nothing behind a text"],
)
def test_a_key_with_nothing_to_tell_requests_apart_pins_them(text: str, tmp_path: Path) -> None:
    (said,) = found(text, tmp_path)
    assert said.severity == "error"
    assert "one server gets 100 %" in said.message


VERIFIED = TLS + " ssl_client_certificate ca.pem; ssl_verify_client optional;"
SILENT = {
    "TLS": http(pool("$ssl_session_id"), server(TLS)),
    "one of two listeners takes TLS": http(pool("$ssl_session_id"), server(PLAIN), server(TLS)),
    # Measured: `ssl` of one server block holds for all that share the address.
    "the address speaks TLS by another server block": http(
        pool("$ssl_session_id"), server(TLS.replace("443 ssl", "443")), server(TLS + " server_name b;", target="http://10.0.0.9")
    ),
    "TLS by the old directive": pool("$ssl_session_id") + server("listen 8443; ssl on; ssl_certificate a; ssl_certificate_key b;"),
    "port 443 of a fragment": pool("$ssl_session_id") + server("listen 443;"),
    "a fallback to the address": http(
        'map $ssl_session_id $who {\n"" $remote_addr;\ndefault $ssl_session_id;\n}\n', pool("$who"), server(PLAIN)
    ),
    "beside what differs": http(pool("$ssl_session_id$request_uri"), server(PLAIN)),
    "any pool by a variable behind TLS": http(
        pool("$ssl_session_id"), server(PLAIN), server(TLS, "resolver 10.0.0.53;", target="http://$http_x_pool")
    ),
    "certificates": http(pool("$ssl_client_s_dn"), server(VERIFIED)),
    "certificates by another server block": http(
        pool("$ssl_client_s_dn"), server(TLS + " server_name a;"), server(VERIFIED + " server_name b;", target="http://10.0.0.9")
    ),
    "the PROXY protocol": http(pool("$proxy_protocol_addr"), server("listen 8080 proxy_protocol;")),
    "HTTP/2": http(pool("$http2$remote_addr"), server(TLS.replace("ssl;", "ssl http2;", 1))),
    "names of TLS that are looked at": stream("ssl_preread on;\n", pool("$ssl_preread_server_name"), through(PLAIN)),
    # What the server before answered, read on the way to the next.
    "behind an X-Accel-Redirect": http(
        pool("$shard"),
        server(PLAIN, target="http://10.0.0.9"),
        server("listen 81;", "internal;", "set $shard $upstream_http_x_shard;", path="/internal"),
    ),
    "a variable of the configuration's own": http(
        "geo $ssl_room {\ndefault a;\n10.0.0.0/9 b;\n10.128.0.0/9 c;\n}\n", pool("$ssl_room"), server(PLAIN)
    ),
    "a variable that a subrequest fills": http(
        pool("$user"), server(PLAIN, 'set $user "";', "auth_request /who;", "auth_request_set $user $upstream_http_x_user;")
    ),
    "a variable that a script fills": http(pool("$shard"), server(PLAIN, 'set $shard "";', "access_by_lua_file shard.lua;")),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_key_that_may_have_a_value_is_left_alone(case: str, tmp_path: Path) -> None:
    assert found(SILENT[case], tmp_path) == []
