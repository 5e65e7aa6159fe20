"""What `proxy_pass` and its like name: a scheme, and an address or the name of a pool."""

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port
from poise.model.light import dataclass
from poise.model.regexp import regexp

_PATH = regexp(r"[/?$]")
# Default ports by scheme; None where nginx demands one (FastCGI, uwsgi, SCGI have none).
_PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443, "uwsgi": None, "suwsgi": None}
_TLS = frozenset(("https", "grpcs", "suwsgi"))


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `host` is what may be a pool's name, `port` the written one, `address` host:port or a socket's path."""

    host: str
    port: str | None
    address: str
    tls: bool = False
    scheme: str = ""


def target_of(directive: Directive, written: str) -> Target:
    """Cut a target as written behind a `…_pass`."""
    scheme, sign, rest = written.partition("://")
    if not sign:
        scheme, rest = "", written
    scheme = scheme.lower()
    if rest.startswith("unix:"):
        path = rest.removeprefix("unix:").partition(":")[0]
        return Target(rest.partition(":/")[0], None, path, scheme in _TLS, scheme)
    # A variable that is still there begins the path: those of the address were replaced.
    authority = _PATH.split(rest, 1)[0] if scheme or directive.name == "proxy_pass" else rest
    host, port = host_and_port(authority)
    default = _PORTS.get(scheme or ("grpc" if directive.name == "grpc_pass" else ""))
    address = authority if port or default is None else f"{host}:{default}"
    return Target(host, port, address, scheme in _TLS, scheme)
