"""What nginx's routes mean: what they inherit, where variables lead, which port is meant."""

from lowered_nginx import cut, read, routes, the_pool, whole

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


def test_servers_of_an_upstream_are_spoken_to_as_its_routes_say() -> None:
    text = "upstream safe { server 10.0.0.1; server 10.0.0.2; }\nupstream plain { server 10.0.0.3; }\n"
    text += "server { location / { proxy_pass https://SAFE; } location /rpc { grpc_pass grpcs://safe; }\n"
    text += "  location /p { proxy_pass http://plain; } location /own { proxy_pass https://10.0.0.4; } }\n"
    found = {pool.name: [server.tls for server in pool.servers] for pool in read(text).pools}
    assert found == {"safe": [True, True], "plain": [False], "https://10.0.0.4": [True]}
