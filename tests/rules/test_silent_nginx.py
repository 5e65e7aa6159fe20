"""nginx configurations that look like a defect and are none, and good ones: a rule that speaks here would speak of nothing."""

from pathlib import Path

import pytest
from rule_examples import UNWRITTEN, read, refusals

from poise.model.finding import Finding
from poise.model.needs import Needs, PoolNeeds
from poise.rules import RULES
from poise.rules.engine import check

PLAIN = ("server 10.0.0.1:8080;", "server 10.0.0.2:8080;")
THREE = (*PLAIN, "server 10.0.0.3:8080;")


def upstream(*lines: str, name: str = "web") -> str:
    return f"upstream {name} {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def server(*lines: str, target: str = "http://web", path: str = "/", head: tuple[str, ...] = ("listen 80;",)) -> str:
    inside = "".join(f"        {line}\n" for line in lines)
    return (
        "server {\n"
        + "".join(f"    {line}\n" for line in head)
        + f"    location {path} {{\n        proxy_pass {target};\n{inside}    }}\n}}\n"
    )


def whole(text: str, workers: str = "auto") -> str:
    return f"worker_processes {workers};\nevents {{ worker_connections 1024; }}\nhttp {{\n{text}}}\n"


def stream(text: str) -> str:
    return f"events {{}}\nstream {{\n{text}}}\n"


KEPT = ("proxy_http_version 1.1;", 'proxy_set_header Connection "";')
WEBSOCKETS = (
    "map $http_upgrade $connection_upgrade {\n    default upgrade;\n    '' close;\n}\n"
    + upstream("ip_hash;", *PLAIN)
    + server(
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_read_timeout 3600s;",
    )
)

