"""One line of a kept access log, whatever product wrote it: when the request ended, at which server, and how. Pure.

HAProxy's `option httplog` (configuration manual 8.2.3), Envoy's default format (access log documentation, "Default format string") and
nginx's formats as its own file declares them. Lines of anything else are no requests of ours: they are counted and left alone.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from poise.model.access_log import LogFormat
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.traffic.formats.nginx import TIMES, WANTED, compile_log_format
from poise.traffic.formats.nginx_upstreams import Lists, attempts_of

# How the load balancer ended it: at its time limit for the server, in the queue, finding no server, unable to connect.
CUT, QUEUED, NOBODY, UNREACHED = "cut", "queued", "nobody", "unreached"
# HAProxy's first two letters of the session state at disconnection, 8.5; Envoy's response flags.
HAPROXY_ENDS = {b"sH": CUT, b"sQ": QUEUED, b"SC": UNREACHED, b"sC": UNREACHED}
ENVOY_ENDS = {b"UT": CUT, b"UO": QUEUED, b"UH": NOBODY, b"NC": NOBODY, b"UF": UNREACHED}
_HAPROXY = re.compile(
    rb"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d)\.(\d{3})\] (\S+) (\S+)/(\S+) "
    rb"(-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/\+?(\d+) (-?\d+) \+?\d+ \S+ \S+ (\S\S)\S\S \d+/\d+/\d+/\d+/(\+?)(\d+) \d+/\d+ "
)
_ENVOY = re.compile(
    rb'^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z\] "[^"]*" (\d+) (\S+) (?:(?:[^\s"]+|"[^"]*") ){0,4}?\d+ \d+ (\d+) (\d+|-) '
    rb'(?:"[^"]*" )*"([^"\s]+)"\s*$'
)
_MONTHS = {m: i for i, m in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


@dataclass(frozen=True, slots=True)
class Request:
    """`at` in epoch seconds, when it ended; `server` is a name in HAProxy, else an address; None where no server had it. `pool` None: the
    line does not say. Milliseconds. `again` attempts before this one; `how` is one of the words above where the load balancer ended it."""

    at: float
    pool: str | None
    server: str | None
    status: int
    response_ms: float | None = None
    again: int = 0
    moved: bool = False
    how: str = ""


Read = Callable[[bytes], Iterator[Request] | None]


def haproxy(line: bytes) -> Iterator[Request] | None:
    """A line of `option httplog`, with or without syslog's head; None for any other."""
    found = _HAPROXY.search(line)
    month = _MONTHS.get(found[2]) if found is not None else None
    if found is None or month is None:
        return None
    try:
        began = datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]), int(found[7]) * 1000, UTC)
        taken, lasted, status, again = (int(found[part]) for part in (14, 15, 16, 19))
        at = began.timestamp() + lasted / 1000
    except (ValueError, OverflowError):
        return None
    server = found[10].decode("utf-8", "replace")
    none, ended = server.startswith("<"), HAPROXY_ENDS.get(found[17], "")
    return iter(
        (
            Request(
                at,
                found[9].decode("utf-8", "replace"),
                None if none else server,
                status,
                float(taken) if taken >= 0 else None,
                again,
                found[18] == b"+",
                NOBODY if none and ended == UNREACHED else ended,
            ),
        )
    )


def envoy(line: bytes) -> Iterator[Request] | None:
    """A line of Envoy's default format; None for any other."""
    found = _ENVOY.match(line)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found[1].decode()).replace(tzinfo=UTC).timestamp() + int(found[4]) / 1000
        status = int(found[2])
    except (ValueError, OverflowError):
        return None
    host, flags = found[6].decode("utf-8", "replace"), found[3].split(b",")
    how = next((ENVOY_ENDS[flag] for flag in flags if flag in ENVOY_ENDS), "")
    taken = float(found[5]) if found[5] != b"-" else None
    return iter((Request(at, None, None if host == "-" else host, status, taken, how=how),))


def nginx(declared: LogFormat) -> Read | CouldNot:
    """A reader of that format's lines: a request for each attempt, all but the last of them in vain."""
    reader = compile_log_format(declared, WANTED | frozenset(TIMES))
    if isinstance(reader, CouldNot):
        return reader
    fields = reader.fields
    if "upstream_addr" not in fields or not set(TIMES) & set(fields):
        return CouldNot(f"log_format {declared.name}", "names no server ($upstream_addr) or no time: its lines tell nothing of servers")

    def read(line: bytes) -> Iterator[Request] | None:
        row = reader.row(line)
        if row is None:
            return None
        said = dict(zip(fields, row, strict=False))
        at = _instant(said)
        groups = attempts_of(
            Lists(
                said["upstream_addr"],
                said.get("upstream_status"),
                said.get("upstream_response_time"),
                said.get("upstream_connect_time"),
                said.get("upstream_header_time"),
            )
        )
        if at is None or groups is None:
            return None
        return _attempts(at, said.get("proxy_host", b"").decode("utf-8", "replace") or None, groups[-1] if groups else ())

    return read


def _attempts(at: float, pool: str | None, attempts: tuple[object, ...]) -> Iterator[Request]:
    from poise.traffic.formats.nginx_upstreams import Attempt  # noqa: PLC0415 - for the type alone

    known = [a for a in attempts if isinstance(a, Attempt)]
    for number, attempt in enumerate(known):
        last = number + 1 == len(known)
        # Where no server was left to try the pool's name stands in place of an address.
        nobody = ":" not in attempt.address
        how = NOBODY if nobody else UNREACHED if attempt.connected is False else CUT if attempt.status == 504 else ""
        yield Request(at, pool, None if nobody else attempt.address, attempt.status or 0, attempt.response_ms, int(not last), False, how)


def _instant(said: dict[str, bytes]) -> float | None:
    try:
        if "msec" in said:
            return float(said["msec"])
        if "time_iso8601" in said:
            return datetime.fromisoformat(said["time_iso8601"].decode()).timestamp()
        return datetime.strptime(said["time_local"].decode(), "%d/%b/%Y:%H:%M:%S %z").timestamp()
    except (ValueError, KeyError):
        return None
