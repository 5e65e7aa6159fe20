"""Where nginx's rules speak and how loud: the shapes of a defect that its page does not show."""

from pathlib import Path

import pytest
from nginx_texts import EIGHT, THREE, http, stream, whole
from rule_examples import read

from poise.model.needs import Needs
from poise.rules.engine import check

# configuration, rule, severity, the line that it stands at
CASES: dict[str, tuple[str, str, str, str]] = {
    "uncounted by time": (
        http("server 10.0.0.1:80 fail_timeout=0;\nserver 10.0.0.2:80 fail_timeout=0;\n"),
        "failures-not-counted",
        "warning",
        "server 10.0.0.1:80 fail_timeout=0;",
    ),
    "uncounted in stream": (
        stream("server 10.0.0.1:1;\nserver 10.0.0.2:1 max_fails=0;\n", "listen 1;"),
        "failures-not-counted",
        "warning",
        "server 10.0.0.2:1 max_fails=0;",
    ),
    "round robin in each worker": (whole(http(THREE)), "upstream-without-zone", "info", "upstream web {"),
    "as many workers as cores": (whole(http(THREE), "worker_processes auto;"), "upstream-without-zone", "info", "upstream web {"),
    "an empty key": (http('hash "";\n' + THREE), "hash-of-constant", "warning", 'hash "";'),
    "a map that was never filled": (
        http("hash $shard consistent;\n" + THREE, around="geo $shard {\ndefault one;\n10.0.0.0/8 one;\n}"),
        "hash-of-constant",
        "error",
        "hash $shard consistent;",
    ),
    "a map of what never changes": (
        http("hash $shard consistent;\n" + THREE, around="map $server_name $shard {\ndefault one;\nshop two;\n}"),
        "hash-of-constant",
        "error",
        "hash $shard consistent;",
    ),
    "a variable that is set once": (
        http("hash $shard;\n" + THREE, server="listen 80;\nset $shard web;"),
        "hash-of-constant",
        "error",
        "hash $shard;",
    ),
    "fewer keys than servers": (
        http("hash $kind;\n" + THREE, around="map $http_user_agent $kind {\ndefault human;\n~bot robot;\n}"),
        "hash-of-constant",
        "warning",
        "hash $kind;",
    ),
    "one host name": (
        http("hash $scheme$host consistent;\n" + THREE, server="listen 80;\nserver_name shop.example.com;"),
        "hash-of-constant",
        "warning",
        "hash $scheme$host consistent;",
    ),
    "a pool mistyped in a map": (
        whole(http(THREE, target="proxy_pass http://$pool;", around="map $http_x $pool {\ndefault web;\nv2 wbe;\n}")),
        "variable-without-resolver",
        "error",
        "v2 wbe;",
    ),
    "a split without a dollar": (
        f"upstream a {{\n{THREE}}}\n"
        + http(THREE, target="proxy_pass http://$part;", around="split_clients remote_addr $part {\n10% a;\n* web;\n}"),
        "hash-of-constant",
        "error",
        "split_clients remote_addr $part {",
    ),
    "a split by the name of the machine": (
        f"upstream a {{\n{THREE}}}\n"
        + http(THREE, target="proxy_pass http://$part;", around="split_clients ${hostname} $part {\n10% a;\n* web;\n}"),
        "hash-of-constant",
        "warning",
        "split_clients ${hostname} $part {",
    ),
    "a split that a map translates": (
        f"upstream small {{\n{THREE}}}\nmap $part $pool {{\ndefault web;\nb small;\n}}\n"
        + http(EIGHT, target="proxy_pass http://$pool;", around="split_clients $cookie_id $part {\n70% b;\n* a;\n}"),
        "split-out-of-proportion",
        "warning",
        "70% b;",
    ),
    "a name made of a split": (
        f"upstream pool_b {{\n{THREE}}}\nupstream pool_a {{\n{EIGHT}}}\n"
        + http(THREE, target="proxy_pass http://pool_$part;", around="split_clients $cookie_id:$remote_addr $part {\n50% b;\n* a;\n}"),
        "split-out-of-proportion",
        "info",
        "50% b;",
    ),
    "IPv6 of an IPv4 address": (
        http("server [::ffff:10.0.0.1]:80;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80;\n"),
        "duplicate-address",
        "error",
        "server 10.0.0.1:80;",
    ),
    "all but one drain": (
        "# for nginx 1.31\n" + http("zone web 64k;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80 drain;\nsticky cookie id;\n"),
        "most-servers-disabled",
        "error",
        "server 10.0.0.2:80 drain;",
    ),
    "sticky cookie with one value for two": (
        "# for nginx 1.31\n" + http("zone web 64k;\nserver 10.0.0.1:80 route=a;\nserver 10.0.0.2:80 route=a;\nsticky cookie id;\n"),
        "cookie-duplicate",
        "error",
        "server 10.0.0.2:80 route=a;",
    ),
    "HTTP/2 in stream by its port": (
        stream("server 10.0.0.1:50051;\nserver 10.0.0.2:50051;\n", "listen 1;"),
        "streams-per-connection",
        "warning",
        "proxy_pass web;",
    ),
    "a key of the listener": (http("hash $server_name;\n" + THREE), "hash-of-constant", "error", "hash $server_name;"),
    "ip_hash is no consistent hash": (http("ip_hash;\n" + THREE), "hash-map-based", "info", "ip_hash;"),
    "the proxy in front hides the clients": (
        http("ip_hash;\n" + THREE, server="listen 80 proxy_protocol;"),
        "source-behind-nat",
        "error",
        "ip_hash;",
    ),
    "a name in proxy_pass": (
        "server {\nlisten 80;\nlocation / {\nproxy_pass http://app.internal:8080;\n}\n}\n",
        "name-resolved-once",
        "warning",
        "proxy_pass http://app.internal:8080;",
    ),
    "a cloud load balancer": (
        http("server web-1.eu-west-1.elb.amazonaws.com:80;\n"),
        "name-resolved-once",
        "error",
        "server web-1.eu-west-1.elb.amazonaws.com:80;",
    ),
    "a name that nobody wrote": (
        whole("server {\nlisten 80;\nlocation / {\nproxy_pass http://$host;\n}\n}\n"),
        "variable-without-resolver",
        "warning",
        "proxy_pass http://$host;",
    ),
    "the name of the block is verified": (
        http(THREE.replace(":80", ":8443"), "proxy_ssl_verify on;", "proxy_pass https://web;"),
        "wrong-tls-name",
        "error",
        "proxy_pass https://web;",
    ),
    "plain HTTP to a TLS port": (http(THREE.replace(":80", ":443")), "scheme-port-mismatch", "error", "server 10.0.0.1:443;"),
    "the API may write": (
        "server {\nlisten 8080;\nlocation /api {\napi write=on;\n}\n}\n",
        "stats-open",
        "error",
        "api write=on;",
    ),
    "two machines under two spellings": (
        http("server 10.0.0.1;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80;\n"),
        "duplicate-address",
        "error",
        "server 10.0.0.1:80;",
    ),
    "all are down": (
        http("server 10.0.0.1:80 down;\nserver 10.0.0.2:80 down;\n"),
        "most-servers-disabled",
        "error",
        "server 10.0.0.1:80 down;",
    ),
    "one address, no block": (
        "server {\nlisten 80;\nlocation / {\nproxy_pass http://10.0.0.9:8080;\n}\n}\n",
        "single-server",
        "info",
        "proxy_pass http://10.0.0.9:8080;",
    ),
    "few connections": (whole(http(THREE), events="worker_connections 64;"), "few-worker-connections", "warning", "worker_connections 64;"),
    "a parameter of Plus": (
        http("server 10.0.0.1:80 slow_start=30s;\nserver 10.0.0.2:80;\n"),
        "directive-too-new",
        "info",
        "server 10.0.0.1:80 slow_start=30s;",
    ),
    "too new for the version named": (
        "# for nginx 1.22\n" + http("zone web 64k;\nleast_time header;\n" + THREE),
        "directive-too-new",
        "error",
        "least_time header;",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rule_severity_and_line(case: str, tmp_path: Path) -> None:
    text, rule, severity, line = CASES[case]
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    found = [f for f in check(read("nginx", file)[0], Needs()) if f.rule == rule]
    assert [(f.severity, text.split("\n")[f.location.line - 1]) for f in found] == [(severity, line)]


def named_once(text: str, tmp_path: Path) -> list[tuple[int, str]]:
    (tmp_path / "nginx.conf").write_text(text)
    topologies, could_not = read("nginx", tmp_path / "nginx.conf")
    assert not could_not
    return [(f.location.line, f.message) for f in check(topologies, Needs()) if f.rule == "name-resolved-once"]


def test_a_name_is_told_once_however_many_servers_and_targets_bear_it(tmp_path: Path) -> None:
    servers = "".join(f"server app.internal:{8000 + i};\n" for i in range(50))
    upstream = "upstream web {\n" + servers + "}\nserver { location / { proxy_pass http://web; } }\n"
    assert named_once(upstream, tmp_path) == [(2, "app.internal in web is looked up once, when nginx starts, for 50 servers")]
    targets = "".join(f"location /{i}/ {{ proxy_pass http://{'App' if i % 2 else 'app'}.internal:{8000 + i}/; }}\n" for i in range(50))
    told = named_once("server {\n" + targets + "location /o/ { proxy_pass http://other.internal; }\n}\n", tmp_path)
    assert told == [
        (2, "app.internal is looked up once, when nginx starts, here and in 49 more targets"),
        (52, "other.internal is looked up once, when nginx starts"),
    ]


def test_another_name_in_the_same_pool_and_a_literal_address_are_as_before(tmp_path: Path) -> None:
    text = "upstream web { server a.internal:80; server b.internal:80; server 10.0.0.1:80; }\n"
    text += "server { location / { proxy_pass http://web; } location /x { proxy_pass http://10.0.0.2:80; } }\n"
    assert named_once(text, tmp_path) == [(1, "a.internal and b.internal in web are looked up once, when nginx starts")]
