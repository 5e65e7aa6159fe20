"""Turns read HAProxy configurations into a Topology: listeners, routes, pools and servers, with everything they inherit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.balancers.haproxy.arguments import section_problem
from poise.balancers.haproxy.document import Document, Line, Section
from poise.balancers.haproxy.keywords import OTHER_SECTIONS, SECTIONS_SINCE
from poise.balancers.haproxy.lower.behind import Behind
from poise.balancers.haproxy.lower.globals import Process, lower_global
from poise.balancers.haproxy.lower.place import Place
from poise.balancers.haproxy.lower.places import Places, Spot
from poise.balancers.haproxy.lower.proxies import apply
from poise.balancers.haproxy.lower.references import check_names, check_sections
from poise.balancers.haproxy.lower.report import Report
from poise.balancers.haproxy.lower.servers import lower_server
from poise.balancers.haproxy.lower.settings import Keyword, Settings
from poise.balancers.haproxy.lower.versions import Vocabulary, release, vocabulary
from poise.model.topology import Listener, Pool, Route, Server, Timeouts, Topology

__all__ = ["lower"]

# Every section takes over what stands in its defaults section. Entries that are taken over in all: so many, and one for each character of
# the files. Well-kept ones stay far below a tenth; without a bound, thousands of lines in thousands of sections fill any memory.
MOST_INHERITED = 200_000
_EARLY = frozenset(("nbthread", "thread-group", "thread-groups"))


class _Lowering:
    def __init__(self, documents: Sequence[Document], target: str | None, judged: str | None) -> None:
        self.documents = documents
        self.target = target
        self.known: Vocabulary = vocabulary(target, judged)
        self.report = Report(tuple(entry for document in documents for entry in document.could_not))
        self.process = Process()
        self.other_section = False
        self.environment: Mapping[str, str] = {}
        self.latest = Settings()
        self.slots: list[int] = []
        self.alike: dict[str, Behind] = {}
        self.named: dict[str, Settings | None] = {}
        self.listeners: list[Listener] = []
        self.pools: list[Pool] = []
        self.room = MOST_INHERITED + sum(len(line.raw) for document in documents for line in document.lines)

    def run(self) -> Topology:
        for document in self.documents:
            self.environment = document.environment
            for section in document.sections:
                self.section(section)
        sections = [section for document in self.documents for section in document.sections]
        check_sections(sections, self.report)
        check_names(self.listeners, self.pools, sections, self.report, self.process.options.get("ssl-server-verify") == "none")
        process = self.process
        return Topology(
            product="haproxy",
            file=self.documents[0].file if self.documents else "",
            listeners=tuple(self.listeners),
            pools=tuple(self.pools),
            control_sockets=tuple(process.control_sockets),
            maxconn=process.maxconn,
            maxconn_location=process.maxconn_location,
            threads=process.threads,
            pid_file=process.pid_file,
            server_state_file=process.server_state_file,
            hard_stop_after=process.hard_stop_after,
            target=self.target,
            options=process.options,
            places=Places(process.places),
            could_not=tuple(self.report.entries),
        )

    def section(self, section: Section) -> None:
        self.other_section = self.other_section or section.kind != "global"
        if section.kind == "global":
            lower_global(section, self.process, self.known, self.report)
            self.early(section)
        elif section.kind == "defaults":
            self.defaults(section)
        elif section.kind in ("frontend", "backend", "listen"):
            self.proxy(section)
        else:
            if section.kind in ("resolvers", "peers"):
                key = f"{section.kind} {section.name}"
                self.process.options[key] = "\n".join(" ".join(line.values) for line in section.lines)
                self.process.places[key] = Spot(section.header, section.file)
                for line in section.lines:
                    # `hold valid`, `timeout resolve`: where it stands, the last one of a kind.
                    self.process.places[f"{key} {' '.join(line.values[:2])}"] = Spot(line, section.file)
            since = SECTIONS_SINCE.get(section.kind)
            if since and self.known.version is not None and self.known.version < (release(since) or (0, 0)):
                reason = f"section `{section.kind}` exists from HAProxy {since} on: {self.target} refuses the file"
                self.report.cannot(section.file, section.header.number, reason)
            elif since:
                self.process.options[section.kind] = section.name
                self.process.places.setdefault(section.kind, Spot(section.header, section.file))
            allowed = OTHER_SECTIONS.get(section.kind)
            for line in section.lines:
                keyword = line.keyword
                if allowed is not None and keyword not in allowed:
                    problem: str | None = self.known.unknown(keyword, f"{section.kind} sections")
                else:
                    problem = section_problem(section.kind, keyword, line.values[1:], line.negated)
                if problem:
                    self.report.cannot(section.file, line.number, problem)

    def early(self, section: Section) -> None:
        """Say which lines 2.8 wants in the first global section (2.6 does not; checked with both)."""
        if self.known.version is None or self.known.version <= (2, 6) or not self.other_section:
            return
        for line in section.lines:
            if line.keyword in _EARLY:
                reason = f"`{line.keyword}` must stand in a global section above all other sections: HAProxy refuses the line"
                self.report.cannot(section.file, line.number, reason)

    def inherited(self, section: Section, otherwise: Settings) -> Settings:
        """What the section begins with. The latest defaults section counts, named or not (checked with 2.6 and 2.8)."""
        found = otherwise
        if section.parent is not None:
            named = self.named.get(section.parent)
            if named is None:
                state = "is declared twice" if section.parent in self.named else "is not declared above"
                self.report.cannot(
                    section.file, section.header.number, f"the defaults section `{section.parent}` {state}: HAProxy refuses the file"
                )
            found = named or otherwise
        size = found.size
        if size <= self.room:
            self.room -= size
            return found.copy()
        if self.room >= 0:
            reason = "so many sections take over so many lines of defaults that poise judges these lines no more, from this section on"
            self.report.cannot(section.file, section.header.number, reason)
        self.room = -1
        return found.without_lines()

    def defaults(self, section: Section) -> None:
        settings = self.inherited(section, Settings())
        place = Place(section, self.known)
        for line in section.lines:
            if line.keyword in ("server", "server-template"):
                self.report.cannot(section.file, line.number, f"`{line.keyword}` is not allowed in defaults: HAProxy refuses the line")
                continue
            problem = apply(settings, line, place)
            if problem:
                self.report.cannot(section.file, line.number, problem)
        self.latest = settings
        if section.name:
            self.named[section.name] = None if section.name in self.named else settings

    def proxy(self, section: Section) -> None:
        settings = self.inherited(section, self.latest)
        settings.environment = self.environment
        settings.slots = self.slots
        place = Place(section, self.known)
        waiting: list[tuple[Line, Mapping[str, Keyword]]] = []
        for line in section.lines:
            if line.keyword in ("server", "server-template"):
                # A default-server line counts for the servers below it only; every other line for all of them.
                waiting.append((line, settings.default_server))
                continue
            problem = apply(settings, line, place)
            if problem:
                self.report.cannot(section.file, line.number, problem)
        servers: list[Server] = []
        for line, given in waiting:
            problem = self.server(section, line, settings, given, servers)
            if problem:
                self.report.cannot(section.file, line.number, problem)
        if section.kind != "frontend" and (section.kind == "backend" or servers):
            # 3.3 changed the default algorithm from roundrobin to random.
            new = self.known.version is not None and self.known.version >= (3, 3)
            self.pools.append(_pool(section, settings, tuple(servers), new))
        if section.kind != "backend":
            self.listeners.append(_listener(section, settings, bool(servers)))

    def server(self, section: Section, line: Line, settings: Settings, given: Mapping[str, Keyword], servers: list[Server]) -> str | None:
        if section.kind == "frontend":
            return "`server` is not allowed in a frontend: HAProxy refuses the line. Put it into a backend or listen section"
        unread = (section.file, line.number) in self.report.seen
        found, problem = lower_server(line, section.file, settings, given, self.known, self.alike, unread)
        named = (line.read is not None or "weight" in line.raw) and not any(server.spots.weight for server in found)
        weighed = named and "weight" in line.values[3:]
        if not found or weighed or line.cut:
            settings.options["server"] = " ".join(line.values[1:])
        servers.extend(found)
        return problem


def _timeouts(settings: Settings) -> Timeouts:
    get = settings.timeouts.get
    return Timeouts(
        connect=get("connect"),
        client=get("client"),
        server=get("server"),
        queue=get("queue"),
        check=get("check"),
        tunnel=get("tunnel"),
        http_request=get("http-request"),
        http_keep_alive=get("http-keep-alive"),
    )


def _pool(section: Section, settings: Settings, servers: tuple[Server, ...], random_by_default: bool) -> Pool:
    method = settings.hash_method
    written = settings.algorithm
    if written.location is None and random_by_default:
        written = replace(written, name="random")
    algorithm = replace(
        written,
        hash_method="consistent" if method == "consistent" else "map-based" if method else None,
        hash_function=settings.hash_function,
        hash_modifier=settings.hash_modifier,
        hash_balance_factor=settings.hash_balance_factor,
    )
    if settings.disabled:
        # Also servers that were declared before the word `disabled` belong to a proxy that does not run.
        servers = tuple(replace(server, role="disabled") for server in servers)
    return Pool(
        name=section.name,
        product="haproxy",
        mode=settings.mode,
        algorithm=algorithm,
        servers=servers,
        location=section.header.location(section.file),
        timeouts=_timeouts(settings),
        retries=settings.retries,
        retry_on=settings.retry_on,
        redispatch=settings.redispatch,
        all_backups=settings.all_backups,
        http_check=settings.check.kind == "http",
        http_check_location=settings.check.location if settings.check.kind == "http" else None,
        persistence=settings.persistence,
        persistence_location=settings.persistence_location,
        fullconn=settings.fullconn,
        http_reuse=settings.http_reuse,
        close_mode=settings.close_mode,
        use_server=tuple(settings.use_server),
        default_server_locations=tuple(settings.default_server_locations),
        options=settings.described(),
        places=Places(settings.places),
    )


def _listener(section: Section, settings: Settings, own_servers: bool) -> Listener:
    location = section.header.location(section.file)
    routes = list(settings.routes)
    if settings.default_pool is not None:
        routes.append(settings.default_pool)
    elif own_servers:
        routes.append(Route(section.name, None, location))
    options = settings.described()
    if section.kind == "listen":
        # One that has no servers is a backend all the same: requests may be sent to it by its name.
        options["listen"] = section.name
    return Listener(
        name=section.name,
        product="haproxy",
        mode=settings.mode,
        binds=tuple(settings.binds),
        routes=tuple(routes),
        location=location,
        maxconn=settings.maxconn,
        maxconn_location=settings.maxconn_location,
        timeouts=_timeouts(settings),
        stats_uri=settings.stats_uri,
        stats_auth=settings.stats_auth,
        stats_admin=settings.stats_admin,
        stats_location=settings.stats_location,
        options=options,
        places=Places(settings.places),
    )


def lower(documents: Sequence[Document], target: str | None = None, judged: str | None = None) -> Topology:
    """The topology that these documents, read in this order, describe.

    `target` is the HAProxy version to read them for, such as `2.8`; without one, what any version from 2.6 on takes is accepted, and
    `judged`, the version installed or assumed, says how a number is read. A server's options hold every keyword in effect with its value
    as written, inherited ones included ("" for a keyword that stands alone); a pool's and a listener's hold theirs by keyword (`timeout
    queue`, `option abortonclose`), repeated rules joined by line ends. Never raises.
    Source: HAProxy's configuration manual, chapters 3 to 5.
    """
    return _Lowering(documents, target, judged).run()