TWINS: dict[str, str | tuple[str, PoolNeeds]] = {
    # A machine twice the size.
    "uneven-weights": upstream("server 10.0.0.1:8080 weight=2;", "server 10.0.0.2:8080;", "server 10.0.0.3:8080;") + server(),
    # The second line is out of use.
    "duplicate-address": upstream(*PLAIN, "server 10.0.0.1:8080 down;") + server(),
    "hash-map-based": (upstream("hash $request_uri;", *THREE) + server(), PoolNeeds(sticky=False)),
    "max-share-exceeded": (upstream(*THREE) + server(), PoolNeeds(max_share=0.34)),
    "most-servers-backup": upstream("server 10.0.0.1:8080;", "server 10.0.0.2:8080 backup;") + server(),
    "most-servers-disabled": upstream(*THREE, "server 10.0.0.4:8080 down;") + server(),
    # An application on the same host.
    "single-server": upstream("server 127.0.0.1:3000;") + server(),
    # The proxy in front passes the clients' addresses on, and nginx takes them.
    "source-behind-nat": (
        upstream("ip_hash;", *PLAIN) + server(head=("listen 80;", "set_real_ip_from 10.0.9.0/24;", "real_ip_header X-Forwarded-For;")),
        PoolNeeds(clients_behind_nat=True),
    ),
    "hash-of-constant": upstream("hash $scheme$request_uri consistent;", *PLAIN) + server(),
    "upstream-without-zone": whole(upstream("random two least_conn;", *THREE) + server(), workers="1"),
    "name-resolved-once": "resolver 10.0.0.53;\n" + server("set $app app.internal;", target="http://$app:8080"),
    # A single server is asked anyway; guides write it for local applications.
    "failures-not-counted": upstream("server unix:/run/app.sock fail_timeout=0;") + server(),
    "long-fail-timeout": upstream("server 10.0.0.1:8080 fail_timeout=60s;", "server 10.0.0.2:8080 fail_timeout=60s;") + server(),
    "failure-limits-ignored": upstream("server unix:/run/app.sock fail_timeout=0;") + server(),
    "loss-overloads": (
        upstream(*THREE) + server(),
        PoolNeeds(survive=1, peak_requests_per_second=100, service_time_ms=40, concurrency_per_server=32),
    ),
    # A smaller machine with a smaller weight.
    "odd-maxconn": upstream(
        "zone web 64k;",
        "server 10.0.0.1:8080 weight=2 max_conns=200;",
        "server 10.0.0.2:8080 weight=2 max_conns=200;",
        "server 10.0.0.3:8080 max_conns=60;",
    )
    + server(),
    "max-conns-per-worker": whole(
        upstream("server 10.0.0.1:8080 max_conns=100;", "server 10.0.0.2:8080 max_conns=100;") + server(), workers="1"
    ),
    # A server without a limit takes the rest.
    "max-conns-below-need": upstream("zone web 64k;", "server 10.0.0.1:8080 max_conns=4;", "server 10.0.0.2:8080;") + server(),
    "stats-open": upstream(*PLAIN) + server(head=("listen 127.0.0.1:8081;", "location = /nginx_status {", "    stub_status;", "}")),
    # The same host.
    "unverified-server-tls": upstream("server 127.0.0.1:8443;")
    + server("proxy_ssl_server_name on;", "proxy_ssl_name app.internal;", target="https://web"),
    "retry-amplification": upstream(*(f"server 10.0.0.{i}:8080 max_fails=5;" for i in range(1, 9)))
    + server("proxy_next_upstream error timeout http_503;", "proxy_next_upstream_tries 2;", "proxy_read_timeout 300s;"),
    "retry-duplicates": (upstream(*PLAIN) + server("proxy_next_upstream error timeout non_idempotent;"), PoolNeeds(idempotent=True)),
    # 404 is never counted against a server: measured.
    "bad-answers-ban-servers": upstream(*THREE) + server("proxy_next_upstream error timeout http_404;"),
    # There is no other server.
    "no-failover": upstream("server 127.0.0.1:3000;") + server("proxy_next_upstream off;"),
    "retry-window-too-short": upstream(*PLAIN) + server("proxy_connect_timeout 2s;", "proxy_next_upstream_timeout 10s;"),
    # From 1.29.7 on both lines are the default.
    "keepalive-without-effect": "# for nginx 1.30\n" + upstream(*PLAIN, "keepalive 32;") + server(),
    "keepalive-too-small": "# for nginx 1.30\n" + upstream("server 127.0.0.1:3000;", "keepalive 1;") + server(),
    "keepalive-too-large": whole(upstream("zone web 64k;", *PLAIN, "keepalive 256;") + server(*KEPT)),
    "connection-per-request": (upstream(*PLAIN) + server(), PoolNeeds(peak_requests_per_second=300)),
    "method-after-keepalive": "# for nginx 1.30\n" + upstream(*PLAIN, "keepalive 32;", "least_conn;") + server(),
    "balancing-method-redefined": upstream("least_conn;", *PLAIN) + upstream("ip_hash;", *PLAIN, name="other") + server(),
    "upgrade-incomplete": WEBSOCKETS,
    "upgrade-cut-by-timeout": WEBSOCKETS,
    "long-connect-timeout": upstream("server 127.0.0.1:3000;") + server("proxy_connect_timeout 300s;"),
    # There is no other server that could be asked.
    "short-read-timeout": upstream("server 127.0.0.1:3000;") + server("proxy_read_timeout 1s;"),
    "server-timeout-too-short": (upstream(*PLAIN) + server("proxy_read_timeout 10s;"), PoolNeeds(service_time_ms=8000)),
    # Events that a client listens to for hours.
    "long-read-timeout": upstream(*PLAIN) + server("proxy_buffering off;", "proxy_read_timeout 1h;"),
    # A session protocol with a short timeout.
    "udp-without-responses": stream(
        upstream("server 10.0.0.1:51820;", "server 10.0.0.2:51820;", name="vpn")
        + "server {\n    listen 51820 udp;\n    proxy_timeout 30s;\n    proxy_pass vpn;\n}\n"
    ),
    # Port 80 is meant, written or not.
    "server-port-missing": upstream("server 10.0.0.1:80;", "server 10.0.0.2;", "server 10.0.0.3;") + server(),
    # An address has one weight.
    "name-weight-multiplied": upstream("server 10.0.0.1:8080 weight=2;", "server 10.0.0.2:8080 weight=2;") + server(),
    # The map's values are declared pools: nothing is looked up.
    "variable-without-resolver": "map $http_x_version $pool {\n    default web;\n    next other;\n}\n"
    + upstream(*PLAIN)
    + upstream(*THREE, name="other")
    + server(target="http://$pool"),
    "resolver-keeps-answers": "resolver 10.0.0.53 valid=1h;\n" + upstream(*PLAIN) + server(),
    # Addresses need no name.
    "wrong-tls-name": upstream("server 10.0.0.1:8443;", "server 10.0.0.2:8443;") + server(target="https://web"),
    "scheme-port-mismatch": upstream("server 10.0.0.1:8443;", "server 10.0.0.2:8443;") + server(target="https://web"),
    "directive-too-new": "# for nginx 1.30\n" + upstream("zone web 64k;", "sticky cookie srv_id expires=1h;", *PLAIN) + server(),
    # The only server of its pool: there is no balancing to pass.
    "upstream-bypassed": upstream("server 10.0.0.1:8080;") + server(target="http://10.0.0.1:8080"),
    "pool-name-as-host": upstream(*PLAIN, name="web_app") + server("proxy_set_header Host $host;", target="http://web_app"),
    "split-clients-incomplete": "split_clients $remote_addr $pool {\n    0.5% other;\n    99.5% web;\n}\n"
    + upstream(*PLAIN)
    + upstream(*THREE, name="other")
    + server(target="http://$pool"),
    # One name on two ports: the first is for the redirect to the second.
    "server-name-conflict": upstream(*PLAIN)
    + server(head=("listen 8443;", "server_name shop.example.com;"))
    + "server {\n    listen 80;\n    server_name shop.example.com;\n    return 301 https://shop.example.com$request_uri;\n}\n",
    # The variable may name any of them.
    "pool-without-route": whole(upstream(*PLAIN) + server(target="http://$http_x_pool", head=("listen 80;", "resolver 10.0.0.53;"))),
    "streams-per-connection": stream(
        upstream("server 10.0.0.1:5432;", "server 10.0.0.2:5432;", name="db") + "server {\n    listen 5432;\n    proxy_pass db;\n}\n"
    ),
    # A canary: fewer servers, and each has less to do than those of the large pool.
    "split-out-of-proportion": "split_clients $cookie_id $pool {\n    5% other;\n    * web;\n}\n"
    + upstream(*PLAIN, name="other")
    + upstream(*(f"server 10.0.0.{i}:8080;" for i in range(1, 9)))
    + server(target="http://$pool"),
    # nginx makes up the value where no `route=` says it.
    "cookie-partial": "# for nginx 1.30\n"
    + upstream("zone web 64k;", "server 10.0.0.1:8080 route=a;", "server 10.0.0.2:8080;", "sticky cookie srv_id;")
    + server(),
    # The second is out of use.
    "cookie-duplicate": "# for nginx 1.30\n"
    + upstream("zone web 64k;", "server 10.0.0.1:8080 route=a;", "server 10.0.0.2:8080 route=a down;", "sticky route $cookie_node;")
    + server(),
    # Each client has a limit of its own.
    "rate-limit-below-peak": (
        whole(
            "limit_req_zone $binary_remote_addr zone=each:1m rate=10r/s;\nlimit_conn_zone $server_name zone=all:1m;\n"
            + upstream(*PLAIN)
            + server("limit_req zone=each burst=20;", "limit_conn all 1000;")
        ),
        PoolNeeds(peak_requests_per_second=400, service_time_ms=100),
    ),
    # What is left is told that by this host itself.
    "backup-capacity": (
        upstream(*PLAIN, "server 127.0.0.1:8081 backup;") + server(),
        PoolNeeds(peak_requests_per_second=400, service_time_ms=100, concurrency_per_server=30),
    ),
    "hot-key-unbounded": (upstream("hash $uri consistent;", *THREE) + server(), PoolNeeds(hot_key_share=0.1)),
    # All senders are private networks or the proxy on this machine.
    "client-address-from-anyone": upstream("ip_hash;", *PLAIN)
    + server(
        head=(
            "listen 80;",
            "set_real_ip_from 10.0.0.0/8;",
            "set_real_ip_from unix:;",
            "set_real_ip_from fd00::/8;",
            "real_ip_header X-Forwarded-For;",
            "real_ip_recursive on;",
        )
    ),
    # A file that passes nothing on.
    "few-worker-connections": "events { worker_connections 64; }\nhttp { server { listen 80; return 204; } }\n",
    "survive-impossible": (upstream(*PLAIN) + server(), PoolNeeds(survive=1)),
    "sticky-unbound": (upstream("ip_hash;", *PLAIN) + server(), PoolNeeds(sticky=True)),
}

