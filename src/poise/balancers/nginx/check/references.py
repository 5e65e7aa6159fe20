"""Names that one directive declares and another uses: zones, log formats, upstreams, addresses to listen on."""

from dataclasses import field

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port
from poise.model.light import dataclass
from poise.model.regexp import regexp

_ZONE = regexp(r"(?:keys_zone|zone)=([^:]+)(?::(.*))?")
_PATH = regexp(r"[/?]")
_CACHES = frozenset(("proxy_cache", "fastcgi_cache", "uwsgi_cache", "scgi_cache"))
# Parameters of `listen` that belong to the socket: nginx takes them once for each address.
_SOCKET = (
    "backlog",
    "rcvbuf",
    "sndbuf",
    "fastopen",
    "ipv6only",
    "so_keepalive",
    "setfib",
    "accept_filter",
    "deferred",
    "reuseport",
    "bind",
)


def listen_key(written: str) -> str:
    """One spelling for each address that `listen` may name in several."""
    if written.startswith("unix:"):
        return written
    host, port = ("*", written) if written.isdigit() else host_and_port(written)
    return f"{'*' if host == '0.0.0.0' else host}:{port or 80}"  # noqa: S104 - a spelling, not a socket


_SEEN = frozenset(
    ("listen", "upstream", "log_format", "access_log", "limit_req_zone", "limit_conn_zone", "limit_conn", "limit_req", "zone")
)


def is_referring(name: str) -> bool:
    """Whether `References` wants to see directives of that name."""
    return name in _SEEN or name in _CACHES or name.endswith(("_cache_path", "_pass"))


@dataclass(slots=True)
class References:
    """What one configuration declares and uses. `whole`: all of it is here, so that what is not declared is missing."""

    whole: bool
    zones: dict[str, set[str]] = field(default_factory=dict)
    formats: set[tuple[bool, str]] = field(default_factory=lambda: {(False, "combined")})
    upstreams: set[tuple[bool, str]] = field(default_factory=set)
    used_zones: list[tuple[Directive, str, str]] = field(default_factory=list)
    targets: list[tuple[Directive, bool, str, str | None, bool]] = field(default_factory=list)
    listening: dict[tuple[bool, str], str] = field(default_factory=dict)
    defaults: set[str] = field(default_factory=set)
    socket_options: set[tuple[bool, str]] = field(default_factory=set)

    def see(self, directive: Directive, stream: bool, server: set[str]) -> str | None:
        """Take one directive; `server` holds the addresses that its server block already listens on. Returns what nginx refuses."""
        name, args = directive.name, directive.args
        if name == "listen":
            return self._listen(directive, stream, server)
        if name == "upstream":
            key = (stream, args[0].lower())
            if key in self.upstreams:
                return f"there is a second upstream `{args[0]}`"
            self.upstreams.add(key)
        elif name == "log_format":
            if (stream, args[0]) in self.formats:
                return f"there is a second log_format `{args[0]}`"
            self.formats.add((stream, args[0]))
        elif name == "access_log":
            return self._access_log(args, stream)
        elif name.endswith("_cache_path") or name in ("limit_req_zone", "limit_conn_zone"):
            return self._declare(name, args)
        elif name in _CACHES:
            if args[0] != "off" and "$" not in args[0]:
                self.used_zones.append((directive, f"{name}_path", args[0]))
        elif name == "limit_conn":
            self.used_zones.append((directive, "limit_conn_zone", args[0]))
        elif name == "limit_req":
            zone = next((found[1] for word in args if (found := _ZONE.fullmatch(word))), None)
            if zone is None:
                return "`limit_req` must name its zone: `zone=NAME`"
            self.used_zones.append((directive, "limit_req_zone", zone))
        elif name == "zone":
            if len(args) > 1:
                self.zones.setdefault(name, set()).add(args[0])
            else:
                self.used_zones.append((directive, "zone", args[0]))
        elif name.endswith("_pass") and args and "$" not in args[0]:
            self._target(directive, stream)
        return None

    def _declare(self, name: str, args: tuple[str, ...]) -> str | None:
        found = next((match for word in args if (match := _ZONE.fullmatch(word))), None)
        if found is None or not found[2]:
            wanted = "keys_zone=NAME:SIZE" if name.endswith("_path") else "zone=NAME:SIZE"
            return f"`{name}` must declare its zone as `{wanted}`"
        zones = self.zones.setdefault(name, set())
        if found[1] in zones:
            return f"the zone `{found[1]}` is declared twice"
        zones.add(found[1])
        return None

    def _access_log(self, args: tuple[str, ...], stream: bool) -> str | None:
        if args[0] == "off" or not self.whole:
            return None
        if len(args) < 2 or "=" in args[1]:
            return "in stream `access_log` must name a log_format" if stream and len(args) < 2 else None
        return None if (stream, args[1]) in self.formats else f"there is no log_format `{args[1]}` above"

    def _target(self, directive: Directive, stream: bool) -> None:
        scheme, sign, rest = directive.args[0].partition("://")
        rest = rest if sign else scheme
        if not rest.startswith("unix:"):
            host, port = host_and_port(_PATH.split(rest, 1)[0])
            needs_port = stream or directive.name in ("fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass")
            self.targets.append((directive, stream, host, port, needs_port))

    def _listen(self, directive: Directive, stream: bool, server: set[str]) -> str | None:
        key = listen_key(directive.args[0])
        kind = "udp" if "udp" in directive.args or "quic" in directive.args else "tcp"
        spot = f"{kind} {key}"
        if spot in server:
            return f"this server already listens on `{key}`"
        server.add(spot)
        words = {word.partition("=")[0] for word in directive.args[1:]}
        if not stream and words & {"default_server", "default"}:
            if spot in self.defaults:
                return f"there is a second default server for `{key}`"
            self.defaults.add(spot)
        if words & set(_SOCKET):
            if (stream, spot) in self.socket_options:
                return f"the options of the socket `{key}` are given twice"
            self.socket_options.add((stream, spot))
        return None

    def missing(self) -> list[tuple[Directive, str]]:
        """What is used and nowhere declared, or declared in another way than used."""
        found: list[tuple[Directive, str]] = []
        for directive, stream, host, port, needs_port in self.targets:
            if (stream, host.lower()) in self.upstreams:
                if port is not None:
                    found.append((directive, f"the upstream `{host}` may not have a port here"))
            elif self.whole and needs_port and port is None:
                found.append((directive, f"`{host}` has no port, and there is no upstream of that name"))
        if self.whole:
            for directive, declaring, zone in self.used_zones:
                if zone not in self.zones.get(declaring, ()):
                    found.append((directive, f"no `{declaring}` declares the zone `{zone}`{' with a size' if declaring == 'zone' else ''}"))
        return found
