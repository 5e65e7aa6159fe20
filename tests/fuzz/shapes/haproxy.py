"""Large and hostile inputs for HAProxy's reader and rules."""

from collections.abc import Callable

from tests.fuzz.shapes.common import MB

HEAD = "defaults\n    mode http\n    timeout connect 1s\n    timeout client 9s\n    timeout server 9s\n"
WEB = f"{HEAD}backend web\n"
TWO = f"{WEB}    server a 10.0.0.1:80\n    server b 10.0.0.2:80\n"


def _lines(head: str, line: Callable[[int], str]) -> Callable[[int], bytes]:
    return lambda number: (head + "".join(line(n) for n in range(number))).encode()


def _one_pool(option: str) -> Callable[[int], bytes]:
    return _lines(
        f"{HEAD}frontend in\n    bind :80\n    default_backend web\nbackend web\n{option}",
        lambda n: f"    server s{n} 10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80 check weight {1 + n % 7} maxconn {n}\n",
    )


def _pools(number: int) -> bytes:
    routes = "".join(f"    use_backend b{n} if {{ path /{n} }}\n" for n in range(number))
    servers = "    server s 10.0.{}.{}:80 check\n    server t 10.1.0.1:80 check\n"
    pools = "".join(f"backend b{n}\n    balance roundrobin\n{servers.format(n >> 8 & 255, n & 255)}" for n in range(number))
    return f"{HEAD}frontend in\n    bind :80\n{routes}{pools}".encode()


def _listens(number: int) -> bytes:
    ports = [n % 65535 + 1 for n in range(number)]
    return (HEAD + "".join(f"listen l{n}\n    bind :{port}\n    server s 127.0.0.1:{port}\n" for n, port in enumerate(ports))).encode()


def _inherited(number: int) -> bytes:
    given = "".join(f"    errorfile {n} /x\n    http-request add-header h{n} v\n" for n in range(number))
    return f"defaults\n{given}{''.join(f'backend b{n}{chr(10)}' for n in range(number))}".encode()


SHAPES: dict[str, tuple[Callable[[int], bytes], int]] = {
    "long-word": (lambda n: b"backend web\n    server a " + b"x" * n + b"\n", 10 * MB),
    "many-words": (lambda n: b"backend web\n    server a " + b"x " * n + b"\n", 5 * MB),
    "servers": (_one_pool(""), 4000),
    "servers-of-a-ring": (_one_pool("    balance source\n    hash-type consistent\n"), 2000),
    "servers-of-one-address": (_lines(WEB, lambda n: f"    server s{n} 10.0.0.1:80\n"), 4000),
    "servers-of-one-name": (_lines(WEB, lambda n: f"    server s 10.0.0.1:{n}\n"), 4000),
    "servers-that-track": (_lines(WEB, lambda n: f"    server s{n} 10.0.0.1:{n} track s{n + 1}\n"), 4000),
    "pools": (_pools, 2000),
    "pools-of-one-name": (_lines(HEAD, lambda _: "backend web\n    server a 10.0.0.1:80\n"), 3000),
    "listens-that-lead-to-each-other": (_listens, 3000),
    "defaults": (_lines("", lambda n: f"defaults d{n} from d{n - 1}\n    timeout connect {n + 1}\n    maxconn {n}\n"), 3000),
    "defaults-of-many-options": (_inherited, 2000),
    "acls": (_lines(f"{HEAD}frontend in\n    bind :80\n", lambda n: f"    acl a{n} path_beg /{n}\n    http-request deny if a{n}\n"), 3000),
    "binds": (_lines(f"{HEAD}frontend in\n", lambda n: f"    bind :{n}\n"), 4000),
    "one-bind-of-many": (
        lambda n: (f"{HEAD}frontend in\n    bind " + ",".join(f":{i % 60000 + 1}" for i in range(n)) + "\n").encode(),
        20_000,
    ),
    "stick-rules": (_lines(TWO, lambda n: f"    stick on src table t{n}\n"), 4000),
    "use-server-rules": (
        _lines(
            f"{HEAD}backend web\n    server a 10.0.0.1:80\n    server b 10.0.0.2:80\n", lambda n: f"    use-server a if {{ path /{n} }}\n"
        ),
        4000,
    ),
    "opened-conditions": (_lines("", lambda _: ".if 1\n"), 50_000),
    "negated-condition": (lambda n: b".if " + b"!" * n + b"1\n.endif\n", 1 * MB),
    "bracketed-condition": (lambda n: b".if " + b"(" * n + b"1\n.endif\n", 1 * MB),
    "condition-of-many-terms": (lambda n: b".if 1" + b" && 1" * n + b"\n.endif\n", 100_000),
    "doubled-variable": (lambda n: b"global\n" + b'    setenv A "x$A$A"\n' * n, 4000),
    "doubled-variable-of-words": (lambda n: b"global\n" + b'    setenv A "x ${A[*]} ${A}"\n' * n, 4000),
    "variables": (_lines("global\n", lambda n: f'    setenv V{n} "$V{n - 1}"\n'), 20_000),
    "reset-variables": (_lines("global\n", lambda n: f"    setenv V{n} 1\n    resetenv V1 V2\n"), 20_000),
    "templates-of-servers": (_lines(WEB, lambda _: "    server-template s 4000 app.example.com:80 check\n"), 40),
    "default-servers": (
        _lines(WEB, lambda n: f"    default-server inter {n + 1}\n    server s{n} 10.0.0.1:{n}\n"),
        4000,
    ),
    "unknown-keywords": (_lines(WEB, lambda n: f"    what{n} is this\n"), 10_000),
    "sections": (_lines("", lambda n: f"peers p{n}\nresolvers r{n}\ncache c{n}\nuserlist u{n}\n"), 5000),
    "unfinished-variable-on-a-line": (lambda n: b'backend web\n    server a "' + b"${A-" * n, 250_000),
}
