"""A desk that stands still, the dashboard served for it by the real server, and a client that says exactly what a test wants said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any

from poise.lab.ports import take_ports
from poise.report.dashboard.views import AlertView, Board, ChangeView, HeatStrip, LayerView, PoolView, ServerView
from poise.web.dashboard import dashboard
from poise.web.desk import Asked, RefusedError
from poise.web.serve import serving

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
TOKEN = "t0ken-that-nobody-guesses-0123456789"
KEY = "0123456789"


def server(name: str, share: float) -> ServerView:
    return ServerView(
        name, "127.0.0.1:9", "up", share, 0.5, 0.4, 0.6, 10.0, 1, 0, 5.0, 9.0, 6.0, 0.0, 1, 1, "good" if share == 0.5 else "bad", ""
    )


def board(pool: str = "web", one: str = "app1", load_balancer: str = "lb1", servers: int = 2) -> Board:
    """One pool whose first server gets most."""
    shares = [0.9, *([0.1 / (servers - 1)] * (servers - 1))]
    views = tuple(server(one if i == 0 else f"app{i + 1}", share) for i, share in enumerate(shares))
    alert = AlertView(KEY, load_balancer, "uneven_share", f"pool {pool}", "error", True, "firing", NOW, None, f"{one} gets 90 %", "…", ())
    return Board(
        seen=NOW,
        live=True,
        level="bad",
        headline=f"pool {pool}: {one} gets 90 %",
        load_balancers=(load_balancer,),
        pools=(PoolView(load_balancer, pool, "haproxy", "roundrobin", "bad", f"{one} gets 90 %", NOW, 10.0, 20.0, 0, True, views),),
        layers=(LayerView("database", "Database", "good", "normal: 0.16 ms a statement, 0 waits"),),
        alerts=(alert,),
        changes=(ChangeView(NOW, load_balancer, f"pool {pool}", f"{pool} was edited"),),
        could_not=(),
    )


@dataclass
class StillDesk:
    """Knows one board; remembers what people did. `rise` is a look."""

    shown: Board = field(default_factory=board)
    turn: int = 1
    done: list[tuple[object, ...]] = field(default_factory=list)
    asked_at: list[datetime | None] = field(default_factory=list)
    breaks: Exception | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def rise(self) -> None:
        self.turn += 1
        self._news.set()
        self._news = asyncio.Event()

    async def news(self, turn: int) -> int:
        while self.turn <= turn:
            await self._news.wait()
        return self.turn

    async def newest(self) -> tuple[int, Board]:
        return self.turn, self.shown

    async def board(self, at: datetime | None = None) -> Board:
        if self.breaks is not None:
            raise self.breaks
        self.asked_at.append(at)
        return self.shown if at is None else replace(self.shown, seen=at, live=False)

    async def heat(self, load_balancer: str, pool: str, at: datetime | None = None, minutes: int = 20) -> HeatStrip:
        names = tuple(s.server for s in self.shown.pools[0].servers)
        return HeatStrip(load_balancer, pool, names, (NOW,), minutes * 60.0, ((0.9,),) * len(names), ((None,),) * len(names))

    async def series(self, load_balancer: str, component: str, metric: str, at: datetime | None, minutes: int) -> list[tuple[float, float]]:
        return [(NOW.timestamp(), float(minutes))]

    async def diagnosis(self, at: datetime | None = None) -> Mapping[str, Any]:
        window = {"from": "2026-11-27T02:40:00Z", "to": "2026-11-27T03:00:00Z"}
        known: dict[str, Any] = {"version": 1, "verdict": "none", "onset": None, "ended": None, "window": window}
        return {**known, "hypotheses": [], "next": [], "differences": [], "could_not": []}

    async def review(self) -> Mapping[str, Any]:
        empty: dict[str, Any] = {"version": 1, "could_not": [], "remarks": [], "excluded": []}
        audit = {**empty, "findings": [], "accepted": [], "known": [], "fixed": [], "read": [], "not_judged": []}
        return {"audit": audit, "predict": {**empty, "pools": [], "routes": []}, "reviews": []}

    async def what_if(self, asked: Asked) -> Mapping[str, Any]:
        if asked.pool != "web":
            raise RefusedError("no such pool", 404)
        self.done.append(("what if", asked))
        empty: dict[str, Any] = {"version": 1, "pools": [], "routes": [], "could_not": [], "remarks": [], "excluded": []}
        return {"before": empty, "after": empty}

    async def acknowledge(self, key: str, who: str, why: str) -> str:
        self.done.append(("acknowledge", key, who, why))
        return f"{who} has it in hand"

    async def silence(self, key: str, who: str, why: str, minutes: int) -> str:
        self.done.append(("silence", key, who, why, minutes))
        return f"{who} silenced it"

    async def told_by_alertmanager(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        self.done.append(("alertmanager", len(str(message))))
        return [{"opened": False, "alerts": ["Errors"], "events": []}]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Opened:
    """The dashboard at `port`; `told` is what the watch was told of it."""

    port: int
    told: list[str]

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {TOKEN}"}

    async def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request on a connection of its own. A header of a test replaces the usual one; empty leaves it out."""
        said = {"host": f"127.0.0.1:{self.port}", "connection": "close", **(headers or {})}
        if body or method == "POST":
            said.setdefault("content-length", str(len(body)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 25)
        writer.write(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        async with asyncio.timeout(30):
            answer = await reader.read()
        writer.close()
        head, _, rest = answer.partition(b"\r\n\r\n")
        first, *more = head.decode("latin-1").split("\r\n")
        found = dict(line.split(": ", 1) for line in more)
        return Answer(int(first.split()[1]), {name.lower(): value for name, value in found.items()}, rest.decode("utf-8", "replace"))

    async def log_in(self) -> dict[str, str]:
        """The Cookie header of a new session."""
        answer = await self.ask(f"/?token={TOKEN}")
        assert answer.status == 303, answer
        (name,) = (cookie := SimpleCookie(answer.headers["set-cookie"]))
        return {"cookie": f"{name}={cookie[name].value}"}


@asynccontextmanager
async def opened(desk: StillDesk) -> AsyncIterator[Opened]:
    """Serves it while the block runs."""
    ports = take_ports(471)
    told: list[str] = []
    try:
        async with serving(lambda place: dashboard(desk, TOKEN, place, told.append), "127.0.0.1", ports.first) as port:
            yield Opened(port, told)
    finally:
        ports.release()


def play(story: Callable[[Opened, StillDesk], Awaitable[None]], desk: StillDesk | None = None) -> None:
    """Tells the story of a dashboard that is served for it; the desk is a usual one where none is given."""

    async def run() -> None:
        with_desk = desk or StillDesk()
        async with opened(with_desk) as page:
            await story(page, with_desk)

    asyncio.run(run())


async def until(true: Callable[[], bool]) -> None:
    """Waits for it, and not for ever."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what it waits for is no event
            await asyncio.sleep(0.01)


async def events(page: Opened, headers: dict[str, str], count: int, heard: list[str] | None = None) -> list[str]:
    """The next so many events, and comments, of a stream that is opened now; `heard` has them as they come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port, limit=1 << 22)
    try:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET /events HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"text/event-stream" in head and b" 200 " in head, head
        found = [] if heard is None else heard
        text = b""
        async with asyncio.timeout(20):
            while len(found) < count:
                size = int(await reader.readline(), 16)
                text += await reader.readexactly(size)
                await reader.readline()
                while b"\n\n" in text:
                    event, _, text = text.partition(b"\n\n")
                    if not event.startswith(b"retry:"):
                        found.append(event.decode())
        return found[:count]
    finally:
        writer.close()
