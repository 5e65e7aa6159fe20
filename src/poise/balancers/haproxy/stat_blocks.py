"""`show stat` and `show servers state` as blocks: servers, pools and listeners, whole columns at a time."""

from dataclasses import dataclass
from datetime import datetime
from sys import intern

import numpy as np
from numpy.typing import NDArray

from poise.balancers.haproxy.grid import Grid, grid
from poise.model.sample import Block
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
STATE_METRICS = ("maintenance", "drain", "weight", "loaded_weight")
SERVER_METRICS = (
    *SERVER_COLUMNS.values(),
    "backup",
    "check_refused",
    "up",
    "address_moves_total",
    *STATE_METRICS,
    "file_weight",
    "file_disabled",
)
POOL_METRICS = (*POOL_COLUMNS.values(), "servers_up")
LISTENER_METRICS = tuple(LISTENER_COLUMNS.values())
FRONTEND, BACKEND, SERVER = 0, 1, 2
MAINTENANCE_BITS = 0x01 | 0x02 | 0x04 | 0x20 | 0x40  # forced, inherited, configured, resolution, host name: SRV_ADMF_* in server-t.h
DRAIN_BITS = 0x08 | 0x10
STATUS_BYTES = 12
NO_ADDRESS = (b"-", b"", b"0.0.0.0", b"::")
Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Which lines of an answer are what, while the names in it are these. `state` is each server's line in `show servers state`, −1 for
    none; servers that are only there stand behind the others."""

    servers: Rows
    pools: Rows
    listeners: Rows
    server_names: tuple[str, ...]
    pool_names: tuple[str, ...]
    listener_names: tuple[str, ...]
    state: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _OfFile:
    """What the file says of a layout's names: weight and `disabled` of each server, NaN for one it does not name; which pools it names; and
    what its listeners are called beside them."""

    topology: Topology
    layout: _Layout
    settings: Floats
    pools: NDArray[np.bool_]
    listeners: tuple[str, ...]


class StatBlocks:
    """Reads one HAProxy's answers. While the names in them stay, its blocks have the very same components."""

    def __init__(self, load_balancer: str) -> None:
        self._sources = [f"{load_balancer} {kind}" for kind in ("servers", "pools", "listeners")]
        self._names: tuple[NDArray[np.generic], ...] = ()
        self._layout: _Layout | None = None
        self._file: _OfFile | None = None
        self._words: dict[tuple[bool, bytes], float] = {}
        self._addresses: tuple[tuple[str, ...], NDArray[np.generic]] | None = None
        self._moves: Floats = np.empty(0)
        self.moved: tuple[tuple[str, str, str], ...] = ()

    def read(self, stat: bytes, state: bytes | None, topology: Topology, now: datetime) -> tuple[Block, ...]:
        """The blocks of one look. Raises ValueError where an answer is none."""
        self.moved = ()
        table, columns = _table(stat, b"# pxname", ",")
        states, of_state = _table(state, b"# be_id", " ") if state is not None else (None, {})
        layout = self._laid_out(table, columns, states, of_state)
        file = self._of_file(topology, layout)
        servers = self._servers(table, columns, layout)
        if states is not None and len(states):
            servers[-6:-2, layout.state >= 0] = _states(states, of_state)[:, layout.state[layout.state >= 0]]
            servers[-7, layout.state >= 0] = self._moved(states, of_state, layout)
        elif state is None:
            servers[-6:-3, : len(layout.servers)] = _from_status(table, columns, layout.servers)
        servers[-2:] = np.where(np.isnan(servers[-4]), np.nan, file.settings)
        pools = table.numbers([columns.get(name, -1) for name in (*POOL_COLUMNS, "act", "bck")])[:, layout.pools]
        pools[-2] = np.nan_to_num(pools[-2:]).sum(axis=0)
        # A backend without servers (the statistics page's) is no pool.
        pools[:, ~file.pools & ~(pools[-2] > 0)] = np.nan
        listeners = table.numbers([columns.get(name, -1) for name in LISTENER_COLUMNS])[:, layout.listeners]
        return (
            Block(now, layout.server_names, SERVER_METRICS, servers.T, self._sources[0]),
            Block(now, layout.pool_names, POOL_METRICS, pools[:-1].T, self._sources[1]),
            Block(now, file.listeners, LISTENER_METRICS, listeners.T, self._sources[2]),
        )

    def _servers(self, table: Grid, columns: dict[str, int], layout: _Layout) -> Floats:
        found = np.full((len(SERVER_METRICS), len(layout.server_names)), np.nan)
        count, rows = len(SERVER_COLUMNS), layout.servers
        measured = table.numbers([columns.get(name, -1) for name in (*SERVER_COLUMNS, "bck")])[:, rows]
        found[: count + 1, : len(rows)] = measured
        found[count, : len(rows)] = np.nan_to_num(measured[-1])
        for place, column, check in ((count + 1, "check_status", True), (count + 2, "status", False)):
            words = table.words(columns[column], STATUS_BYTES)[rows].tolist() if column in columns else []
            found[place, : len(words)] = [self._meaning(check, word) for word in words]
        return found

    def _moved(self, states: Grid, columns: dict[str, int], layout: _Layout) -> Floats:
        """How often the address of each server became another since the first look; `moved` are those since the last, with both."""
        if "srv_addr" not in columns:
            return np.full(int((layout.state >= 0).sum()), np.nan)
        addresses = states.words(columns["srv_addr"])[layout.state[layout.state >= 0]]
        known = self._addresses
        if known is None or known[0] is not layout.server_names:
            self._moves = np.zeros(len(addresses))
        else:
            # Of a server whose name has no address yet: it moved nowhere.
            other: NDArray[np.bool_] = (addresses != known[1]) & ~np.isin(addresses, NO_ADDRESS) & ~np.isin(known[1], NO_ADDRESS)
            self._moves = self._moves + other
            names = [name for name, row in zip(layout.server_names, layout.state.tolist(), strict=True) if row >= 0] if other.any() else []
            words = ((names[i], known[1][i], addresses[i]) for i in np.flatnonzero(other).tolist())
            self.moved = tuple((name, old.decode("latin-1"), new.decode("latin-1")) for name, old, new in words)
        self._addresses = (layout.server_names, addresses)
        return self._moves

    def _meaning(self, check: bool, word: bytes) -> float:
        value = self._words.get((check, word))
        if value is None:
            text = word.decode("latin-1")
            # "UP 1/3" is still up, "DOWN 1/2" still down; "no check" counts as up because HAProxy sends it traffic.
            value = _check_refused(text) if check else float(text.startswith(("UP", "no check", "OPEN", "DRAIN", "NOLB")))
            if len(self._words) < 1000:
                self._words[check, word] = value
        return value

    def _laid_out(self, table: Grid, columns: dict[str, int], states: Grid | None, of_state: dict[str, int]) -> _Layout:
        names = [table.words(columns["pxname"]), table.words(columns["svname"]), table.words(columns["type"], 1)]
        if states is not None:
            names += [states.words(of_state["be_name"]), states.words(of_state["srv_name"])]
        if self._layout is None or len(names) != len(self._names) or not all(map(np.array_equal, names, self._names)):
            self._layout, self._names = _layout([[w.decode("utf-8", "replace") for w in each.tolist()] for each in names]), tuple(names)
        return self._layout

    def _of_file(self, topology: Topology, layout: _Layout) -> _OfFile:
        if self._file is None or self._file.topology is not topology or self._file.layout is not layout:
            declared = {f"{pool.name}/{s.name}": (s.weight, s.disabled) for pool in topology.pools for s in pool.servers}
            file = np.array([declared.get(name, (np.nan, np.nan)) for name in layout.server_names], dtype=np.float64)
            pools = {pool.name for pool in topology.pools}
            known = np.array([name in pools for name in layout.pool_names], dtype=np.bool_)
            listeners = tuple(map(topology.listener_component, layout.listener_names))
            self._file = _OfFile(topology, layout, file.reshape(-1, 2).T, known, listeners)
        return self._file


