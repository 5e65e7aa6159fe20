"""HAProxy configurations from a seed."""

from random import Random

_ALGORITHMS = (
    "roundrobin static-rr leastconn first source uri random random(2) hdr(X-User) url_param(id) rdp-cookie(msts) hash(src) hash(path)"
).split()
_OPTIONS = (
    "httplog tcplog redispatch dontlognull forwardfor http-server-close httpclose abortonclose allbackups persist prefer-last-server "
    "log-health-checks http-keep-alive splice-auto contstats"
).split()
_TIMEOUTS = "connect client server queue check tunnel http-request http-keep-alive client-fin server-fin tarpit".split()
_FLAGS = "check backup disabled ssl send-proxy send-proxy-v2 check-ssl agent-check no-check enabled non-stick".split()
_VALUES = {
    "weight": "0 1 2 10 100 255 256 007 abc 1x".split(),
    "maxconn": "0 1 32 100 4000 100000".split(),
    "inter": "1s 2s 500ms 10 100000 1d".split(),
    "fall": "1 2 3 10".split(),
    "rise": "1 2 5".split(),
    "slowstart": "5s 1m 0".split(),
    "cookie": "a b s1 s1 x".split(),
    "id": "1 2 3 3".split(),
    "port": "80 8080 65535".split(),
    "verify": "none required".split(),
    "on-marked-down": ["shutdown-sessions"],
    "observe": "layer4 layer7".split(),
    "error-limit": "10 50".split(),
    "track": "web/s1 s1".split(),
    "resolvers": ["dns"],
    "init-addr": "last,libc,none none 127.0.0.1".split(),
    "minconn": "1 10".split(),
    "alpn": ["h2,http/1.1"],
    "sni": ["req.hdr(host)", "str(example.com)"],
}
_CONDITIONS = ("{ path_beg /api }", "is_api", "!is_api", "is_api or { src 10.0.0.0/8 }", "{ hdr(host) -i www.example.com }", "TRUE")
_WORDS = ("web", "api", "static", "back-end", "a.b:c_d", "w", "déjà", "www.example.com")


