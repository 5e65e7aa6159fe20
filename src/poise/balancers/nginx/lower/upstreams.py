"""Lowers `upstream` blocks and their servers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from sys import intern

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.scope import WordPlaces, options_of, parameters
from poise.balancers.nginx.values import duration, number, server_address
from poise.model.topology import Algorithm, Listener, Mode, Pool, Role, Server

_METHODS = frozenset(("ip_hash", "least_conn", "hash", "random", "least_time", "fair"))
_DEFAULT_FAIL_TIMEOUT = timedelta(seconds=10)


def lower_server(directive: Directive, name: str, default_port: int | None) -> Server:
    """The server that one line of an upstream block declares."""
    options, places = parameters(directive), WordPlaces(directive)
    backup, disabled = "backup" in options, "down" in options
    # A server that drains keeps the sessions it has and gets no others.
    role: Role = "disabled" if disabled or "drain" in options else "backup" if backup else "active"
    max_fails = number(options["max_fails"]) if "max_fails" in options else 1
    fail_timeout = duration(options["fail_timeout"]) if "fail_timeout" in options else _DEFAULT_FAIL_TIMEOUT
    return Server(
        # Load balancers that stand beside each other have the same servers.
        name=intern(name),
        address=intern(server_address(directive.args[0], default_port)),
        role=role,
        weight=number(options["weight"]) or 1 if "weight" in options else 1,
        location=directive.location(),
        backup=backup,
        disabled=disabled,
        health="DRAINING" if "drain" in options else None,
        maxconn=number(options["max_conns"]) or None if "max_conns" in options else None,
        cookie=options.get("route"),
        slow_start=duration(options["slow_start"]) if "slow_start" in options else None,
        max_fails=1 if max_fails is None else max_fails,
        fail_timeout=_DEFAULT_FAIL_TIMEOUT if fail_timeout is None else fail_timeout,
        options=options,
        places=places,
        spots=places,
    )


def name_servers(lines: Iterable[Directive]) -> list[tuple[Directive, str]]:
    """Each line with its server's name: the address as written, `#2` behind the second of the same."""
    seen: dict[str, int] = {}
    named = []
    for line in lines:
        written = line.args[0]
        seen[written] = seen.get(written, 0) + 1
        named.append((line, written if seen[written] == 1 else f"{written}#{seen[written]}"))
    return named


def _algorithm(body: list[Directive]) -> Algorithm:
    methods = [d for d in body if d.name in _METHODS and d.body is None]
    if not methods:
        return Algorithm("roundrobin")
    # nginx warns "load balancing method redefined" and takes the last.
    line = methods[-1]
    location = line.location()
    if line.name != "hash":
        return Algorithm(line.name, line.value or None, location=location)
    consistent = len(line.args) > 1 and line.args[1] == "consistent"
    key = line.args[0] if line.args else None
    return Algorithm("hash", key, "consistent" if consistent else "map-based", location=location)


def lower_upstream(block: Directive, mode: Mode) -> Pool:
    """The pool of one `upstream` block."""
    body = block.body or []
    lines = [line for line in body if line.name == "server" and line.body is None and line.args]
    servers = tuple(lower_server(line, name, 80 if mode == "http" else None) for line, name in name_servers(lines))
    options, places = options_of(body, frozenset(("server", "include")))
    sticky = next((d for d in body if d.name == "sticky" or d.name.startswith("sticky_")), None)
    resolves = any("resolve" in server.options for server in servers)
    discovery = "resolve" if resolves else "state" if "state" in options else None
    return Pool(
        name=block.args[0] if block.args else "",
        product="nginx",
        mode=mode,
        algorithm=_algorithm(body),
        servers=servers,
        location=block.location(),
        persistence=f"{sticky.name} {sticky.args[0]}".strip() if sticky and sticky.args else sticky.name if sticky else None,
        persistence_location=sticky.location() if sticky else None,
        discovery=discovery,
        discovered=discovery is not None,
        options=options,
        places=places,
    )


def spoken_to(pools: Sequence[Pool], listeners: Iterable[Listener]) -> list[Pool]:
    """The pools, their servers marked as spoken to in TLS where a route does: an `upstream` itself does not say how."""
    encrypted = {route.pool for listener in listeners for route in listener.routes if route.tls}
    if not encrypted:
        return [*pools]
    return [replace(p, servers=tuple(replace(s, tls=True) for s in p.servers)) if p.name in encrypted else p for p in pools]
