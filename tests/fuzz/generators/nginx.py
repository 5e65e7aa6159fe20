"""nginx configurations from a seed."""

from random import Random

_SIMPLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("proxy_connect_timeout", ("5s", "60", "1m", "500ms")),
    ("proxy_read_timeout", ("30s", "1h", "0")),
    ("proxy_next_upstream", ("error timeout", "off", "error timeout http_502 non_idempotent", "http_500")),
    ("proxy_next_upstream_tries", ("0", "1", "3")),
    ("proxy_set_header", ("Host $host", "X-Real-IP $remote_addr", 'Connection ""', "X-A 'b c'")),
    ("proxy_http_version", ("1.1", "1.0")),
    ("proxy_buffering", ("on", "off")),
    ("proxy_ssl_verify", ("on", "off")),
    ("add_header", ("X-Frame-Options DENY", 'Strict-Transport-Security "max-age=31536000; includeSubDomains" always')),
    ("client_max_body_size", ("1m", "0", "10G")),
    ("access_log", ("off", "/var/log/nginx/access.log main", "syslog:server=10.0.0.1")),
    ("error_page", ("502 503 /50x.html", "404 = @fallback")),
    ("allow", ("127.0.0.1", "all", "10.0.0.0/8")),
    ("deny", ("all",)),
    ("set", ("$x 1", "$target http://web0", '$y "a\\"b"', "$z ${host}x")),
    ("return", ("404", "301 https://$host$request_uri", '200 "ok\\n"')),
    ("rewrite", ("^/(.*)$ /x/$1 break", '"^/a{2,3}/(.+)$" /$1 last')),
    ("include", ("a.conf", "*.conf", "missing.conf")),
    ("resolver", ("10.0.0.2 valid=30s ipv6=off", "127.0.0.1")),
    ("gzip", ("on",)),
    ("root", ("/var/www/ünïcode", "html")),
    ("ssl_protocols", ("TLSv1.2 TLSv1.3",)),
    ("log_format", ("main '$remote_addr - $remote_user [$time_local] \"$request\" '\n        '$status $body_bytes_sent'",)),
)
_PARAMETERS = (
    "weight=2 weight=0 weight=100 max_fails=0 max_fails=3 fail_timeout=5s fail_timeout=1m max_conns=100 backup down resolve "
    "slow_start=30s service=http route=a weight=abc"
).split()
_METHODS = (
    "least_conn",
    "ip_hash",
    "hash $request_uri consistent",
    "hash $remote_addr",
    "random two least_conn",
    "random",
    "sticky cookie s",
)
_LOCATIONS = ("/", "= /health", "/api/", "~ \\.php$", "~* \\.(js|css)$", "^~ /static/", "@fallback", "~ ^/a{2}", '~ "^/b{1,2}/"', "/a;b")


