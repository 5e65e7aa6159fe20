"""What an nginx configuration means: pools, servers, routes with what they inherit, listeners, status pages, versions, templates."""

from datetime import timedelta

import pytest
from lowered_nginx import cut, read, routes, whole

from poise.model.topology import Listener, Topology

UPSTREAM = """\
upstream web {
    zone web 64k;
    hash $request_uri consistent;
    server 10.0.0.1 weight=5 max_conns=100;
    server 10.0.0.1 max_fails=0 fail_timeout=1m;
    server unix:/run/app.sock backup;
    server [::1]:8080 down;
    keepalive 32;
}
"""


def test_an_upstream_with_its_servers() -> None:
    topology = read(UPSTREAM)
    assert topology.could_not
    text = UPSTREAM.replace("    server unix:/run/app.sock backup;\n", "    server unix:/run/app.sock;\n")
    topology = read(text)
    assert topology.could_not == ()
    assert (topology.product, topology.complete, topology.files) == ("nginx", False, ("nginx.conf",))
    (pool,) = topology.pools
    assert (pool.name, pool.mode, pool.implicit, pool.discovered) == ("web", "http", False, False)
    assert (pool.algorithm.name, pool.algorithm.argument, pool.algorithm.hash_method) == ("hash", "$request_uri", "consistent")
    assert cut(text, pool.algorithm.location) == "hash $request_uri consistent;"
    assert dict(pool.options) == {"zone": "web 64k", "hash": "$request_uri consistent", "keepalive": "32"}
    assert cut(text, pool.places["keepalive"]) == "32"
    assert cut(text, pool.location) == "upstream web"
    first, second, third, fourth = pool.servers
    assert [s.name for s in pool.servers] == ["10.0.0.1", "10.0.0.1#2", "unix:/run/app.sock", "[::1]:8080"]
    assert [s.address for s in pool.servers] == ["10.0.0.1:80", "10.0.0.1:80", "/run/app.sock", "[::1]:8080"]
    assert (first.weight, first.maxconn, first.role, first.max_fails) == (5, 100, "active", 1)
    assert cut(text, first.spots.weight) == "5"
    assert cut(text, first.spots.maxconn) == "100"
    assert cut(text, first.spots.address) == "10.0.0.1"
    assert cut(text, first.location) == "server 10.0.0.1 weight=5 max_conns=100;"
    assert dict(first.options) == {"weight": "5", "max_conns": "100"}
    assert (second.weight, second.spots.weight, second.max_fails, second.fail_timeout) == (1, None, 0, timedelta(minutes=1))
    assert cut(text, second.places["fail_timeout"]) == "1m"
    assert (third.fail_timeout, third.role) == (timedelta(seconds=10), "active")
    assert (fourth.role, fourth.disabled, dict(fourth.options)) == ("disabled", True, {"down": ""})


@pytest.mark.parametrize(
    ("line", "name", "argument", "method"),
    [
        ("", "roundrobin", None, None),
        ("least_conn;", "least_conn", None, None),
        ("ip_hash;", "ip_hash", None, None),
        ("hash $host;", "hash", "$host", "map-based"),
        ("random two least_conn;", "random", "two least_conn", None),
        ("least_time header inflight;", "least_time", "header inflight", None),
    ],
)
def test_algorithms(line: str, name: str, argument: str | None, method: str | None) -> None:
    (pool,) = read(f"upstream web {{\n    {line}\n    server 10.0.0.1;\n}}\n").pools
    assert (pool.algorithm.name, pool.algorithm.argument, pool.algorithm.hash_method) == (name, argument, method)
    assert (pool.algorithm.location is None) == (not line)


def test_persistence_and_servers_that_are_found_at_run_time() -> None:
    text = (
        "upstream web {\n    zone web 64k;\n    resolver 127.0.0.1;\n    server a.example resolve;\n    sticky cookie srv expires=1h;\n}\n"
    )
    (pool,) = read(text).pools
    assert (pool.persistence, pool.discovery, pool.discovered) == ("sticky cookie", "resolve", True)
    assert cut(text, pool.persistence_location) == "sticky cookie srv expires=1h;"


def listener(topology: Topology) -> Listener:
    (found,) = topology.listeners
    return found