GOOD: dict[str, str] = {
    "the smallest": upstream(*PLAIN) + server(),
    "an application on the same host": server("proxy_set_header Host $host;", target="http://127.0.0.1:3000"),
    "what guides recommend": upstream(
        "zone web 64k;",
        "least_conn;",
        "server 10.0.0.1:8080 max_fails=3 fail_timeout=30s;",
        "server 10.0.0.2:8080 max_fails=3 fail_timeout=30s;",
        "server 10.0.1.1:8080 backup;",
        "keepalive 32;",
    )
    + server(
        "proxy_http_version 1.1;",
        'proxy_set_header Connection "";',
        "proxy_set_header Host $host;",
        "proxy_set_header X-Real-IP $remote_addr;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        "proxy_connect_timeout 5s;",
        "proxy_read_timeout 60s;",
        "proxy_next_upstream error timeout http_502 http_503 http_504;",
        "proxy_next_upstream_tries 2;",
    ),
    "WebSockets": WEBSOCKETS,
    "TLS to the servers": upstream("server 10.0.0.1:8443;", "server 10.0.0.2:8443;")
    + server(
        "proxy_ssl_verify on;",
        "proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;",
        "proxy_ssl_server_name on;",
        "proxy_ssl_name app.internal;",
        target="https://web",
    ),
    "PHP": """\
server {
    listen 80;
    root /srv/www;
    location ~ \\.php$ {
        include /etc/nginx/fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/php-fpm.sock;
    }
}
""",
    "a database in stream": stream(
        upstream("zone db 64k;", "server 10.0.0.1:5432;", "server 10.0.0.2:5432 backup;", name="db")
        + "server {\n    listen 5432;\n    proxy_connect_timeout 1s;\n    proxy_timeout 1h;\n    proxy_pass db;\n}\n"
    ),
}


