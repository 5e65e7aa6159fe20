"""Where nginx's rules speak and how loud: the shapes of a defect that its page does not show."""

from pathlib import Path

import pytest
from rule_examples import read

from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.rules.engine import check

THREE = "server 10.0.0.1:80;\nserver 10.0.0.2:80;\nserver 10.0.0.3:80;\n"
EIGHT = "".join(f"server 10.0.0.{i}:80;\n" for i in range(1, 9))


def http(upstream: str, location: str = "", target: str = "proxy_pass http://web;", server: str = "listen 80;", around: str = "") -> str:
    return f"{around}\nupstream web {{\n{upstream}}}\nserver {{\n{server}\nlocation / {{\n{target}\n{location}\n}}\n}}\n"


def whole(text: str, main: str = "worker_processes 4;", events: str = "worker_connections 1024;") -> str:
    return f"{main}\nevents {{\n{events}\n}}\nhttp {{\n{text}}}\n"


def stream(upstream: str, server: str) -> str:
    return f"events {{}}\nstream {{\nupstream web {{\n{upstream}}}\nserver {{\n{server}\nproxy_pass web;\n}}\n}}\n"


# configuration, rule, severity, the line that it stands at
CASES: dict[str, tuple[str, str, str, str]] = {
    "ban by FastCGI": (
        http(THREE, "fastcgi_next_upstream error http_500;", "fastcgi_pass web;\nfastcgi_param A b;"),
        "bad-answers-ban-servers",
        "error",
        "fastcgi_next_upstream error http_500;",
    ),
    "ban from the http level": (
        http(THREE, around="proxy_next_upstream error http_500;"),
        "bad-answers-ban-servers",
        "error",
        "proxy_next_upstream error http_500;",
    ),
    "ban after several": (
        http(THREE.replace(";", " max_fails=5;"), "proxy_next_upstream error http_500;"),
        "bad-answers-ban-servers",
        "warning",
        "proxy_next_upstream error http_500;",
    ),
    "no failover by tries": (http(THREE, "proxy_next_upstream_tries 1;"), "no-failover", "warning", "proxy_next_upstream_tries 1;"),
    "no failover without error": (http(THREE, "proxy_next_upstream timeout;"), "no-failover", "warning", "proxy_next_upstream timeout;"),
    "no failover in stream": (
        stream(THREE, "listen 1;\nproxy_next_upstream off;"),
        "no-failover",
        "warning",
        "proxy_next_upstream off;",
    ),
    "missing pages asked of all": (
        http(THREE, "proxy_next_upstream http_404 error;"),
        "retry-amplification",
        "info",
        "proxy_next_upstream http_404 error;",
    ),
    "attempts without limit, written": (
        http(EIGHT, "proxy_next_upstream_tries 0;"),
        "retry-amplification",
        "warning",
        "proxy_next_upstream_tries 0;",
    ),
    "attempts of long requests": (http(EIGHT, "proxy_read_timeout 10m;"), "retry-amplification", "warning", "proxy_read_timeout 10m;"),
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
    "headers of a location in place of the http level's": (
        "# for nginx 1.28\n"
        + whole(
            http(
                THREE + "keepalive 8;\n",
                "proxy_set_header Host $host;\nproxy_set_header X-Real-IP $remote_addr;",
                around='proxy_http_version 1.1;\nproxy_set_header Host $http_host;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header Host $host;",
    ),
    "headers of a server block in place of the http level's": (
        "# for nginx 1.28\n"
        + whole(
            http(
                THREE + "keepalive 8;\n",
                server="listen 80;\nproxy_set_header X-Real-IP $remote_addr;",
                around='proxy_http_version 1.1;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header X-Real-IP $remote_addr;",
    ),
    "no header is inherited": (
        "# for nginx 1.28\n"
        + http(THREE + "keepalive 8;\n", "proxy_set_header X-A b;", server="listen 80;\nproxy_set_header Host $host;", around=""),
        "keepalive-without-effect",
        "warning",
        "keepalive 8;",
    ),
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
    "kept connections switched off": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 0;\n"),
        "connection-per-request",
        "info",
        "keepalive 0;",
    ),
    "a handshake for each request": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 0;\n", target="grpc_pass grpcs://web;"),
        "connection-per-request",
        "warning",
        "keepalive 0;",
    ),
    "kept connections never asked for": (
        "# for nginx 1.28\n" + http(THREE) + f"upstream kept {{\n{THREE}keepalive 8;\n}}\n",
        "connection-per-request",
        "info",
        "upstream web {",
    ),
    "a minute to connect, in stream": (stream(THREE, "listen 1;"), "long-connect-timeout", "info", "proxy_pass web;"),
    "a minute to connect, in one place": (
        http(THREE, "}\nlocation /b {\nproxy_pass http://web;", target="proxy_connect_timeout 2s;\nproxy_pass http://web;"),
        "long-connect-timeout",
        "info",
        "proxy_pass http://web;",
    ),
    "eight servers in turn": (http(EIGHT, "proxy_read_timeout 20s;"), "retry-amplification", "info", "proxy_pass http://web;"),
    "eight servers, a limit that does not bind": (
        http(EIGHT, "proxy_next_upstream error timeout;\nproxy_next_upstream_timeout 1h;"),
        "retry-amplification",
        "info",
        "proxy_next_upstream error timeout;",
    ),
    "no failover for one path": (
        http(THREE, "}\nlocation = /pay {\nproxy_pass http://web;\nproxy_next_upstream off;"),
        "no-failover",
        "info",
        "proxy_next_upstream off;",
    ),
    "no failover for two paths by one line": (
        http(
            THREE,
            target="}\nlocation /a {\nproxy_pass http://web;\n}\nlocation /b {\nproxy_pass http://web;",
            server="proxy_next_upstream off;",
        ),
        "no-failover",
        "warning",
        "proxy_next_upstream off;",
    ),
    "two seconds for one path": (
        http(THREE, "}\nlocation /suggest {\nproxy_pass http://web;\nproxy_read_timeout 2s;"),
        "short-read-timeout",
        "info",
        "proxy_read_timeout 2s;",
    ),
    "an hour for WebSockets and all else": (
        http(
            THREE,
            "}\nlocation /api/ {\nproxy_pass http://web;\n}\nlocation /ws/ {\nproxy_pass http://web;",
            server="proxy_read_timeout 2h;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;",
        ),
        "long-read-timeout",
        "info",
        "proxy_read_timeout 2h;",
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
    "a location that loses the header": (
        http(
            THREE + "keepalive 32;\n",
            "proxy_set_header Host $host;",
            server='listen 80;\nproxy_http_version 1.1;\nproxy_set_header Connection "";',
        ),
        "keepalive-without-effect",
        "warning",
        "proxy_set_header Host $host;",
    ),
    "HTTP/1.0 in the newest version": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 32;\n", "proxy_http_version 1.0;"),
        "keepalive-without-effect",
        "warning",
        "proxy_http_version 1.0;",
    ),
    "the newest version told to close": (
        "# for nginx 1.31\n" + http(THREE, 'proxy_set_header Host $host;\nproxy_set_header Connection "close";'),
        "keepalive-without-effect",
        "info",
        'proxy_set_header Connection "close";',
    ),
    "closed by a map for all but WebSockets": (
        http(
            THREE + "keepalive 32;\n",
            "proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection $upgraded;",
            around="map $http_upgrade $upgraded {\ndefault upgrade;\n'' close;\n}",
        ),
        "keepalive-without-effect",
        "info",
        "proxy_set_header Connection $upgraded;",
    ),
    "kept for no time": (
        "# for nginx 1.31\n" + http(THREE + "keepalive 32;\nkeepalive_timeout 0;\n"),
        "keepalive-too-small",
        "warning",
        "keepalive_timeout 0;",
    ),
    "one attempt, for two locations by one line": (
        http(
            THREE,
            target="}\nlocation /a {\nproxy_pass http://web;\n}\nlocation /b {\nproxy_pass http://web;",
            around="proxy_next_upstream_tries 1;",
        ),
        "no-failover",
        "warning",
        "proxy_next_upstream_tries 1;",
    ),
    "uwsgi, told by its directive alone": (
        http(THREE, "uwsgi_next_upstream off;", "uwsgi_pass web;"),
        "no-failover",
        "warning",
        "uwsgi_next_upstream off;",
    ),
    "FastCGI keeps no connection": (
        http(THREE + "keepalive 32;\n", target="fastcgi_pass web;\nfastcgi_param A b;"),
        "keepalive-without-effect",
        "warning",
        "keepalive 32;",
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
    "a quarter of the connections": (
        whole(
            http(
                "zone web 64k;\nserver 10.0.0.1:80 max_conns=8;\nserver 10.0.0.2:80 max_conns=8;\nkeepalive 16;\n",
                'proxy_http_version 1.1;\nproxy_set_header Connection "";',
            )
        ),
        "keepalive-too-large",
        "info",
        "keepalive 16;",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rule_severity_and_line(case: str, tmp_path: Path) -> None:
    text, rule, severity, line = CASES[case]
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    found = [f for f in check(read("nginx", file)[0], Needs()) if f.rule == rule]
    assert [(f.severity, text.split("\n")[f.location.line - 1]) for f in found] == [(severity, line)]


NEEDS: dict[str, tuple[str, PoolNeeds, str, str]] = {
    "too few for the peak": (
        http("zone web 64k;\nserver 10.0.0.1:80 max_conns=20;\nserver 10.0.0.2:80 max_conns=20;\n"),
        PoolNeeds(peak_requests_per_second=1200, service_time_ms=40),
        "max-conns-below-need",
        "error",
    ),
    "read timeout below what was promised": (
        http(THREE, "grpc_read_timeout 3s;", "grpc_pass web;"),
        PoolNeeds(objectives=Objectives(latency_p99_ms=5000)),
        "server-timeout-too-short",
        "warning",
    ),
    "read timeout below the service time": (
        http(THREE, "proxy_read_timeout 5s;"),
        PoolNeeds(service_time_ms=8000),
        "server-timeout-too-short",
        "error",
    ),
    "a hash of the address behind NAT": (
        http("hash $binary_remote_addr consistent;\n" + THREE),
        PoolNeeds(clients_behind_nat=True),
        "source-behind-nat",
        "error",
    ),
    "sticky by the client's port": (
        http("hash $remote_addr:$remote_port consistent;\n" + THREE),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "sticky by a name for the request": (
        http("hash $key consistent;\n" + THREE, server="listen 80;\nset $key $request_id;"),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "sticky behind a split of requests": (
        f"upstream a {{\nip_hash;\n{THREE}}}\n"
        + http("ip_hash;\n" + THREE, target="proxy_pass http://$part;", around="split_clients $request_id $part {\n10% a;\n* web;\n}"),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "a limit of all below the peak": (
        whole(http(THREE, "limit_req zone=all;", around="limit_req_zone $hostname zone=all:1m rate=3000r/m;")),
        PoolNeeds(peak_requests_per_second=60),
        "rate-limit-below-peak",
        "error",
    ),
    "a limit of what is at work at once": (
        whole(http(THREE, server="listen 80;\nlimit_conn all 20;", around='limit_conn_zone "all" zone=all:1m;')),
        PoolNeeds(peak_requests_per_second=500, service_time_ms=100),
        "rate-limit-below-peak",
        "error",
    ),
    "backups that must carry everything": (
        http(THREE + "server 10.0.1.1:80 backup;\n"),
        PoolNeeds(survive=3, peak_requests_per_second=300, service_time_ms=100, concurrency_per_server=20),
        "backup-capacity",
        "error",
    ),
    "sticky by page": (http("hash $request_uri consistent;\n" + THREE), PoolNeeds(sticky=True), "sticky-unbound", "info"),
    "the pool and not one of its equals": (
        http(THREE),
        PoolNeeds(survive=1, peak_requests_per_second=900, service_time_ms=100, concurrency_per_server=40),
        "loss-overloads",
        "error",
    ),
    "an hour for an application that promises less": (
        http(
            THREE,
            "}\nlocation /hub {\nproxy_pass http://web;",
            server="proxy_read_timeout 1h;\nproxy_set_header Upgrade $http_upgrade;",
        ),
        PoolNeeds(service_time_ms=80),
        "long-read-timeout",
        "warning",
    ),
    "sticky and a hash that reshuffles": (http("hash $cookie_id;\n" + THREE), PoolNeeds(sticky=True), "hash-map-based", "error"),
    "workers too few for the peak": (
        whole(http("zone web 64k;\n" + THREE)),
        PoolNeeds(peak_requests_per_second=10_000, service_time_ms=500, concurrency_per_server=5000),
        "few-worker-connections",
        "warning",
    ),
}


@pytest.mark.parametrize("case", NEEDS)
def test_what_the_needs_turn_into_a_finding(case: str, tmp_path: Path) -> None:
    text, wants, rule, severity = NEEDS[case]
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    topologies, could_not = read("nginx", file)
    assert could_not == ()
    assert [f.severity for f in check(topologies, Needs(pool={"web": wants})) if f.rule == rule] == [severity]
    assert rule not in {f.rule for f in check(topologies, Needs()) if f.severity == severity}
