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


@dataclass(slots=True)
class Pools:
    """The pools of one http or stream block: those declared, and those that targets name themselves."""

    mode: Mode
    declared: dict[str, Pool] = field(default_factory=dict)
    implicit: dict[str, Pool] = field(default_factory=dict)
    routes: int = 0

    def routes_for(self, directive: Directive, condition: str | None, scope: Scope, variables: Variables) -> list[Route]:
        """The routes of one `…_pass`."""
        written = directive.args[0] if directive.args else ""
        choices = variables.choices(written)
        if self.routes + len(choices) > MOST_ROUTES:
            choices = [Choice(written, known=False)]
        tls_on = self.mode == "tcp" and scope.values.get("proxy_ssl") == "on"
        location = directive.location()
        found: dict[str, Route] = {}
        for choice in choices:
            target = target_of(directive, choice.target)
            pool = self.pool(directive, written, choice, target)
            why = " ".join(filter(None, (condition, f"({choice.why})" if choice.why else "")))
            route = Route(
                pool=pool,
                condition=why or None,
                location=location,
                target=written,
                tls=target.tls or tls_on,
                options=scope.values,
                places=scope.places,
            )
            before = found.get(pool)
            # Several values of one map that lead to one pool are one route.
            found[pool] = (
                replace(before, condition=f"{before.condition}, {choice.why.rpartition(': ')[2]}") if before and choice.why else route
            )
        self.routes += len(found)
        return list(found.values())

    def pool(self, directive: Directive, written: str, choice: Choice, target: Target) -> str:
        """The name of the pool that a target leads to; one that is not declared is made."""
        if choice.known and target.host in self.declared and target.port is None:
            return target.host
        variable = not choice.known or choice.target != written
        server = _server(directive, target) if choice.known and target.address else None
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


def _server(directive: Directive, target: Target) -> Server:
    server = lower_server(Directive(directive.source, "server", (target.address,), directive.start, directive.end), target.address, None)
    return replace(server, address=target.address.removeprefix("unix:"), address_location=directive.word(1))
