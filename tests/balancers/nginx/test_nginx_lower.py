"""What an nginx configuration means: pools, servers, routes with what they inherit, listeners, status pages, versions, templates."""

from datetime import timedelta

import pytest

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.lower import lower
from poise.model.location import Location
from poise.model.topology import Listener, Pool, Route, Topology


def nothing(pattern: str, from_file: str) -> str:
    return f"{pattern} is not there"


def read(text: str, target: str | None = None) -> Topology:
    return lower(assemble("nginx.conf", text, nothing), target)


def whole(text: str, target: str | None = None) -> Topology:
    return read(f"events {{}}\nhttp {{\n{text}\n}}\n", target)


def reasons(topology: Topology) -> list[tuple[int | None, str]]:
    return [(entry.line, entry.reason) for entry in topology.could_not]


def cut(text: str, place: Location | None) -> str:
    assert place is not None
    return text.encode()[place.start : place.end].decode()


def the_pool(topology: Topology, name: str) -> Pool:
    found = topology.pool(name)
    assert found is not None
    return found


def routes(topology: Topology) -> list[Route]:
    return [route for listener in topology.listeners for route in listener.routes]


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
    assert cut(text, first.weight_location) == "5"
    assert cut(text, first.maxconn_location) == "100"
    assert cut(text, first.address_location) == "10.0.0.1"
    assert cut(text, first.location) == "server 10.0.0.1 weight=5 max_conns=100;"
    assert dict(first.options) == {"weight": "5", "max_conns": "100"}
    assert (second.weight, second.weight_location, second.max_fails, second.fail_timeout) == (1, None, 0, timedelta(minutes=1))
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


INHERITED = """\
events {}
http {
    proxy_read_timeout 5s;
    proxy_set_header A http;
    proxy_set_header B http;
    upstream web {
        server 10.0.0.1;
    }
    server {
        listen 80;
        server_name example.org www.example.org;
        proxy_connect_timeout 1s;
        location / {
            proxy_pass http://web;
            location ~ \\.php$ {
                fastcgi_pass unix:/run/php.sock;
                proxy_read_timeout 9s;
            }
        }
        location /own/ {
            proxy_set_header C "own header";
            proxy_pass https://web/x/;
            if ($request_method = POST) {
                proxy_pass http://10.0.0.9:8080;
            }
            limit_except GET {
                proxy_pass http://web;
            }
        }
        location @named {
            proxy_pass http://web;
        }
    }
}
"""


def test_routes_inherit_whole_lists() -> None:
    topology = read(INHERITED)
    assert topology.could_not == ()
    plain, php, own, posted, other, named = routes(topology)
    assert dict(plain.options) == {"proxy_read_timeout": "5s", "proxy_set_header": "A http\nB http", "proxy_connect_timeout": "1s"}
    assert cut(INHERITED, plain.places["proxy_set_header"]) == "A http"
    assert cut(INHERITED, plain.places["proxy_connect_timeout"]) == "1s"
    assert cut(INHERITED, plain.location) == "proxy_pass http://web;"
    assert (plain.pool, plain.target, plain.tls) == ("web", "http://web", False)
    assert plain.condition == "example.org www.example.org /"
    assert (php.pool, php.options["proxy_read_timeout"]) == ("unix:/run/php.sock", "9s")
    assert php.condition == "example.org www.example.org ~ \\.php$"
    assert own.options["proxy_set_header"] == "C own header"
    assert (own.pool, own.target, own.tls) == ("web", "https://web/x/", True)
    assert (posted.pool, posted.condition) == ("http://10.0.0.9:8080", "example.org www.example.org /own/ if ($request_method = POST)")
    assert (other.pool, other.condition) == ("web", "example.org www.example.org /own/ limit_except GET")
    assert named.condition == "example.org www.example.org @named"
    implicit = the_pool(topology, "unix:/run/php.sock")
    assert (implicit.implicit, implicit.discovery, [s.address for s in implicit.servers]) == (True, None, ["/run/php.sock"])
    assert [s.address for s in the_pool(topology, "http://10.0.0.9:8080").servers] == ["10.0.0.9:8080"]


