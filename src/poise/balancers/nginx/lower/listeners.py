"""Lowers `server` blocks: where they listen, what they pass on and which status pages they show."""

from collections.abc import Iterator, Mapping

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.routes import Pools
from poise.balancers.nginx.lower.scope import MOST_DEPTH, PASSES, Places, Scope, WordPlaces, options_of, parameters
from poise.balancers.nginx.lower.variables import Variables
from poise.model.control import StatusPage
from poise.model.topology import Bind, Listener, Mode, Route

MOST_NAMES = 10
MOST_CHARACTERS = 500
_LOOPBACK = ("127.", "localhost:", "[::1]:", "/")
_STATUS = frozenset(("stub_status", "api", "status", "vhost_traffic_status_display", "upstream_conf", "check_status", "upstream_show"))
_OUTSIDE = frozenset(("server_name", "listen", "include"))


def _binds(block: Directive, mode: Mode) -> tuple[Bind, ...]:
    body = block.body or []
    listens = [d for d in body if d.name == "listen" and d.args and d.body is None]
    old_tls = any(d.name == "ssl" and d.args == ("on",) for d in body)
    if not listens:
        # The default is *:80 for a superuser and *:8000 else; nothing is written, so the server's own line stands for it.
        return (Bind("*:80", block.location(), old_tls),) if mode == "http" else ()
    return tuple(_bind(line, old_tls) for line in listens)


def _bind(line: Directive, tls: bool) -> Bind:
    options = parameters(line)
    return Bind(listen_address(line.args[0]), line.location(), tls or "ssl" in options or "quic" in options, options, WordPlaces(line))


def listen_address(written: str) -> str:
    """The address of a `listen` as host:port, `*:port` for all, or a socket's path. Port 80 where none is written."""
    if written.startswith("unix:"):
        return written.removeprefix("unix:")
    if written.isdigit():
        return f"*:{written}"
    if written.startswith("["):
        return written if "]:" in written else f"{written}:80"
    return written if ":" in written else f"{written}:80"


def _names(body: list[Directive]) -> list[str]:
    return [name for d in body if d.name == "server_name" for name in d.args]


def _walk(block: Directive, scope: Scope) -> Iterator[tuple[Directive, str, Scope]]:
    """Each block inside the server with its condition and scope, in the file's order; the server itself first. No recursion."""
    waiting = [(block, "", scope.inside(block.body or []), 0)]
    while waiting:
        inner, condition, settings, depth = waiting.pop()
        yield inner, condition, settings
        if depth == MOST_DEPTH:
            continue
        for each in reversed(inner.body or []):
            if each.body is None or each.name not in ("location", "if", "limit_except"):
                continue
            words = each.value if each.name == "location" else f"{condition} {each.name} {each.value}".strip()
            waiting.append((each, words[:MOST_CHARACTERS], settings.inside(each.body), depth + 1))


def _restricted(scope: Scope, loopback: bool) -> bool:
    rules = scope.access.get("access", [])
    # A list that begins with `allow all` limits nobody, whatever stands below.
    closed = next((rule for rule in rules if rule.split()[1:] == ["all"]), "")
    secrets = any(scope.access.get(name, ["off"])[-1].split(" ")[0] != "off" for name in ("auth_basic", "auth_request", "auth_jwt"))
    certificate = scope.access.get("ssl_verify_client", ["off"])[-1] == "on"
    return loopback or closed.startswith("deny") or secrets or certificate


def lower_listener(
    block: Directive, mode: Mode, outer: Scope, inherited: tuple[Mapping[str, str], Places], pools: Pools, variables: Variables
) -> Listener:
    """The listener of one `server` block. `inherited` are the http level's directives that a server takes over."""
    body = block.body or []
    names = _names(body)
    # A server may have thousands of names, and each of its routes tells them.
    shown = " ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")
    binds = _binds(block, mode)
    loopback = bool(binds) and all(bind.address.startswith(_LOOPBACK) for bind in binds)
    routes: list[Route] = []
    pages: list[StatusPage] = []
    for inner, condition, scope in _walk(block, outer):
        for line in inner.body or []:
            if line.body is not None:
                continue
            if line.name in PASSES and line.args:
                where = " ".join(filter(None, (shown, condition)))
                routes += pools.routes_for(line, where or None, scope, variables)
            elif line.name in _STATUS:
                path = next((word for word in reversed(inner.args)), "") if inner.name == "location" else ""
                can_change = line.name == "api" and "write=on" in line.args
                restricted = _restricted(scope, loopback) or any(each.name == "internal" for each in inner.body or [])
                pages.append(StatusPage(line.name, path, line.location(), can_change, restricted))
    own, places = options_of(body, _OUTSIDE)
    return Listener(
        name=next(iter(names), binds[0].address if binds else ""),
        product="nginx",
        mode=mode,
        binds=binds,
        routes=tuple(routes),
        location=block.location(),
        status_pages=tuple(pages),
        options={**inherited[0], **own},
        places=Places({**inherited[1].directives, **places.directives}),
    )
