"""What the running HAProxy says of itself: `show info`, `show stat`, `show servers state` over one connection, and its accept queues."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from poise.balancers import accept_queue, open_files
from poise.balancers.haproxy import stats_csv, stats_page
from poise.balancers.haproxy.runtime_api import RuntimeApiError, ask, command
from poise.balancers.haproxy.stat_blocks import StatBlocks
from poise.model.could_not import CouldNot
from poise.model.sample import Block, Event, Sample
from poise.model.scrape import Scrape
from poise.model.topology import Topology

INFO = {"CurrConns": "sessions", "Maxconn": "session_limit", "Pid": "pid", "Uptime_sec": "uptime_seconds", "Idle_pct": "idle_percent"}
MOST_MOVED = 6
COST = "until then shares, health and limits are not known"
QUESTION = "show info;show stat;show servers state"
__all__ = ["Scrape", "Scraper", "command"]


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
        self._blocks = StatBlocks(load_balancer)
        self._missing: tuple[Topology, tuple[str, ...], tuple[CouldNot, ...]] | None = None

    async def scrape(self, now: datetime) -> Scrape:
        """One look. Never raises for a load balancer that does not answer: that is a CouldNot, and no samples."""
        sockets = (self._socket,) if self._socket else tuple(socket.address for socket in self.topology.control_sockets)
        places = [(self._stats_url, True)] if self._stats_url and not self._socket else [(socket, False) for socket in sockets]
        if not self._socket and not self._stats_url:
            # What the file offers beside its sockets: better than nothing where they cannot be read.
            places += [(page, True) for page in stats_page.pages(self.topology)]
        if not places:
            advice = (
                "no 'stats socket' in the global section, nor a 'stats uri': add "
                f"'stats socket /run/haproxy/admin.sock mode 660 level admin' and reload; {COST}"
            )
            return Scrape((), (CouldNot(self.topology.file, advice, cause="barred"),))
        refused: list[CouldNot] = []
        for place, page in places:
            began = time.monotonic()
            try:
                answer = (
                    (await stats_page.csv(place, self._credentials, self.timeout)).encode()
                    if page
                    else await ask(place, QUESTION, self.timeout)
                )
            except RuntimeApiError as error:
                refused.append(error.could_not)
                continue
            took = time.monotonic() - began
            found = self._read(answer, place, now)
            # A socket that was refused is told beside the page that answered in its stead.
            less = (*refused, CouldNot(place.partition("?")[0], stats_page.LESS)) if page else ()
            return replace(found, could_not=(*less, *found.could_not), answer_seconds=took, answer_bytes=len(answer))
        return Scrape((), tuple(replace(each, reason=f"{each.reason}; {COST}") for each in refused))

    async def close(self) -> None:
        """Nothing is held open between two looks."""

    def _read(self, answer: bytes, address: str, now: datetime) -> Scrape:
        could_not: list[CouldNot] = []
        samples: list[Sample] = []
        blocks: tuple[Block, ...] = ()
        parts = [part for part in answer.split(b"\n\n") if part.strip()]
        stat = next((part for part in parts if part.lstrip().startswith(b"# pxname")), None)
        state = next((part for part in parts if b"# be_id" in part[:200]), None)
        try:
            blocks = self._blocks.read(stat, state, self.topology, now) if stat is not None else ()
        except (ValueError, KeyError) as error:
            could_not.append(CouldNot(address, f"{error}: is this a HAProxy statistics socket?"))
        for part in parts:
            if part.lstrip().startswith(b"Name:"):
                about = stats_csv.info(part.decode("utf-8", "replace"))
                values = ((metric, stats_csv.number(about.get(name, ""))) for name, metric in INFO.items())
                samples += [Sample(now, self.load_balancer, metric, value) for metric, value in values if value is not None]
            elif part is not stat and part is not state:
                said = part.decode("utf-8", "replace").strip()[:80]
                could_not.append(CouldNot(address, f"HAProxy answered {said!r}: the socket needs 'level user' or more"))
        if accept_queue.local(address):
            samples += accept_queue.samples(self.topology, now)
            pid = next((int(each.value) for each in samples if each.metric == "pid"), None)
            samples += open_files.samples(self.load_balancer, () if pid is None else (pid,), now)
        if blocks:
            could_not += self._not_running(blocks[0].components)
        return Scrape(tuple(samples), tuple(could_not), events=tuple(_moves(self._blocks.moved, now)), blocks=blocks)

    def _not_running(self, running: tuple[str, ...]) -> tuple[CouldNot, ...]:
        """Servers of the file that are not in the process."""
        if self._missing is None or self._missing[0] is not self.topology or self._missing[1] is not running:
            seen = set(running)
            names = [f"{pool.name}/{server.name}" for pool in self.topology.pools for server in pool.servers]
            why = "is in the file but not in the running HAProxy: the file changed and was not reloaded"
            self._missing = (self.topology, running, tuple(CouldNot(f"server {name}", why) for name in names if name not in seen))
        return self._missing[2]


def _moves(moved: Sequence[tuple[str, str, str]], now: datetime) -> Iterator[Event]:
    """One event for each pool: a name that is given another address moves all servers behind it."""
    pools: dict[str, list[str]] = {}
    for component, old, new in moved:
        pool, _, server = component.rpartition("/")
        pools.setdefault(pool, []).append(f"{server} {old} → {new}")
    for pool, told in pools.items():
        more = f" and {len(told) - MOST_MOVED} more" if len(told) > MOST_MOVED else ""
        text = f"servers of pool {pool} have another address at run time: {', '.join(told[:MOST_MOVED])}{more}"
        yield Event(now, "change", text, f"pool {pool}")
