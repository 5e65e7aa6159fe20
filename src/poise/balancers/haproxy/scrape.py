"""What the running HAProxy says of itself: `show info`, `show stat`, `show servers state` over one connection, and its accept queues."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from poise.balancers.haproxy import accept_queue, stats_csv, stats_page
from poise.balancers.haproxy.runtime_api import RuntimeApiError, command
from poise.model.could_not import CouldNot
from poise.model.sample import Sample
from poise.model.scrape import Scrape
from poise.model.topology import Topology

# `stot` and not `lbtot`: attempts stand still while requests wait in a queue. `econ` also counts queue timeouts and is kept as what it is.
SERVER_COLUMNS = {
    "stot": "requests_total", "hrsp_5xx": "responses_5xx_total", "scur": "in_flight", "qcur": "queue", "weight": "effective_weight",
    "rtime": "response_ms", "wretr": "retries_total", "wredis": "redispatches_total", "econ": "connection_errors_total",
    "eresp": "response_errors_total", "check_duration": "check_ms", "slim": "maxconn", "ctime": "connect_ms", "qtime": "queue_ms",
    "chkfail": "check_failures_total", "srv_abrt": "aborts_total",
}  # fmt: skip
POOL_COLUMNS = {
    "qcur": "queue", "qtime": "queue_ms", "slim": "limit", "stot": "requests_total", "hrsp_5xx": "responses_5xx_total", "scur": "in_flight",
    "rtime": "response_ms", "wretr": "retries_total", "wredis": "redispatches_total", "econ": "connection_errors_total",
}  # fmt: skip
LISTENER_COLUMNS = {
    "scur": "sessions", "slim": "session_limit", "req_tot": "requests_total", "hrsp_5xx": "responses_5xx_total", "stot": "sessions_total",
}  # fmt: skip
INFO = {"CurrConns": "sessions", "Maxconn": "session_limit", "Pid": "pid", "Uptime_sec": "uptime_seconds", "Idle_pct": "idle_percent"}
COLUMNS = (
    "pxname",
    "svname",
    "type",
    "status",
    "act",
    "bck",
    "check_status",
    *dict.fromkeys((*SERVER_COLUMNS, *POOL_COLUMNS, *LISTENER_COLUMNS)),
)
__all__ = ["Scrape", "Scraper", "command"]
FRONTEND, BACKEND, SERVER = "0", "1", "2"
MAINTENANCE_BITS = 0x01 | 0x02 | 0x04 | 0x20 | 0x40  # forced, inherited, configured, resolution, host name: SRV_ADMF_* in server-t.h
DRAIN_BITS = 0x08 | 0x10


class Scraper:
    """Reads one running HAProxy through the control sockets its configuration names. `topology` is the file as it stands now and may be
    replaced when the file changes; the running weights are compared with it. `socket` takes the place of the sockets that the file names,
    `stats_url` (with `credentials`, `user:password`) is its statistics page, for a HAProxy whose sockets cannot be reached."""

    def __init__(
        self,
        topology: Topology,
        load_balancer: str = "lb1",
        timeout: timedelta = timedelta(seconds=2),
        *,
        socket: str | None = None,
        stats_url: str | None = None,
        credentials: str | None = None,
    ) -> None:
        self.topology = topology
        self.load_balancer = load_balancer
        self.timeout = timeout
        self._socket, self._stats_url, self._credentials = socket, stats_url, credentials

    async def scrape(self, now: datetime) -> Scrape:
        """One look. Never raises for a load balancer that does not answer: that is a CouldNot, and no samples."""
        sockets = (self._socket,) if self._socket else tuple(socket.address for socket in self.topology.control_sockets)
        places = [(self._stats_url, True)] if self._stats_url and not self._socket else [(socket, False) for socket in sockets]
        if not places:
            advice = "no 'stats socket' in the global section: add 'stats socket /run/haproxy/admin.sock mode 660 level admin' and reload"
            return Scrape((), (CouldNot(self.topology.file, advice),))
        refused: list[CouldNot] = []
        for place, page in places:
            began = time.monotonic()
            try:
                answer = await (
                    stats_page.csv(place, self._credentials, self.timeout)
                    if page
                    else command(place, "show info;show stat;show servers state", self.timeout)
                )
            except RuntimeApiError as error:
                refused.append(error.could_not)
                continue
            took = time.monotonic() - began
            return replace(self._read(answer, place, now), answer_seconds=took, answer_bytes=len(answer))
        return Scrape((), tuple(refused))

    async def close(self) -> None:
        """Nothing is held open between two looks."""

    def _read(self, answer: str, address: str, now: datetime) -> Scrape:
        could_not: list[CouldNot] = []
        values: dict[tuple[str, str], float] = {}
        for part in stats_csv.sections(answer):
            try:
                if part.lstrip().startswith("# pxname"):
                    values.update(self._stat(part))
                elif "# be_id" in part:
                    values.update(self._state(part))
                elif part.lstrip().startswith("Name:"):
                    about = stats_csv.info(part)
                    for name, metric in INFO.items():
                        if (value := stats_csv.number(about.get(name, ""))) is not None:
                            values[self.load_balancer, metric] = value
                else:
                    could_not.append(CouldNot(address, f"HAProxy answered {part.strip()[:80]!r}: the socket needs 'level user' or more"))
            except ValueError as error:
                could_not.append(CouldNot(address, f"{error}: is this a HAProxy statistics socket?"))
        for listener in self.topology.listeners:
            waiting = accept_queue.waiting([b.address for b in listener.binds])
            if waiting is not None:
                values[listener.name, "accept_queue"] = float(waiting)
        seen = {component for component, _ in values}
        could_not += [
            CouldNot(
                f"server {pool.name}/{server.name}", "is in the file but not in the running HAProxy: the file changed and was not reloaded"
            )
            for pool in self.topology.pools
            for server in pool.servers
            if values and f"{pool.name}/{server.name}" not in seen
        ]
        return Scrape(tuple(Sample(now, c, m, v) for (c, m), v in values.items()), tuple(could_not))

    def _stat(self, text: str) -> Iterator[tuple[tuple[str, str], float]]:
        for row in stats_csv.stat_rows(text, COLUMNS):
            field = dict(zip(COLUMNS, row, strict=True))
            proxy, kind = field["pxname"], field["type"]
            if kind == FRONTEND:
                yield from _values(proxy, field, LISTENER_COLUMNS)
            elif kind == BACKEND and self._has_servers(proxy, field):
                yield from _values(proxy, field, POOL_COLUMNS)
                yield (proxy, "servers_up"), (stats_csv.number(field["act"]) or 0.0) + (stats_csv.number(field["bck"]) or 0.0)
            elif kind == SERVER:
                name = f"{proxy}/{field['svname']}"
                yield from _values(name, field, SERVER_COLUMNS)
                yield (name, "backup"), stats_csv.number(field["bck"]) or 0.0
                # "UP 1/3" is still up, "DOWN 1/2" still down; "no check" counts as up because HAProxy sends it traffic.
                status = field["status"]
                if (refused := _check_refused(field["check_status"])) is not None:
                    yield (name, "check_refused"), refused
                yield (name, "up"), float(status.startswith(("UP", "no check", "OPEN", "DRAIN", "NOLB")))

    def _state(self, text: str) -> Iterator[tuple[tuple[str, str], float]]:
        for row in stats_csv.state_rows(text):
            name = f"{row['be_name']}/{row['srv_name']}"
            admin = int(row["srv_admin_state"])
            yield (name, "maintenance"), float(bool(admin & MAINTENANCE_BITS))
            yield (name, "drain"), float(bool(admin & DRAIN_BITS))
            yield (name, "weight"), float(row["srv_uweight"])
            # What the process read from the file when it started: differs from the file's weight when that changed without a reload.
            yield (name, "loaded_weight"), float(row["srv_iweight"])
            pool = self.topology.pool(row["be_name"])
            server = pool.server(row["srv_name"]) if pool else None
            if server:
                yield (name, "file_weight"), float(server.weight)
                yield (name, "file_disabled"), float(server.disabled)

    def _has_servers(self, proxy: str, field: Mapping[str, str]) -> bool:
        """A backend without servers (the statistics page's) is no pool."""
        return self.topology.pool(proxy) is not None or field["act"] not in ("", "0") or field["bck"] not in ("", "0")


def _check_refused(status: str) -> float | None:
    """1 where the last check got no connection (L4CON refused or unreachable, L4TOUT no answer), 0 where something answered at all, be it
    wrongly (L4OK, L6…, L7…); None without a check's result. The words are those of `check_status` in HAProxy's management guide, 9.1."""
    word = status.strip().lstrip("*").strip()
    if word in ("L4CON", "L4TOUT"):
        return 1.0
    return 0.0 if word.startswith(("L4OK", "L6", "L7")) else None


def _values(component: str, field: Mapping[str, str], columns: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], float]]:
    for column, metric in columns.items():
        value = stats_csv.number(field[column])
        if value is not None:
            yield (component, metric), value
