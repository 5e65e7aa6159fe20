"""What a running nginx tells of itself: its access log, line by line, and its `stub_status` page.

The interface is that of every product's collector: `Scraper(topology, load_balancer)`, `topology` may be replaced when the file changes,
`await scrape(now)` gives a `Scrape` and never raises for an nginx that does not answer or a log that cannot be read, `await close()` ends.
Nothing is opened before the first `scrape`; the log is read from its end as it is then. Counters begin at zero there.

Overrides: `access_log` (a path, or `syslog:server=ADDRESS` to listen at; with `log_format` its format, by default that of the file's log)
and `status` (the URL of a stub_status page). `here`: it runs on this machine, whose processes and ports can be seen.

Servers (a block): requests_total (attempts, each credited to its server), responses_5xx_total (that the server itself gave),
connection_errors_total, response_errors_total (no whole answer), retries_total (attempts that were made again elsewhere), aborts_total
(the client left first), response_ms, connect_ms, in_flight (mean of the time since the last look), up (as nginx's passive check has it),
weight, loaded_weight, effective_weight, file_weight, backup, maintenance (`down`), drain. Pools the same, and unserved_total (no server
was left to try). Listeners: requests_total, responses_5xx_total, success_ratio, p50_ms, p99_ms. The load balancer: those of stub_status
(sessions, accepts_total, handled_total, dropped_total, requests_total, reading, writing, waiting), connections, connection_limit,
refused_total (no connection was left for them, looks at stub_status included), log_lines_total, log_rejected_total, log_behind_bytes,
file_newer_seconds (the file was edited so long after the workers took it; 0 where they have it).
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from poise.balancers import accept_queue, open_files
from poise.balancers.http_fetch import UnansweredError, fetch
from poise.balancers.nginx.attribution import Attribution
from poise.balancers.nginx.discovered import Discovered
from poise.balancers.nginx.drift import Drift
from poise.balancers.nginx.figures import Figures, listener_samples
from poise.balancers.nginx.log_choice import ChosenLog, choose, overridden
from poise.balancers.nginx.log_source import FileSource, SyslogSource, room_for, source_of
from poise.balancers.nginx.quiet import Quiet
from poise.balancers.nginx.report_lines import rejected, strange, unclear
from poise.balancers.nginx.resolving import Resolving
from poise.balancers.nginx.stub_status import connection_limit, connections, read_page, status_address
from poise.balancers.nginx.tally import Tally
from poise.balancers.within import within
from poise.model.could_not import Cause, CouldNot
from poise.model.sample import Sample
from poise.model.scrape import Scrape
from poise.model.topology import Topology
from poise.traffic.formats.line_format import Lines

__all__ = ["Scrape", "Scraper"]

# Of each look so much time goes to reading; what is left is read at the next.
READING_SECONDS = 0.4
FEW_LOGS = 20


class Scraper:
    """Reads one running nginx."""

    def __init__(
        self,
        topology: Topology,
        load_balancer: str = "lb1",
        *,
        access_log: str | None = None,
        log_format: str | None = None,
        status: str | None = None,
        here: bool = True,
        timeout: timedelta = timedelta(seconds=2),
    ) -> None:
        self.topology = topology
        self.load_balancer = load_balancer
        self.timeout = timeout
        self._access_log, self._log_format, self._status = access_log, log_format, status
        self._planned: tuple[Topology, Topology] | None = None
        self._logs: tuple[ChosenLog, ...] = ()
        self._sources: dict[str, FileSource | SyslogSource] = {}
        self._by_target: dict[str, list[ChosenLog]] = {}
        self._could_not: list[CouldNot] = []
        self._tally = Tally(Attribution(topology))
        self._figures = Figures(topology, load_balancer, (), False)
        self._resolving = Resolving()
        self._drift = Drift(load_balancer, here and access_log is None)
        self._listeners: tuple[str, ...] = ()
        self._blurred: dict[str, tuple[str, ...]] = {}
        self._failed: frozenset[str] = frozenset()
        self._last: float | None = None
        # As the page told it last, and the looks at it since that nginx turned away: the page that comes next counts them among its own.
        self._dropped, self._turned_away = 0.0, 0
        # What it had dropped before the first page was seen is no news. None: none was seen.
        self._before: float | None = None
        self._quiet = Quiet()
        self._discovered = Discovered()
        self._refused = False

    async def scrape(self, now: datetime) -> Scrape:
        """One look. What could not be had is told, with what it costs and what helps."""
        clock = time.monotonic()
        drift = self._drift.look(self.topology)
        resolved = await self._resolving.look(self.topology)
        # nginx writes its log as the file said when it took it, whatever was edited since.
        running = drift.loaded if drift.loaded is not None else self.topology
        if self._planned is None or self._planned[0] is not running or self._planned[1] is not self.topology:
            await self._plan(running)
        if self._tally.attribution.topology is not self.topology or self._tally.attribution.resolved is not resolved:
            self._tally.attribution = Attribution(self.topology, resolved)
        lines = self._tally.lines
        self._tally.begin()
        could_not = [*self._could_not, *drift.could_not]
        behind = await self._read(clock, could_not)
        status, asked = await self._ask(now, could_not)
        seconds = clock - self._last if self._last is not None else None
        self._last = clock
        could_not += strange(self._tally, self.topology)
        could_not += unclear(self._tally, self._blurred, self._logs)
        # One that was never seen to run may be on another machine: its page that answers nobody is asked only where there is one.
        # So is one in a container: its loopback is not ours.
        refused = self._refused and (self._status is not None or not self._drift.hidden)
        gone = drift.gone or (not self._drift.ran and refused)
        if gone and not status and self._tally.lines == (lines if self._drift.ran else 0):
            # Counters that stand still would be told as a quiet nginx: one that is gone tells nothing.
            return Scrape((), tuple(dict.fromkeys(could_not)), asked[0], asked[1])
        served = next((sample.value for sample in status if sample.metric == "requests_total"), None)
        if names := ", ".join(source.name for source in self._sources.values()):
            could_not += self._quiet.look(clock, self._tally.lines, self._tally.attempts, served, names)
        # A page that does not answer once makes no counter fall.
        for sample in status:
            if sample.metric == "dropped_total":
                self._before = sample.value if self._before is None else min(self._before, sample.value)
                self._dropped, self._turned_away = sample.value - self._before, 0
        samples = [*status, *self._own(now, behind), *listener_samples(self._tally, self.topology, self._listeners, now)]
        samples += [Sample(now, self.load_balancer, metric, value) for metric, value in drift.metrics]
        self._discovered.look(clock, self._tally, self.topology)
        found = self._discovered.of(self._figures.pools)
        self._figures.found(tuple((pool, component.name) for pool, component in found))
        blocks = self._figures.blocks(self._tally, now, seconds, drift.loaded) if self._logs else ()
        return Scrape(tuple(samples), tuple(dict.fromkeys(could_not)), asked[0], asked[1], found, drift.events(now), blocks)

    async def close(self) -> None:
        """Close the logs and the listening sockets."""
        for source in self._sources.values():
            await source.close()
        self._sources, self._planned = {}, None
        await self._resolving.close()

    async def _plan(self, running: Topology) -> None:
        """Which logs are read, for the file as the workers took it. A log that is read already goes on where it is."""
        self._planned = (running, self.topology)
        named = self._access_log
        choice = choose(running) if named is None else overridden(running, named, self._log_format)
        self._logs, self._could_not = choice.logs, choice.could_not
        room_for(len(self._logs))
        wanted: dict[str, FileSource | SyslogSource] = {}
        for chosen in self._logs:
            lost = "until then its requests are not seen" + ("" if not chosen.pools else ", and shares are not known")
            kept = self._sources.pop(chosen.log.target, None) or wanted.get(chosen.log.target)
            wanted[chosen.log.target] = kept or source_of(chosen.log.target, running, self._drift.prefix, lost)
        for stale in self._sources.values():
            await stale.close()
        self._sources = wanted
        self._by_target = {}
        for chosen in self._logs:
            self._by_target.setdefault(chosen.log.target, []).append(chosen)
        self._draw(frozenset())

    def _draw(self, failed: frozenset[str]) -> None:
        """Of which pools and listeners there are figures: those with a log that can be read and that tells of them."""
        self._failed = failed
        working = [chosen for chosen in self._logs if chosen.log.target not in failed]
        telling = [chosen for chosen in working if "upstream_addr" in chosen.reader.fields]
        attribution = Attribution(self.topology)
        self._blurred = {}
        for chosen in telling:
            if not chosen.names_pools:
                self._blurred.update(attribution.shared(chosen.pools))
        hidden = {pool for pools in self._blurred.values() for pool in pools}
        seen = {pool for chosen in telling for pool in chosen.pools} - hidden
        failures = any(chosen.tells_failures for chosen in telling)
        figures = Figures(self.topology, self.load_balancer, seen, failures)
        figures.keep(self._figures)
        self._figures = figures
        self._listeners = tuple(dict.fromkeys(name for chosen in working for name in chosen.known_listeners))

    async def _read(self, began: float, could_not: list[CouldNot]) -> int:
        """All logs up to their ends, or as far as the time goes; how many bytes are left."""
        left, failed = 0, set()
        many = len(self._sources) > FEW_LOGS
        for target, source in self._sources.items():
            while True:
                looked = await source.look(many)
                could_not += looked.could_not
                if looked.failed:
                    failed.add(target)
                if looked.block:
                    could_not += self._count(source.name, looked.block, self._by_target[target])
                if not looked.behind or not looked.block:
                    break
                if time.monotonic() - began > READING_SECONDS:
                    left += looked.behind
                    break
        if failed != self._failed:
            self._draw(frozenset(failed))
        if left:
            could_not.append(
                CouldNot("this machine", f"{left / 1e6:.0f} MB of the access log are still unread: figures are late, none is left out")
            )
        return left

    def _count(self, name: str, block: bytes, logs: Sequence[ChosenLog]) -> Iterator[CouldNot]:
        """Count these lines of one log, in whichever of its formats each is."""
        readers = [(chosen.reader, chosen) for chosen in logs] + [(reader, None) for reader in (logs[0].passed if logs else ())]
        first: Lines | None = None
        for reader, chosen in readers:
            lines = reader.read(block)
            if chosen is not None:
                self._tally.add(lines.rows, chosen)
            first = first or lines
            if not lines.left:
                return
            block = b"\n".join(lines.left) + b"\n"
        if first is not None:
            self._tally.rejected.update(lines.rejected)
            yield rejected(name, logs, lines, none=not first.rows)

    async def _ask(self, now: datetime, could_not: list[CouldNot]) -> tuple[list[Sample], tuple[float | None, int]]:
        """The status page's figures."""
        self._refused = False
        where = status_address(self._planned[0] if self._planned else self.topology, self._status)
        if where is None or isinstance(where, CouldNot):
            could_not += [where] if where is not None else []
            return [], (None, 0)
        began = time.monotonic()
        try:
            answer = await within(self.timeout.total_seconds(), fetch(where.address, where.target, host=where.host))
        except TimeoutError:
            return self._no_page(where.address, f"no answer within {self.timeout.total_seconds():g} s", could_not, "hangs")
        except (ConnectionRefusedError, FileNotFoundError) as error:
            return self._no_page(where.address, error.strerror or str(error), could_not, "gone")
        except (OSError, ValueError) as error:
            if self._has_no_room(error):
                self._turned_away += 1
                reason = "nginx runs, took the connection and closed it at once, as it does when all its worker_connections are in use"
                could_not.append(CouldNot(f"stub_status {where.address}", f"{reason}: how many clients are connected is not known"))
                return [], (None, 0)
            return self._no_page(where.address, getattr(error, "strerror", None) or str(error), could_not)
        page = read_page(answer.body) if answer.status == 200 else None
        if page is None:
            return self._no_page(where.address, f"{where.target} answered {answer.status}, and not the page of stub_status", could_not)
        values = {**page, "connections": connections(self.topology, page, self._drift.workers)}
        return [Sample(now, self.load_balancer, m, v) for m, v in values.items()], (time.monotonic() - began, len(answer.body))

    def _has_no_room(self, error: OSError | ValueError) -> bool:
        """Whether a page that was shown before is not shown because no connection is left. One that shuts down closes connections too."""
        closed = isinstance(error, ConnectionResetError | BrokenPipeError | UnansweredError)
        return closed and self._before is not None and self._drift.same_workers(self.topology)

    def _no_page(
        self, address: str, reason: str, could_not: list[CouldNot], cause: Cause | None = None
    ) -> tuple[list[Sample], tuple[float | None, int]]:
        self._refused = cause is not None
        told = "connections and refusals of nginx as a whole are not known; is it running, and may this machine ask (`allow 127.0.0.1`)?"
        could_not.append(CouldNot(f"stub_status {address}", f"{reason}: {told}", cause=cause))
        return [], (None, 0)

    def _own(self, now: datetime, behind: int) -> Iterator[Sample]:
        if self._drift.processes:
            yield from accept_queue.samples(self.topology, now)
            yield from open_files.samples(self.load_balancer, self._drift.processes, now)
        for metric, value in connection_limit(self.topology, self._drift.workers).items():
            yield Sample(now, self.load_balancer, metric, value)
        yield Sample(now, self.load_balancer, "refused_total", self._dropped + self._turned_away + self._tally.refused)
        yield Sample(now, self.load_balancer, "log_lines_total", float(self._tally.lines))
        yield Sample(now, self.load_balancer, "log_rejected_total", float(self._tally.rejected.total()))
        yield Sample(now, self.load_balancer, "log_behind_bytes", float(behind))
