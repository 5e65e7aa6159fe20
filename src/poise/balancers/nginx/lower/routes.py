"""Lowers what a server passes on: one route for each target, and the pools that only a target names."""

from dataclasses import dataclass, field, replace

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.scope import Scope
from poise.balancers.nginx.lower.targets import Target, target_of
from poise.balancers.nginx.lower.upstreams import lower_server
from poise.balancers.nginx.lower.variables import Choice, Variables
from poise.model.topology import Algorithm, Mode, Pool, Route, Server

# Routes of one configuration: a map of a thousand pools in a thousand locations would be a million.
MOST_ROUTES = 50_000
# So many values of a map are told in the condition of a route.
MOST_SHOWN = 10


@dataclass(slots=True)
class Pools:
    """The pools of one http or stream block: those declared, and those that targets name themselves."""

    mode: Mode
    declared: dict[str, Pool] = field(default_factory=dict)  # by name in lower case
    implicit: dict[str, Pool] = field(default_factory=dict)
    routes: int = 0

    def routes_for(self, directive: Directive, condition: str | None, scope: Scope, variables: Variables) -> list[Route]:
        """The routes of one `…_pass`."""
        written = directive.args[0] if directive.args else ""
        choices = variables.choices(written, scope) if self.routes < MOST_ROUTES else [Choice(written, known=False)]
        tls_on = self.mode == "tcp" and scope.values.get("proxy_ssl") == "on"
        # Several values of one map that lead to one pool are one route.
        reasons: dict[tuple[str, bool], list[str]] = {}
        for choice in choices:
            target = target_of(directive, choice.target)
            reasons.setdefault((self.pool(directive, written, choice, target), target.tls or tls_on), []).append(choice.why)
        self.routes += len(reasons)
        location = directive.location()
        return [
            Route(
                pool=pool,
                condition=" ".join(filter(None, (condition, _joined(why)))) or None,
                location=location,
                target=written,
                tls=tls,
                options=scope.values,
                places=scope.places,
            )
            for (pool, tls), why in reasons.items()
        ]

    def pool(self, directive: Directive, written: str, choice: Choice, target: Target) -> str:
        """The name of the pool that a target leads to; one that is not declared is made."""
        # nginx compares the names of upstreams without case.
        declared = self.declared.get(target.host.lower()) if choice.known and target.port is None else None
        if declared is not None:
            return declared.name
        variable = not choice.known or choice.target != written
        server = _server(directive, target) if choice.known and target.host else None
        pool = self.implicit.get(written)
        if pool is None:
            pool = Pool(
                name=written,
                product="nginx",
                mode=self.mode,
                algorithm=Algorithm("roundrobin"),
                servers=(),
                location=directive.location(),
                discovery="variable" if variable else None,
                discovered=variable,
                implicit=True,
            )
        if server is not None and all(each.address != server.address for each in pool.servers):
            pool = replace(pool, servers=(*pool.servers, server))
        self.implicit[written] = pool
        return written


def _joined(reasons: list[str]) -> str:
    """`map $host $pool: a, b` of the reasons `map $host $pool: a` and `map $host $pool: b`."""
    words = list(dict.fromkeys(filter(None, reasons)))
    if not words:
        return ""
    head = words[0].rpartition(": ")[0]
    shown = [words[0], *(word.removeprefix(f"{head}: ") for word in words[1:MOST_SHOWN])]
    return f"({', '.join(shown)}{', …' if len(words) > MOST_SHOWN else ''})"


def _server(directive: Directive, target: Target) -> Server:
    server = lower_server(Directive(directive.source, "server", (target.address,), directive.start, directive.end), target.address, None)
    return replace(server, address=target.address.removeprefix("unix:"), address_location=directive.word(1))