def _table(text: bytes, heading: bytes, separator: str) -> tuple[Grid, dict[str, int]]:
    begin = text.find(heading)
    if begin < 0:
        raise ValueError(f"expected a table that begins with '{heading.decode()}', got {text[:60]!r}")
    head, _, body = text[begin + 2 :].partition(b"\n")
    names = head.decode("utf-8", "replace").strip(f"{separator}\n").split(separator)
    return grid(body, separator), {name: i for i, name in enumerate(names)}


def _from_status(table: Grid, columns: dict[str, int], rows: Rows) -> Floats:
    """maintenance, drain and weight where there is no `show servers state`: the statistics page. Which weight the process was started
    with it does not tell."""
    status = table.words(columns["status"], STATUS_BYTES)[rows].tolist() if "status" in columns else [b""] * len(rows)
    found = np.array([[word.startswith(b"MAINT") for word in status], [word.startswith(b"DRAIN") for word in status]], dtype=np.float64)
    return np.vstack([found, table.numbers([columns.get("uweight", -1)])[:, rows]])


def _layout(names: list[list[str]]) -> _Layout:
    proxies, services, kinds = names[:3]
    rows: list[list[int]] = [[], [], []]
    for row, kind in enumerate(kinds):
        if kind in ("0", "1", "2"):
            rows[int(kind)].append(row)
    servers = [intern(f"{proxies[row]}/{services[row]}") for row in rows[SERVER]]
    state_of: dict[str, int] = {}
    if len(names) > 3:
        state_of = {f"{pool}/{server}": row for row, (pool, server) in enumerate(zip(names[3], names[4], strict=True))}
    every = (*servers, *(state_of.keys() - set(servers)))
    return _Layout(
        np.array(rows[SERVER], dtype=np.intp),
        np.array(rows[BACKEND], dtype=np.intp),
        np.array(rows[FRONTEND], dtype=np.intp),
        every,
        tuple(proxies[row] for row in rows[BACKEND]),
        tuple(proxies[row] for row in rows[FRONTEND]),
        np.array([state_of.get(name, -1) for name in every], dtype=np.intp),
    )


def _states(states: Grid, columns: dict[str, int]) -> Floats:
    """Maintenance, drain, the running weight, and what the process read from the file when it started: that differs from the file's weight
    when the file changed without a reload."""
    admin, running, loaded = states.numbers([columns.get(name, -1) for name in ("srv_admin_state", "srv_uweight", "srv_iweight")])
    bits = np.nan_to_num(admin).astype(np.int64)
    known = ~np.isnan(admin)
    found = [np.where(known, (bits & each) != 0, np.nan) for each in (MAINTENANCE_BITS, DRAIN_BITS)]
    return np.array([*found, running, loaded])


def _check_refused(status: str) -> float:
    """1 where the last check got no connection (L4CON refused or unreachable, L4TOUT no answer), 0 where something answered at all, be it
    wrongly (L4OK, L6…, L7…); NaN without a check's result. The words are those of `check_status` in HAProxy's management guide, 9.1."""
    word = status.strip().lstrip("*").strip()
    if word in ("L4CON", "L4TOUT"):
        return 1.0
    return 0.0 if word.startswith(("L4OK", "L6", "L7")) else np.nan