def test_default_ports_of_implicit_pools() -> None:
    locations = "".join(
        f"location /{n} {{ proxy_pass {target}; }}\n" for n, target in enumerate(("http://a.example", "https://a.example/x"))
    )
    topology = whole(f"server {{\nlisten 80;\n{locations}}}")
    assert {pool.name: pool.servers[0].address for pool in topology.pools} == {
        "http://a.example": "a.example:80",
        "https://a.example/x": "a.example:443",
    }


def test_a_variable_that_a_map_resolves_leads_to_each_pool() -> None:
    pools = "".join(f"upstream {name} {{ server 10.0.0.1; }}\n" for name in ("web", "api", "old"))
    topology = whole(
        f"{pools}map $host $pool {{\n    default web;\n    api.example.org api;\n    api2.example.org api;\n    ~^old $older;\n}}\n"
        "map $uri $older {\n    default old;\n}\nserver {\nlisten 80;\nlocation / {\nproxy_pass http://$pool/x;\n}\n}"
    )
    assert topology.could_not == ()
    assert [(route.pool, route.condition) for route in routes(topology)] == [
        ("web", "/ (map $host $pool: default)"),
        ("api", "/ (map $host $pool: api.example.org, api2.example.org)"),
        ("old", "/ (map $host $pool: ~^old; map $uri $older: default)"),
    ]
    assert [pool.name for pool in topology.pools] == ["web", "api", "old"]


def test_a_variable_that_set_gives_counts_where_it_stands() -> None:
    pools = "".join(f"upstream {name} {{ server 10.0.0.1; }}\n" for name in ("one", "two", "three"))
    topology = whole(
        f"{pools}server {{\nlisten 80;\nset $pool one;\nlocation /a {{\nproxy_pass http://$pool;\n}}\nlocation /b {{\nset $pool two;\n"
        "if ($arg_x) {\nset $pool three;\n}\nproxy_pass http://$pool;\n}\n}\n"
        "server {\nlisten 81;\nset $pool three;\nlocation / {\nproxy_pass http://$pool;\n}\n}"
    )
    assert [(route.pool, route.condition) for route in routes(topology)] == [
        ("one", "/a"),
        ("two", "/b"),
        ("three", "/b (if ($arg_x))"),
        ("three", "/"),
    ]


def test_clients_are_split_between_pools() -> None:
    topology = whole(
        "upstream a { server 10.0.0.1; }\nupstream b { server 10.0.0.2; }\nsplit_clients $remote_addr $variant {\n    10% a;\n    * b;\n}\n"
        "server {\nlisten 80;\nlocation / {\nproxy_pass http://$variant;\n}\n}"
    )
    assert [(r.pool, r.condition) for r in routes(topology)] == [
        ("a", "/ (split_clients $remote_addr $variant: 10%)"),
        ("b", "/ (split_clients $remote_addr $variant: *)"),
    ]


def test_a_variable_that_nobody_resolves_is_told() -> None:
    topology = whole(
        "resolver 127.0.0.1;\nserver {\nlisten 80;\nlocation /a {\nproxy_pass http://$arg_to;\n}\nlocation /b {\nset $host_b b.example;\n"
        "proxy_pass http://$host_b:8080;\n}\nlocation /c {\nproxy_pass http://10.0.0.1:80$request_uri;\n}\n}"
    )
    assert topology.could_not == ()
    unknown, known, plain = topology.pools
    assert (unknown.name, unknown.discovery, unknown.discovered, unknown.servers) == ("http://$arg_to", "variable", True, ())
    assert (known.name, known.discovery, known.discovered) == ("http://$host_b:8080", "variable", True)
    assert [server.address for server in known.servers] == ["b.example:8080"]
    assert (plain.discovery, [server.address for server in plain.servers]) == (None, ["10.0.0.1:80"])
    assert routes(topology)[0].options["resolver"] == "127.0.0.1"


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


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("upstream a { zone a 64k; resolver 127.0.0.1; server a.example resolve; }", "1.22", "1.28"),
        ("server { listen 443 ssl; http2 on; }", "1.24", "1.26"),
        ("upstream a { server 10.0.0.1; sticky cookie a; }", "1.28", "1.30"),
        ("upstream a { server 10.0.0.1; keepalive 4 local; }", "1.29.6", "1.29.7"),
        ("server { listen 443 quic; }", "1.24.0", "1.25.0"),
        ("early_hints 1;", "1.28", "1.29"),
    ],
)
def test_a_named_version_refuses_what_came_later(text: str, old: str, new: str) -> None:
    (entry,) = whole(text, old).could_not
    assert "from nginx" in entry.reason
    assert whole(text, new).could_not == ()
    assert whole(text).could_not == ()