def findings(text: str, needs: PoolNeeds | None, folder: Path) -> tuple[Finding, ...]:
    file = folder / "nginx.conf"
    file.write_text(text)
    topologies, could_not = read("nginx", file)
    assert could_not == ()
    found = check(topologies, Needs(pool={"web": needs} if needs else {}))
    return tuple(f for f in found if f.severity != "info" or f.rule not in UNWRITTEN)


def test_every_rule_has_a_twin() -> None:
    # Rules about two layers or a change have theirs in test_silent_changes.py.
    assert set(TWINS) == {e.name for e in RULES.entries if "nginx" in e.products and e.theme not in ("changes", "chains")}


@pytest.mark.parametrize("name", TWINS)
def test_silent_on_its_twin(name: str, tmp_path: Path) -> None:
    twin = TWINS[name]
    text, needs = twin if isinstance(twin, tuple) else (twin, None)
    assert name not in {f.rule for f in findings(text, needs, tmp_path)}
    assert refusals("nginx", tmp_path / "nginx.conf") == []


@pytest.mark.parametrize("name", GOOD)
def test_good_configurations_are_silent(name: str, tmp_path: Path) -> None:
    assert [f"{f.severity}: {f.message}" for f in findings(GOOD[name], None, tmp_path)] == []
    assert refusals("nginx", tmp_path / "nginx.conf") == []


@pytest.mark.parametrize("name", [name for name in GOOD if name != "a database in stream"])
def test_whole_files_with_many_workers_have_no_warning(name: str, tmp_path: Path) -> None:
    assert [f.message for f in findings(whole(GOOD[name]), None, tmp_path) if f.severity != "info"] == []
