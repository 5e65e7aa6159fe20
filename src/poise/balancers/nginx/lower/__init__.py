"""Turns an assembled nginx configuration into a Topology: listeners, routes, pools and servers, with everything they inherit."""

from collections.abc import Collection, Iterator, Mapping

from poise.balancers.nginx.assemble import Assembly
from poise.balancers.nginx.check import check
from poise.balancers.nginx.directives import allowed
from poise.balancers.nginx.document import Directive, Source
from poise.balancers.nginx.fragments import fragment_context, loads_unknown
from poise.balancers.nginx.lower.defined import defined
from poise.balancers.nginx.lower.listeners import lower_listener
from poise.balancers.nginx.lower.logs import Logs
from poise.balancers.nginx.lower.routes import Pools
from poise.balancers.nginx.lower.scope import EMPTY, PASSES, Places, options_of
from poise.balancers.nginx.lower.upstreams import lower_upstream, spoken_to
from poise.balancers.nginx.lower.variables import Variables
from poise.balancers.nginx.report import Report
from poise.balancers.nginx.values import number
from poise.model.access_log import Logged
from poise.model.later import Later
from poise.model.topology import Listener, Mode, Pool, Topology
from poise.model.variable import Variable

__all__ = ["lower"]

_MAIN = frozenset(("http", "stream", "events", "mail"))
_ELSEWHERE = frozenset(("include",))
# Directives of the http level that a server does not take over: they declare something.
_DECLARING = frozenset(
    ("include", "log_format", "limit_req_zone", "limit_conn_zone", "proxy_cache_path", "fastcgi_cache_path", "js_import")
)


class _Lowering:
    def __init__(self, assembly: Assembly, target: str | None) -> None:
        self.assembly = assembly
        self.target = target
        self.report = Report(assembly.could_not)
        self.listeners: list[Listener] = []
        self.pools: list[Pool] = []
        self.options: dict[str, str] = {}
        self.places: dict[str, Directive] = {}
        self.variables: Mapping[str, Variable] = {}
        # Who watches asks what is logged where, and who audits does not: it is a tenth of reading a file of many servers.
        self.logs: list[tuple[Logs, Directive, Listener]] = []

    def run(self) -> Topology:
        body = self.assembly.body
        blocks = [d for d in body if d.body is not None and d.name in _MAIN]
        complete = bool(blocks)
        context = "m" if complete else fragment_context(body)
        templates = check(body, context, self.report, self.target, lenient=loads_unknown(body))
        if templates:
            _leave_out(body, templates)
            blocks = [block for block in blocks if block.source not in templates]
        self.note(body if complete else [])
        if complete:
            for block in blocks:
                if block.name in ("http", "events"):
                    self.note(block.body or [])
                if block.name in ("http", "stream"):
                    self.traffic(block.body or [], "http" if block.name == "http" else "tcp")
        else:
            self.traffic(body, "tcp" if context in "tvw" else "http")
        workers = self.options.get("worker_processes", "1" if complete else "")
        return Topology(
            product="nginx",
            file=self.assembly.file,
            listeners=tuple(self.listeners),
            pools=tuple(self.pools),
            pid_file=self.options.get("pid"),
            target=self.target,
            workers=number(workers),
            # What a template that is included will hold, an upstream perhaps, nobody knows.
            complete=complete and not templates,
            files=tuple(self.assembly.files),
            options=self.options,
            places=Places(self.places),
            variables=self.variables,
            logged=_logged(tuple(self.logs)),
            could_not=tuple(self.report.entries),
        )

    def note(self, body: list[Directive]) -> None:
        """Keep the directives of the main, events or http level."""
        options, places = options_of(body, _ELSEWHERE)
        self.options.update(options)
        self.places.update(places.directives)

    def traffic(self, body: list[Directive], mode: Mode) -> None:
        """One http or stream block, or a fragment of one."""
        pools = Pools(mode)
        for block in body:
            if block.name == "upstream" and block.body is not None and block.args:
                pools.declared.setdefault(block.args[0].lower(), lower_upstream(block, mode))
        variables = Variables()
        variables.learn(_everything(body))
        scope, logs = EMPTY.inside(body), Logs(body, mode)
        letter = "s" if mode == "http" else "v"
        inherited = options_of([d for d in body if d.name not in _DECLARING and allowed(d.name, letter)])
        loose = [d for d in body if d.name == "location" or d.name in PASSES]
        if loose:
            # A fragment that is meant to be included into a server block.
            server = Directive(body[0].source, "server", (), body[0].start, body[0].end)
            server.body = body
            listener = lower_listener(server, mode, EMPTY, ({}, Places({})), pools, variables)
            self.listeners.append(listener)
            self.logs.append((logs, server, listener))
        for block in body:
            if block.name == "server" and block.body is not None:
                listener = lower_listener(block, mode, scope, inherited, pools, variables)
                self.listeners.append(listener)
                self.logs.append((logs, block, listener))
        self.pools += spoken_to(pools.all(), self.listeners)
        self.variables = {**defined(variables.defining), **self.variables}


def _logged(each: tuple[tuple[Logs, Directive, Listener], ...]) -> Later[Logged]:
    return Later(lambda: [found for logs, block, listener in each for found in logs.logged(block, listener)])


def _leave_out(body: list[Directive], sources: Collection[Source]) -> None:
    """Takes the directives of these files out, wherever they were included."""
    waiting = [body]
    while waiting:
        inner = waiting.pop()
        inner[:] = [directive for directive in inner if directive.source not in sources]
        waiting += [directive.body for directive in inner if directive.body]


def _everything(body: list[Directive]) -> Iterator[Directive]:
    """Every directive below, without recursion."""
    waiting = [iter(body)]
    while waiting:
        for directive in waiting[-1]:
            yield directive
            if directive.body:
                waiting.append(iter(directive.body))
                break
        else:
            waiting.pop()


def lower(assembly: Assembly, target: str | None = None) -> Topology:
    """The topology that this configuration describes. `target` is a version such as `1.22`. Never raises. Source: nginx.org/en/docs."""
    return _Lowering(assembly, target).run()