def test_a_listener() -> None:
    text = (
        "client_max_body_size 5m;\nlog_format x $host;\nserver {\n    listen 443 ssl default_server;\n    listen [::]:443 ssl;\n"
        "    listen unix:/run/x.sock;\n    server_name example.org;\n    keepalive_timeout 65s;\n}"
    )
    found = listener(whole(text))
    assert (found.name, found.mode, found.product) == ("example.org", "http", "nginx")
    assert [(bind.address, bind.tls) for bind in found.binds] == [("*:443", True), ("[::]:443", True), ("/run/x.sock", False)]
    assert dict(found.binds[0].options) == {"ssl": "", "default_server": ""}
    assert dict(found.options) == {"client_max_body_size": "5m", "keepalive_timeout": "65s"}
    silent = listener(whole("server {\n}"))
    assert (silent.name, [bind.address for bind in silent.binds]) == ("*:80", ["*:80"])
    assert listener(whole("server {\n    listen 127.0.0.1;\n}")).binds[0].address == "127.0.0.1:80"


@pytest.mark.parametrize(
    ("inside", "restricted"),
    [
        ("", False),
        ("allow 10.0.0.0/8;\ndeny all;", True),
        ("allow 10.0.0.0/8;", False),
        ("allow all;\ndeny all;", False),
        ("auth_basic off;", False),
        ('auth_basic "x";', True),
        ("auth_request /auth;", True),
        ("internal;", True),
    ],
)
def test_status_pages(inside: str, restricted: bool) -> None:
    (page,) = listener(whole(f"server {{\nlisten 80;\nlocation = /status {{\nstub_status;\n{inside}\n}}\n}}")).status_pages
    assert (page.kind, page.path, page.can_change, page.restricted) == ("stub_status", "/status", False, restricted)


def test_status_pages_that_only_this_machine_can_open_or_that_change_things() -> None:
    (page,) = listener(whole("server {\nlisten 127.0.0.1:81;\nlisten unix:/run/s.sock;\nlocation / {\nstub_status;\n}\n}")).status_pages
    assert page.restricted
    (page,) = listener(whole("server {\nlisten 80;\nallow 10.0.0.1;\ndeny all;\nlocation /api {\napi write=on;\n}\n}")).status_pages
    assert (page.kind, page.can_change, page.restricted) == ("api", True, True)


def test_the_process() -> None:
    text = "user www;\nworker_processes 4;\npid /run/x.pid;\nevents {\n    worker_connections 512;\n}\nhttp {\n    server_tokens off;\n}\n"
    topology = read(text)
    assert (topology.workers, topology.pid_file, topology.complete) == (4, "/run/x.pid", True)
    assert dict(topology.options) == {
        "user": "www",
        "worker_processes": "4",
        "pid": "/run/x.pid",
        "worker_connections": "512",
        "server_tokens": "off",
    }
    assert cut(text, topology.places["worker_connections"]) == "512"
    assert read("worker_processes auto;\nevents {}\n").workers is None
    assert read("events {}\n").workers == 1
    assert read("upstream a { server 10.0.0.1; }\n").workers is None


def test_stream() -> None:
    topology = read(
        "events {}\nstream {\n    upstream db {\n        least_conn;\n        server 10.0.0.1:5432 max_fails=2;\n    }\n    server {\n"
        "        listen 5432;\n        proxy_connect_timeout 1s;\n        proxy_pass db;\n    }\n    server {\n        listen 53 udp;\n"
        "        proxy_ssl on;\n        proxy_pass 10.0.0.2:53;\n    }\n}\n"
    )
    assert topology.could_not == ()
    assert [(pool.name, pool.mode, pool.implicit) for pool in topology.pools] == [("db", "tcp", False), ("10.0.0.2:53", "tcp", True)]
    assert [found.mode for found in topology.listeners] == ["tcp", "tcp"]
    assert [(r.pool, r.condition, r.tls) for r in routes(topology)] == [("db", None, False), ("10.0.0.2:53", None, True)]
    assert dict(routes(topology)[0].options) == {"proxy_connect_timeout": "1s"}


def test_fragments_are_read_for_where_they_belong() -> None:
    assert read("server {\n    listen 5432;\n    proxy_pass db:5432;\n}\n").listeners[0].mode == "tcp"
    assert read("server {\n    listen 80;\n    location / {\n        proxy_pass http://a;\n    }\n}\n").could_not == ()
    located = read("location /api/ {\n    proxy_pass http://10.0.0.1:8080;\n}\n")
    assert (located.could_not, [r.pool for r in routes(located)]) == ((), ["http://10.0.0.1:8080"])
    assert read("proxy_set_header Host $host;\nproxy_http_version 1.1;\n").could_not == ()
    assert read("server 10.0.0.1:80;\nserver 10.0.0.2:80;\n").could_not == ()
    (entry,) = read("upstream a {\n    server 10.0.0.1;\n}\nworker_procesess 4;\n").could_not
    assert entry.line == 4
