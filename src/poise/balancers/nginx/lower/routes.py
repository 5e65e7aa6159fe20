"""Lowers what a server passes on: one route for each target, and the pools that only a target names."""

from collections.abc import Mapping
from dataclasses import field, replace

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.scope import Scope
from poise.balancers.nginx.lower.targets import Target, target_of
from poise.balancers.nginx.lower.upstreams import lower_server
from poise.balancers.nginx.lower.variables import Choice, Variables
from poise.model.light import dataclass
from poise.model.topology import Algorithm, Mode, Pool, Route, Server

# Routes of one configuration: a map of a thousand pools in a thousand locations would be a million.
MOST_ROUTES = 20_000
# So many values of a map are told in the condition of a route.
MOST_SHOWN = 10


_Leads = dict[tuple[str, bool], list[str]]


@dataclass(slots=True)
class _Implicit:
    """A pool that a target names itself, while its targets are read: the first line that does, and its servers by address."""

    directive: Directive
    variable: bool
    servers: dict[str, Target] = field(default_factory=dict)


@dataclass(slots=True)
class Pools:
    """The pools of one http or stream block: those declared (by name in lower case), and those that targets name themselves."""

    mode: Mode
    declared: dict[str, Pool] = field(default_factory=dict)
    implicit: dict[str, _Implicit] = field(default_factory=dict)
    routes: int = 0
    # Where targets lead that do not depend on their place: pool and TLS, with the reasons.
    known: dict[tuple[str, str], _Leads] = field(default_factory=dict)

    def all(self) -> list[Pool]:
        """Every pool, the declared ones first."""
        return [*self.declared.values(), *(self._implicit_pool(name, found) for name, found in self.implicit.items())]

    def routes_for(self, directive: Directive, condition: str | None, scope: Scope, variables: Variables) -> list[Route]:
        """The routes of one `…_pass`."""
        written = directive.args[0] if directive.args else ""
        tls_on = self.mode == "tcp" and scope.values.get("proxy_ssl") == "on"
        reasons = self._leads(directive, written, scope, variables)
        self.routes += len(reasons)
        location = directive.location()
        options: Mapping[str, str] = scope.values
        if directive.name != "proxy_pass":
            # The target of `uwsgi_pass` does not tell the protocol.
            options = {**options, directive.name: written}
        return [
            Route(
                pool=pool,
                condition=" ".join(filter(None, (condition, _joined(why)))) or None,
                location=location,
                target=written,
                tls=tls or tls_on,
                options=options,
                places=scope.places,
            )
            for (pool, tls), why in reasons.items()
        ]

    def _leads(self, directive: Directive, written: str, scope: Scope, variables: Variables) -> _Leads:
        """Which pools a target leads to. Several values of one map that lead to one pool are one route."""
        key = (directive.name, written)
        if not scope.assigns and key in self.known:
            return self.known[key]
        choices = variables.choices(written, scope) if self.routes < MOST_ROUTES else [Choice(written, known=False)]
        found: _Leads = {}
        for choice in choices:
            target = target_of(directive, choice.target)
            found.setdefault((self._pool(directive, written, choice, target), target.tls), []).append(choice.why)
        if not scope.assigns:
            self.known[key] = found
        return found

    def _pool(self, directive: Directive, written: str, choice: Choice, target: Target) -> str:
        """The name of the pool that a target leads to; one that is not declared is noted."""
        # nginx compares the names of upstreams without case.
        declared = self.declared.get(target.host.lower()) if choice.known and target.port is None else None
        if declared is not None:
            return declared.name
        pool = self.implicit.get(written)
        if pool is None:
            pool = self.implicit[written] = _Implicit(directive, not choice.known or choice.target != written)
        if choice.known and target.host:
            pool.servers.setdefault(target.address, target)
        return written

    def _implicit_pool(self, name: str, found: _Implicit) -> Pool:
        return Pool(
            name=name,
            product="nginx",
            mode=self.mode,
            algorithm=Algorithm("roundrobin"),
            servers=tuple(_server(found.directive, target) for target in found.servers.values()),
            location=found.directive.location(),
            discovery="variable" if found.variable else None,
            discovered=found.variable,
            implicit=True,
        )


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
    return replace(server, address=target.address.removeprefix("unix:"))