class _Writer:
    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.lines: list[str] = []
        self.names: list[str] = []
        self.indent = dice.choice(("    ", "  ", "\t", "", " \t"))

    def maybe(self, chance: float) -> bool:
        return self.dice.random() < chance

    def quoted(self, word: str) -> str:
        """The word in one of the ways in which it can be written."""
        kind = self.dice.randrange(24)
        if kind == 0:
            return f'"{word}"'
        if kind == 1:
            return f"'{word}'"
        if kind == 2 and word[:1].isascii() and word[:1].isalnum():
            return f"\\x{ord(word[0]):02x}{word[1:]}"
        if kind == 3 and len(word) > 1:
            return f'{word[0]}"{word[1:]}"'
        return word

    def line(self, *words: str, quote: bool = True) -> None:
        head, *rest = words
        space = "  " if self.maybe(0.03) else "\t" if self.maybe(0.03) else " "
        text = self.indent + space.join([head, *(self.quoted(word) if quote else word for word in rest)])
        if self.maybe(0.06):
            text += self.dice.choice(("  # why", " #", "\t# ünïcode", " # \udcff", "   "))
        self.lines.append(text)
        if self.maybe(0.04):
            self.lines.append(self.dice.choice(("", "# a line", "    # poise: ignore[uneven-weights] canary", "\t", "#")))

    def header(self, *words: str) -> None:
        if self.lines and self.maybe(0.7):
            self.lines.append("")
        self.lines.append(" ".join(words) + (" # section" if self.maybe(0.05) else ""))

    def name(self, prefix: str) -> str:
        name = f"{prefix}{self.dice.choice(_WORDS) if self.maybe(0.3) else self.dice.randrange(30)}"
        self.names.append(name)
        return name

    def address(self) -> str:
        port = self.dice.choice((80, 8080, 443, 3306, self.dice.randrange(70000)))
        host = self.dice.choice(
            (
                f"10.0.{self.dice.randrange(3)}.{self.dice.randrange(9)}",
                "127.0.0.1",
                "app1.example.com",
                "[2001:db8::1]",
                "::1",
                "ipv4@localhost",
            )
        )
        return self.dice.choice(
            (f"{host}:{port}", f"{host}:{port}", f"{host}:{port}", host, f"unix@/run/s{port}.sock", "/run/x", f":+{port}", '"${HOST}:80"')
        )

    def server_options(self) -> list[str]:
        words: list[str] = []
        for _ in range(self.dice.choice((0, 1, 2, 2, 3, 6))):
            if self.maybe(0.5):
                words.append(self.dice.choice(_FLAGS))
            else:
                option = self.dice.choice(list(_VALUES))
                words += [option, self.dice.choice(_VALUES[option])]
        return words

    def shared(self) -> None:
        """Lines that defaults and proxies both take."""
        for _ in range(self.dice.randint(0, 5)):
            match self.dice.randrange(9):
                case 0:
                    self.line("mode", self.dice.choice(("http", "tcp", "http", "health")))
                case 1 | 2 | 3:
                    self.line(
                        "timeout", self.dice.choice(_TIMEOUTS), self.dice.choice(("5s", "30s", "1m", "500ms", "0", "9999999", "10 s"))
                    )
                case 4 | 5:
                    self.line(self.dice.choice(("", "", "no ")) + "option", self.dice.choice(_OPTIONS))
                case 6:
                    self.line("retries", str(self.dice.randrange(8)))
                case 7:
                    self.line("log", "global")
                case _:
                    self.line("maxconn", self.dice.choice(("1000", "0", "20000")))

    def global_(self) -> None:
        self.header("global")
        for _ in range(self.dice.randint(0, 6)):
            match self.dice.randrange(8):
                case 0:
                    self.line("maxconn", self.dice.choice(("100", "4000", "x")))
                case 1:
                    self.line("stats", "socket", "/run/haproxy.sock", *(["mode", "660", "level", "admin"] if self.maybe(0.6) else []))
                case 2:
                    self.line("setenv", "HOST", "10.9.9.9")
                case 3:
                    self.line("nbthread", "4")
                case 4:
                    self.line("log", "127.0.0.1:514", "local0")
                case 5:
                    self.line("server-state-file", "/var/lib/state")
                case 6:
                    self.line("tune.bufsize", "32768")
                case _:
                    self.line("user", "haproxy")

    def backend(self, kind: str) -> None:
        name = self.name("b" if kind == "backend" else "l")
        self.header(kind, name, *(["from", "d0"] if self.maybe(0.08) else []))
        if kind == "listen":
            self.line("bind", f":{self.dice.randrange(1, 65536)}")
        if self.maybe(0.7):
            self.line("balance", self.dice.choice(_ALGORITHMS))
        if self.maybe(0.3):
            self.line("hash-type", *self.dice.choice((["consistent"], ["map-based"], ["consistent", "sdbm", "avalanche"])))
        self.shared()
        if self.maybe(0.4):
            self.line(
                "option", "httpchk", *self.dice.choice(([], ["GET", "/health"], ["HEAD", "/", "HTTP/1.1\\r\\nHost:\\ x"])), quote=False
            )
            if self.maybe(0.5):
                self.line("http-check", "expect", *self.dice.choice((["status", "200-399"], ["!", "string", "down"], ["rstatus", "^2"])))
        if self.maybe(0.2):
            self.line("cookie", "SRV", "insert", "indirect", "nocache")
        if self.maybe(0.15):
            self.line("stick-table", "type", "ip", "size", "1m", "expire", "30m")
            self.line("stick", "on", "src")
        if self.maybe(0.3):
            self.line("default-server", *(self.server_options() or ["inter", "2s"]))
        for number in range(self.dice.choice((0, 1, 2, 3, 4, 8))):
            self.line("server", f"s{number if self.maybe(0.95) else 1}", self.address(), *self.server_options())
        if self.maybe(0.1):
            self.line("server-template", "t", self.dice.choice(("3", "1-5", "9-2")), "_http._tcp.example.com:80", *self.server_options())
        if self.maybe(0.1):
            self.line("use-server", "s1", "if", self.dice.choice(_CONDITIONS), quote=False)

    def frontend(self) -> None:
        self.header("frontend", self.name("f"))
        for _ in range(self.dice.randint(0, 3)):
            self.line(
                "bind",
                self.dice.choice((f"*:{self.dice.randrange(70000)}", "127.0.0.1:80", ":443 ssl crt /etc/x.pem", ":80,:81", "/run/f.sock")),
                quote=False,
            )
        self.shared()
        self.line("acl", "is_api", "path_beg", "/api")
        for _ in range(self.dice.randint(0, 3)):
            target = self.dice.choice(self.names) if self.maybe(0.8) else "%[req.hdr(host),lower,map(/etc/m)]"
            self.line("use_backend", target, self.dice.choice(("if", "unless")), self.dice.choice(_CONDITIONS), quote=False)
        if self.maybe(0.7):
            self.line("default_backend", self.dice.choice(self.names))
        if self.maybe(0.2):
            self.line("stats", "enable")
            self.line("stats", "uri", "/stats")
        if self.maybe(0.2):
            self.line("http-request", "deny", "if", self.dice.choice(_CONDITIONS), quote=False)

    def condition(self) -> None:
        self.lines.append(
            self.dice.choice((".if defined(HOST)", ".if version_atleast(2.6)", ".if 1 && !streq(a,b)", ".if feature(OPENSSL)"))
        )
        self.backend("backend")
        if self.maybe(0.5):
            self.lines.append(".else")
            self.backend("backend")
        self.lines.append(".endif")


def text(dice: Random, scale: int = 1) -> str:
    """One configuration; `scale` multiplies its pools."""
    writer = _Writer(dice)
    if writer.maybe(0.6):
        writer.global_()
    for number in range(dice.choice((0, 1, 1, 1, 2))):
        writer.header("defaults", *([f"d{number}"] if writer.maybe(0.3) else []))
        writer.shared()
    for _ in range(scale * dice.randint(1, 5)):
        if writer.maybe(0.05):
            writer.condition()
        else:
            writer.backend(dice.choice(("backend", "backend", "backend", "listen")))
    for _ in range(dice.randint(0, 2)):
        writer.frontend()
    if writer.maybe(0.15):
        writer.header("resolvers", "dns")
        writer.line("nameserver", "n1", "10.0.0.2:53")
    if writer.maybe(0.1):
        writer.header("userlist", "people")
        writer.line("user", "admin", "insecure-password", "x")
    return "\n".join(writer.lines) + "\n"
