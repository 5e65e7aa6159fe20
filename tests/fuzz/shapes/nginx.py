"""Large and hostile inputs for nginx's reader and rules."""

from collections.abc import Callable

from tests.fuzz.shapes.common import MB


def _http(line: Callable[[int], str], head: str = "", tail: str = "") -> Callable[[int], bytes]:
    return lambda number: f"events {{}}\nhttp {{\n{head}{''.join(line(n) for n in range(number))}{tail}}}\n".encode()


def _upstream(option: str) -> Callable[[int], bytes]:
    return _http(
        lambda n: f"server 10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80 weight={1 + n % 7} max_conns={n};\n",
        f"upstream web {{\n{option}",
        "}\nserver { listen 80; location / { proxy_pass http://web; } }\n",
    )


def _upstreams(number: int) -> bytes:
    pools = "".join(f"upstream u{n} {{ server 10.0.{n >> 8 & 255}.{n & 255}:80; server 10.1.0.1:80; }}\n" for n in range(number))
    ways = "".join(f"location /{n} {{ proxy_pass http://u{n}; }}\n" for n in range(number))
    return f"events {{}}\nhttp {{\n{pools}server {{ listen 80;\n{ways}}}\n}}\n".encode()


def _inherited(number: int) -> bytes:
    given = "".join(f"proxy_set_header X-{n} $x{n};\nproxy_hide_header Y-{n};\n" for n in range(number))
    ways = "".join(f"location /{n} {{ proxy_pass http://10.0.0.1:80; }}\n" for n in range(number))
    return f"events {{}}\nhttp {{\n{given}server {{ listen 80;\n{ways}}}\n}}\n".encode()


def _nested(number: int) -> bytes:
    return b"http {\n" + b"server { location / {\n" * number + b"proxy_pass http://10.0.0.1;\n" + b"}}\n" * number + b"}\n"


SHAPES: dict[str, tuple[Callable[[int], bytes], int]] = {
    "long-word": (lambda n: b"http { server { server_name " + b"x" * n + b"; } }", 10 * MB),
    "many-words": (lambda n: b"http { server { server_name " + b"x " * n + b"; } }", 2 * MB),
    "many-names": (_http(lambda n: f"n{n}.example.com\n", "server { listen 80; server_name ", ";}\n"), 20_000),
    "nested-blocks": (_nested, 10_000),
    "nested-blocks-never-closed": (lambda n: b"a {" * n, 100_000),
    "nested-locations": (lambda n: b"http { server { " + b"location / { proxy_pass http://a; " * n, 5000),
    "servers-of-an-upstream": (_upstream(""), 4000),
    "servers-of-a-hash": (_upstream("hash $request_uri consistent;\n"), 2000),
    "servers-of-one-address": (_http(lambda _: "server 10.0.0.1:80;\n", "upstream web {\n", "}\n"), 4000),
    "upstreams": (_upstreams, 2000),
    "upstreams-of-one-name": (_http(lambda _: "upstream web { server 10.0.0.1:80; }\n"), 3000),
    "targets-without-an-upstream": (
        _http(lambda n: f"location /{n} {{ proxy_pass http://10.0.{n >> 8}.{n & 255}:80; }}\n", "server {\n", "}\n"),
        4000,
    ),
    "one-target-again-and-again": (_http(lambda n: f"location /{n} {{ proxy_pass http://10.0.0.1:80; }}\n", "server {\n", "}\n"), 4000),
    "targets-with-variables": (_http(lambda n: f"location /{n} {{ set $a{n} x; proxy_pass http://$a{n}; }}\n", "server {\n", "}\n"), 3000),
    "variables-in-a-chain": (_http(lambda n: f"set $a{n + 1} $a{n}$a{n};\n", "server { set $a0 x;\n", "proxy_pass http://$a9; }\n"), 4000),
    "variables-in-a-circle": (_http(lambda _: "set $a $a$a;\n", "server {\n", "location / { proxy_pass http://$a; } }\n"), 20_000),
    "maps": (
        _http(lambda n: f"map $m{n} $m{n + 1} {{ default $m{n}; a b; }}\n", "", "server { location / { proxy_pass http://$m9; } }\n"),
        3000,
    ),
    "lines-of-a-map": (_http(lambda n: f"k{n} http://u{n};\n", "map $x $y {\n", "}\nserver { location / { proxy_pass $y; } }\n"), 10_000),
    "server-blocks": (_http(lambda n: f"server {{ listen 80; server_name s{n}; location / {{ proxy_pass http://10.0.0.1; }} }}\n"), 2000),
    "servers-that-lead-to-each-other": (
        _http(lambda n: f"server {{ listen {n % 65535 + 1}; location / {{ proxy_pass http://127.0.0.1:{n % 65535 + 1}; }} }}\n"),
        2000,
    ),
    "listens": (_http(lambda n: f"listen {n % 65535 + 1};\n", "server {\n", "}\n"), 5000),
    "inherited-by-many": (_inherited, 1000),
    "headers-of-one-server": (_http(lambda n: f"proxy_set_header X-{n} v;\n", "server { proxy_pass http://a;\n", "}\n"), 5000),
    "includes-of-one-file": (_http(lambda _: "include a.conf;\n"), 5000),
    "includes-of-a-circle": (_http(lambda _: "include nginx.conf;\ninclude b.conf;\n"), 3000),
    "includes-of-many": (_http(lambda _: "include *.conf;\n"), 2000),
    "missing-includes": (_http(lambda n: f"include none{n}.conf;\n"), 5000),
    "files-of-a-dump": (
        lambda n: (
            b"# configuration file /etc/nginx/nginx.conf:\nhttp { include /etc/nginx/c/*; }\n"
            + b"".join(b"# configuration file /etc/nginx/c/%d:\ninclude /etc/nginx/c/*;\nserver { listen 80; }\n" % i for i in range(n))
        ),
        300,
    ),
    "lua": (lambda n: b"http { init_by_lua_block { " + b"a = {} -- }\n" * n + b"} }\n", 50_000),
    "lua-never-closed": (lambda n: b"http { init_by_lua_block { " + b"{" * n, 500_000),
    "lua-long-brackets": (lambda n: b"http { init_by_lua_block { " + b"[" + b"=" * n + b"[ } }\n", 1 * MB),
    "lua-blocks": (_http(lambda _: "content_by_lua_block { x }\n"), 10_000),
    "quotes-never-closed": (_http(lambda n: f'set $a{n} "b;\n'), 50_000),
    "unnamed-blocks": (lambda n: b"http { " + b"{ " * n, 100_000),
    "signs": (lambda n: b";{};" * n, 100_000),
    "regular-expressions": (_http(lambda n: f"location ~ ^/(a{n}|b+)*$ {{ return 200; }}\n", "server {\n", "}\n"), 3000),
    "split-clients": (_http(lambda n: f"0.01% v{n};\n", "split_clients $remote_addr $v {\n", "* x;\n}\n"), 5000),
    "ifs": (_http(lambda n: f"if ($a = {n}) {{ proxy_pass http://10.0.0.{n % 250}; }}\n", "server { location / {\n", "}}\n"), 3000),
}
