"""Which of the logs that a configuration declares are read: for each request one, so that none is counted twice, and the one that tells
most; and what stays unseen all the same, with what would help."""

from collections.abc import Collection, Iterator
from dataclasses import field

from poise.model.access_log import AccessLog, Escape, LogFormat, Logged
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.topology import Topology
from poise.traffic.formats.line_format import LineFormat
from poise.traffic.formats.nginx import TIMES, WANTED, compile_log_format

# What a log needs for all that poise tells of an nginx; the times need 1.9.1.
ADVISED = (
    'log_format poise \'$remote_addr [$time_iso8601] "$request" $status $request_time "$server_name" "$proxy_host" "$upstream_addr" '
    '"$upstream_status" "$upstream_response_time" "$upstream_connect_time" "$upstream_header_time"\';'
)
# What names the pool that a request was passed to; the first is nginx's own, the others are of ingress-nginx and home-made ones.
POOL_NAMES = ("proxy_host", "proxy_upstream_name", "upstream_name")


_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ChosenLog:
    """One log that is read, or the lines of one format in it. `pools` and `listeners` are those whose requests are written there.

    `passed` are formats of lines in the same log that are read elsewhere, or tell nothing.
    """

    log: AccessLog
    reader: LineFormat
    clock: LineFormat | None
    pools: tuple[str, ...]
    listeners: tuple[str, ...]
    tcp: bool = False
    passed: tuple[LineFormat, ...] = ()

    @property
    def names_pools(self) -> bool:
        """Whether a line tells the pool by its name."""
        return any(name in self.reader.fields for name in POOL_NAMES)

    @property
    def tells_failures(self) -> bool:
        """Whether a line tells an attempt that failed from an answer 502."""
        fields = self.reader.fields
        return "upstream_connect_time" in fields or {"upstream_header_time", "upstream_status"}.issubset(fields)

    @property
    def known_listeners(self) -> tuple[str, ...]:
        """The listeners whose requests can be told apart in it."""
        telling = {"server_name", "host", "http_host"}.intersection(self.reader.fields)
        return self.listeners if telling or len(self.listeners) == 1 else ()


@dataclass(slots=True)
class LogChoice:
    """The logs to read, and what they do not tell."""

    logs: tuple[ChosenLog, ...] = ()
    could_not: list[CouldNot] = field(default_factory=list)


@dataclass(slots=True)
class _Read:
    reader: LineFormat | None = None
    clock: LineFormat | None = None
    problem: str = ""


class _Formats:
    """Each format compiled once."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], _Read] = {}

    def of(self, log: AccessLog) -> _Read:
        if log.format is None:
            return _Read(problem="its log_format is declared nowhere")
        key = (log.format.name, log.format.template, log.format.escape)
        if key not in self._made:
            reader = compile_log_format(log.format, WANTED.union(POOL_NAMES))
            clock = compile_log_format(log.format, TIMES)
            if isinstance(reader, CouldNot) or isinstance(clock, CouldNot):
                self._made[key] = _Read(problem=reader.reason if isinstance(reader, CouldNot) else "")
            else:
                self._made[key] = _Read(reader, clock if clock.fields else None)
        return self._made[key]


def choose(topology: Topology, avoid: Collection[str] = ()) -> LogChoice:
    """The logs of this configuration to read. `avoid` are targets that turned out not to be readable."""
    formats = _Formats()
    found = LogChoice()
    chosen: dict[_Key, AccessLog] = {}
    for group in sorted(topology.logged, key=lambda group: len(group.logs)):
        usable = [log for log in group.logs if not _unusable(log, formats)]
        if any(_key(log) in chosen for log in usable):
            continue
        usable = [log for log in usable if log.target not in avoid] or usable
        if usable:
            best = max(usable, key=lambda log: _worth(log, formats))
            chosen[_key(best)] = best
        found.could_not += _unseen(group, usable, formats)
    tcp = {listener.name for listener in topology.listeners if listener.mode == "tcp"}
    written: dict[str, dict[_Key, AccessLog]] = {}
    holding: dict[_Key, list[Logged]] = {}
    for group in topology.logged:
        for log in group.logs:
            written.setdefault(log.target, {}).setdefault(_key(log), log)
            holding.setdefault(_key(log), []).append(group)
    for key, log in chosen.items():
        groups = holding[key]
        read = formats.of(log)
        assert read.reader is not None
        pools = tuple(dict.fromkeys(pool for group in groups for pool in group.pools))
        listeners = tuple(dict.fromkeys(group.listener for group in groups))
        others = [formats.of(other).reader for name, other in written[log.target].items() if name not in chosen]
        passed = tuple(reader for reader in others if reader is not None)
        entry = ChosenLog(log, read.reader, read.clock, pools, listeners, all(name in tcp for name in listeners), passed)
        found.logs = (*found.logs, entry)
        found.could_not += _missing(entry)
    return found


def _key(log: AccessLog) -> _Key:
    return log.target, log.format.template if log.format else "", log.format.escape if log.format else ""


def overridden(topology: Topology, target: str, form: str | None) -> LogChoice:
    """The choice where somebody named the log. `form` is the name of a log_format of the file, or the format itself (with `escape=json ` in
    front, where that is said); None takes that of the file's log of this name, or of the best one."""
    own = choose(topology)
    every = [log for group in topology.logged for log in group.logs]
    named = [log for log in every if log.target == target] or [each.log for each in own.logs]
    given = named[0].format if named else None
    if form is not None:
        declared = next((log.format for log in every if log.format is not None and log.format.name == form), None)
        given = declared or _written(form)
    log = AccessLog(target, given, named[0].location if named else Location(topology.file, 1, 1))
    read = _Formats().of(log)
    if read.reader is None:
        return LogChoice(could_not=[CouldNot(target, f"{read.problem or 'its format is not known'}: name its log_format")])
    pools = tuple(pool.name for pool in topology.pools)
    chosen = ChosenLog(log, read.reader, read.clock, pools, tuple(dict.fromkeys(each.name for each in topology.listeners)))
    return LogChoice((chosen,), list(_missing(chosen)))