def test_what_only_nginx_plus_has_passes_unless_a_version_is_named() -> None:
    text = "upstream a { zone a 64k; server 10.0.0.1 slow_start=30s; queue 100 timeout=5s; }\nmatch ok { status 200; }\n"
    text += "server { listen 80; location / { proxy_pass http://a; health_check match=ok; } location /api { api; } }"
    assert whole(text).could_not == ()
    assert any("nginx Plus" in reason for _, reason in reasons(whole(text, "1.28")))


def test_a_directive_that_left() -> None:
    assert whole("server { listen 443; ssl on; }", "1.24").could_not == ()
    assert "removed" in whole("server { listen 443; ssl on; }", "1.26").could_not[0].reason


def test_unknown_names_are_told_with_the_name_that_was_meant() -> None:
    (entry,) = whole("server {\n    listen 80;\n    location / {\n        proxy_pas http://a;\n    }\n}").could_not
    assert (entry.line, "`proxy_pass`" in entry.reason) == (6, True)
    loaded = "load_module modules/ngx_http_unheard_of_module.so;\nevents {}\nhttp {\n    unheard_of on;\n}\n"
    assert read(loaded).could_not == ()
    assert len(read(loaded.replace("ngx_http_unheard_of_module", "ngx_http_geoip_module")).could_not) == 1
    assert whole("vhost_traffic_status_zone;\nmore_set_headers 'A: b';\nlua_shared_dict a 1m;").could_not == ()


def test_a_missing_semicolon_is_told_where_it_is_missing() -> None:
    (entry,) = whole("server {\n    listen 80\n    server_name a;\n}").could_not
    assert entry.line == 4
    assert "`;` is missing behind `80`" in entry.reason


def test_the_words_of_a_file_that_is_no_configuration_are_not_repeated() -> None:
    for text in ("root:$6$salt$hash:19000:0:::", "http { proxy_set_header Authorization 'Basic dXNlcjpwYXNz' }"):
        (entry, *_) = whole(text).could_not
        assert "is missing" in entry.reason and "hash" not in entry.reason and "dXNl" not in entry.reason


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("upstream web {\n{% for server in servers %}\n    server {{ server }};\n{% endfor %}\n}\n", 2),
        ("upstream web {\n    server {{ host }}:80;\n}\n", 2),
        ('upstream web {\n{{ range service "web" }}\n    server {{ .Address }};\n{{ end }}\n}\n', 2),
        ("upstream web {\n<% @servers.each do |s| %>\n    server <%= s %>;\n<% end %>\n}\n", 2),
        ("upstream web {\n    server ${APP_HOST}:${APP_PORT};\n    server ${APP_TWO};\n}\n", 2),
        ("server {\n    listen ${PORT};\n    location / {\n        proxy_pass http://${BACKEND};\n    }\n}\n", 2),
        ("server {\n    listen 80;\n    location / {\n        proxy_pass http://${BACKEND}:80;\n    }\n}\n", 4),
    ],
)
def test_templates_are_said_once_with_the_way_to_render_them(text: str, line: int) -> None:
    (entry,) = read(text).could_not
    assert (entry.line, "template" in entry.reason) == (line, True)


def test_what_looks_like_a_template_and_is_none() -> None:
    text = 'server {\n    listen 80;\n    # {{ a comment }}\n    location / {\n        return 200 "{{ a }} {% b %} ${host}";\n    }\n}'
    assert whole(text).could_not == ()


def test_one_broken_line_hides_nothing_else() -> None:
    topology = whole(
        "upstream web {\n    server 10.0.0.1 weight=x;\n    server 10.0.0.2;\n}\nnonsense;\nserver {\n    listen 80;\n"
        "    location / {\n        proxy_pass http://web;\n    }\n}"
    )
    assert [entry.line for entry in topology.could_not] == [4, 7]
    assert [server.name for server in the_pool(topology, "web").servers] == ["10.0.0.1", "10.0.0.2"]
    assert [route.pool for route in routes(topology)] == ["web"]