class _Writer:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.parts: list[str] = []
        self.depth = 0
        self.upstreams: list[str] = []
        self.tight = dice.random() < 0.1

    def maybe(self, chance: float) -> bool:
        return self.dice.random() < chance

    def out(self, text: str) -> None:
        space = "" if self.tight else "    " * self.depth
        self.parts.append(space + text + ("" if self.tight and self.maybe(0.7) else "\n"))

    def comment(self) -> None:
        if self.maybe(0.08):
            self.parts.append(
                "    " * self.depth
                + self.dice.choice(("# why", "#", "# { ; \" '", "# é \udcff", "# poise: ignore[single-server] one is enough"))
                + "\n"
            )

    def line(self, name: str, *args: str) -> None:
        self.comment()
        if self.maybe(0.04):
            name = f'"{name}"'
        end = self.dice.choice((";", ";", ";", " ;", ";  # said", "\n;")) if self.maybe(0.1) else ";"
        glue = self.dice.choice((" ", "\t", "  ", "\n    ", " # between\n ")) if self.maybe(0.06) else " "
        self.out(glue.join([name, *args]) + end + ("\n" if "#" in end else ""))

    def open(self, *words: str) -> None:
        self.comment()
        self.out(" ".join(words) + self.dice.choice((" {", "{", "\n{") if words[-1][-1:].isalnum() else (" {",)))
        self.depth += 1

    def close(self) -> None:
        self.depth -= 1
        self.out("}")

    def simple(self, most: int) -> None:
        for _ in range(self.dice.randint(0, most)):
            name, values = self.dice.choice(_SIMPLE)
            self.line(name, self.dice.choice(values))

    def address(self) -> str:
        return self.dice.choice(
            (
                f"10.0.0.{self.dice.randrange(9)}:{self.dice.choice((80, 8080, 99999))}",
                "127.0.0.1",
                "app.example.com:8080",
                "unix:/run/a.sock",
                "[::1]:80",
                '"10.0.0.1:80"',
            )
        )

    def upstream(self) -> None:
        name = f"web{self.dice.randrange(9)}" if self.maybe(0.8) else self.dice.choice(("back.end", '"quoted name"', "ünï"))
        self.upstreams.append(name.strip('"'))
        self.open("upstream", name)
        if self.maybe(0.4):
            self.line(*self.dice.choice(_METHODS).split())
        if self.maybe(0.4):
            self.line("zone", f"z{self.dice.randrange(4)}", "64k")
        for _ in range(self.dice.choice((0, 1, 2, 3, 4, 8))):
            self.line("server", self.address(), *(self.dice.choice(_PARAMETERS) for _ in range(self.dice.choice((0, 0, 1, 2, 3)))))
        if self.maybe(0.4):
            self.line("keepalive", self.dice.choice(("0", "16", "$x")))
        self.close()

    def target(self) -> str:
        name = (
            self.dice.choice(self.upstreams)
            if self.upstreams and self.maybe(0.7)
            else self.dice.choice(("10.1.1.1:80", "$target", "app.example.com", "unix:/run/x:", "$host:8080"))
        )
        return f"{self.dice.choice(('http', 'http', 'https'))}://{name}{self.dice.choice(('', '', '/', '/v1$uri'))}"

    def location(self, deep: int) -> None:
        self.open("location", self.dice.choice(_LOCATIONS))
        self.simple(3)
        match self.dice.randrange(7):
            case 0 | 1 | 2:
                target = self.target()
                self.line("proxy_pass", f'"{target}"' if " " in target else target)
            case 3:
                self.line(
                    self.dice.choice(("grpc_pass", "fastcgi_pass", "uwsgi_pass")),
                    self.dice.choice(self.upstreams or ["127.0.0.1:9000"]).replace(" ", "_"),
                )
            case 4:
                self.line(self.dice.choice(("stub_status", "return 204", "api write=on")))
            case 5:
                self.open("if", self.dice.choice(("($http_x = 1)", "($a ~ 'b c')", '($request_method !~ "^(GET|HEAD)$")')))
                self.line("proxy_pass", "http://web0")
                self.close()
            case _:
                if deep < 2:
                    self.location(deep + 1)
                else:
                    self.lua()
        self.close()

    def lua(self) -> None:
        body = self.dice.choice(('ngx.say("}")', "local t = {a = {1}} -- } \n", "local s = [==[ } ]==]", "if x then return '\\'}' end"))
        self.out("content_by_lua_block {" + body + "}")

    def server(self) -> None:
        self.open("server")
        for _ in range(self.dice.randint(0, 2)):
            self.line(
                "listen",
                self.dice.choice(
                    ("80", "8080 default_server", "443 ssl http2", "[::]:80", "127.0.0.1:81 proxy_protocol", "unix:/run/n.sock")
                ),
            )
        if self.maybe(0.7):
            self.line(
                "server_name",
                self.dice.choice(
                    ("example.com www.example.com", "_", "~^(?<n>.+)\\.example\\.com$", "*.example.com", '""', "münchen.example")
                ),
            )
        self.simple(4)
        for _ in range(self.dice.randint(0, 4)):
            self.location(0)
        self.close()

    def map_(self) -> None:
        self.open("map", "$http_x", f"$m{self.dice.randrange(5)}")
        for _ in range(self.dice.randint(0, 4)):
            self.line(
                self.dice.choice(("default", "a", "~^b", '"c d"', "hostnames", '""', "\\default")),
                self.dice.choice(("1", "web0", '"x y"', "$host", '""')),
            )
        self.close()

    def http(self, scale: int) -> None:
        self.simple(4)
        for _ in range(scale * self.dice.randint(0, 3)):
            self.upstream()
        if self.maybe(0.3):
            self.map_()
        for _ in range(scale * self.dice.randint(0, 3)):
            self.server()


def text(dice: Random, scale: int = 1) -> str:
    """One configuration: a whole one, a fragment, or what `nginx -T` prints; `scale` multiplies its blocks."""
    writer = _Writer(dice)
    kind = dice.randrange(10)
    if kind < 2:
        writer.http(scale)
        return "".join(writer.parts)
    if kind == 2:
        writer.parts.append("# configuration file /etc/nginx/nginx.conf:\n")
    writer.line("worker_processes", dice.choice(("auto", "4")))
    writer.open("events")
    writer.line("worker_connections", "1024")
    writer.close()
    if kind == 3:
        writer.open("stream")
        for _ in range(dice.randint(0, 2)):
            writer.upstream()
        writer.open("server")
        writer.line("listen", "3306")
        writer.line("proxy_pass", dice.choice([*[name for name in writer.upstreams if " " not in name], "10.0.0.1:3306", "$target"]))
        writer.close()
        writer.close()
    writer.open("http")
    writer.http(scale)
    if kind == 2:
        writer.line("include", "/etc/nginx/conf.d/*.conf")
    writer.close()
    if kind == 2:
        writer.parts.append("\n# configuration file /etc/nginx/conf.d/a.conf:\n")
        writer.depth = 0
        writer.http(scale)
    return "".join(writer.parts)