def _written(form: str) -> LogFormat:
    escapes: tuple[Escape, ...] = ("json", "none", "default")
    for escape in escapes:
        if form.startswith(f"escape={escape} "):
            return LogFormat("given", form.removeprefix(f"escape={escape} "), escape)
    return LogFormat("given", form)


def _unusable(log: AccessLog, formats: _Formats) -> str:
    if "$" in log.target:
        return "its path holds a variable, so that it is any number of files"
    if "gzip" in log.options:
        return "it is written compressed (`gzip`), of which nothing can be read while it is written"
    if log.target in ("/dev/stdout", "/dev/stderr", "/dev/null"):
        return "it goes to a device, of which nothing can be read back"
    read = formats.of(log)
    return "" if read.reader is not None else read.problem or "its format cannot be read"


def _worth(log: AccessLog, formats: _Formats) -> tuple[bool, ...]:
    reader = formats.of(log).reader
    fields = reader.fields if reader is not None else ()
    return (
        "upstream_addr" in fields,
        "if" not in log.options,
        "upstream_status" in fields,
        not log.target.startswith("syslog:"),
        any(name in fields for name in POOL_NAMES),
        "upstream_response_time" in fields,
    )


def _unseen(group: Logged, usable: Collection[AccessLog], formats: _Formats) -> Iterator[CouldNot]:
    """What is not seen of a group without a log that can be read."""
    if usable or not (group.pools or group.logs):
        return
    pools = _listed("pool", group.pools)
    lost = (
        f"requests to {pools} of {group.listener} are not seen, and their shares are not known"
        if group.pools
        else "its requests are not seen"
    )
    advice = f"add a log that poise can read: {ADVISED} access_log /var/log/nginx/poise.log poise;"
    if group.asked_by:
        said = f"requests to {pools} that `{group.asked_by}` makes are not logged, so that their shares are not known"
        yield _told(group.location, f"{said}. `log_subrequest on;` logs them as requests of their own")
        return
    if not group.logs:
        yield _told(group.location, f"`access_log off`: {lost}. {advice}")
    for log in group.logs:
        yield _told(log.location, f"the log `{log.target}` cannot be read: {_unusable(log, formats)}; {lost}. {advice}")


def _missing(chosen: ChosenLog) -> Iterator[CouldNot]:
    """What the lines of a log that is read do not tell, and what comes late."""
    log, fields = chosen.log, chosen.reader.fields
    where = log.format.location if log.format and log.format.location else log.location
    name = log.format.name if log.format else ""
    if chosen.pools and "upstream_addr" not in fields:
        lost = f"which server answered is not known: no shares, errors and times of the servers of {_listed('pool', chosen.pools)}"
        yield _told(where, f"log_format `{name}` has no $upstream_addr: {lost}. Add it, or a log of its own: {ADVISED}")
    elif chosen.pools:
        wanted = ("upstream_connect_time",) if chosen.tcp else ("upstream_status", "upstream_response_time", "upstream_connect_time")
        what = {"upstream_status": "errors", "upstream_response_time": "times", "upstream_connect_time": "failed connections"}
        lacking = [each for each in wanted if each not in fields]
        if lacking:
            lost = ", ".join(f"{what[each]} (${each})" for each in lacking)
            yield _told(where, f"log_format `{name}` does not tell of each server's {lost}. Add them to it")
    if len(chosen.listeners) > 1 and not chosen.known_listeners:
        lost = f"the requests of {_listed('listener', chosen.listeners)} cannot be told apart, and are counted for none of them"
        yield _told(where, f"log_format `{name}` has no $server_name: {lost}. Add it")
    if "if" in log.options:
        yield _told(
            log.location, f"`if={log.options['if']}`: only a part of the requests is logged; shares and rates are those of that part"
        )
    if "buffer" in log.options and "flush" not in log.options:
        size = log.options["buffer"]
        yield _told(log.location, f"`buffer={size}` without `flush`: lines come when {size} are full, so figures are late. Add `flush=1s`")


def _listed(word: str, names: Collection[str]) -> str:
    shown = list(names)[:5]
    return f"{word}{'s' if len(names) > 1 else ''} {', '.join(shown)}{' …' if len(names) > 5 else ''}"


def _told(location: Location, reason: str) -> CouldNot:
    return CouldNot(location.file, reason, location.line)
