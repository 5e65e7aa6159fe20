"""`poise watch` serves its dashboard: begun after the first look was shown, so that nobody waits for what draws it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from errno import EADDRINUSE
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from poise.app.dashboard_ports import HOST
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from poise.app.dashboard import LiveDesk
    from poise.app.dashboard_past import Flush

# The screen shows its first shares with the third look. What draws pages takes a quarter of a second to import.
FIRST_LOOKS_SECONDS = 2.5
TOKEN_FILE = "dashboard.token"  # noqa: S105 - its name, not what is in it


class DashboardPage:
    """`ports` are tried in this order, none serves none. `terminal`: a person reads what is told, so the link may hold the token."""

    def __init__(self, ports: Sequence[int], store: Path, terminal: bool, flush: "Flush", tell: Callable[[str], None]) -> None:
        self._ports, self._store, self._terminal, self._flush, self._tell = ports, store, terminal, flush, tell
        self._desk: LiveDesk | None = None
        self._early: dict[str, tuple[Watched, Tick]] = {}
        self._serving: asyncio.Task[None] | None = None

    def show(self, watched: Watched, tick: Tick) -> None:
        """One turn. Never raises, and never waits."""
        if not self._ports:
            return
        if self._desk is not None:
            self._desk.show(watched, tick)
            return
        self._early[watched.name] = watched, tick
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())

    def keep(self, names: Collection[str]) -> None:
        """Only these are watched from now on."""
        self._early = {name: each for name, each in self._early.items() if name in names}
        if self._desk is not None:
            self._desk.keep(names)

    async def close(self) -> None:
        """Ends it."""
        if self._serving is not None:
            self._serving.cancel()
            with suppress(asyncio.CancelledError):
                await self._serving

    async def _serve(self) -> None:
        try:
            await asyncio.sleep(FIRST_LOOKS_SECONDS)
            # In a thread, so that looks have their turns meanwhile.
            make = await asyncio.to_thread(self._import)
            await self._listen(make)
        except OSError as error:
            what = error.filename or f"{HOST}:{self._ports[-1]}"
            self._say(f"{what}: {error.strerror}")
        except Exception as error:  # a defect of the page must not end the watch
            self._say(f"{type(error).__name__}: {error}; this is a defect of poise, please report it")

    def _import(self) -> "Callable[[str, int], ASGIApp]":
        from poise.app.dashboard import LiveDesk  # noqa: PLC0415
        from poise.web import serve  # noqa: F401, PLC0415
        from poise.web.dashboard import dashboard  # noqa: PLC0415

        desk = LiveDesk(self._store, self._flush)

        def make(token: str, port: int) -> "ASGIApp":
            self._desk = desk
            for watched, tick in self._early.values():
                desk.show(watched, tick)
            self._early = {}
            return dashboard(desk, token, port, self._tell)

        return make

    async def _listen(self, make: "Callable[[str, int], ASGIApp]") -> None:
        from poise.web.access import kept_token  # noqa: PLC0415
        from poise.web.serve import serving  # noqa: PLC0415

        file = self._store.parent / TOKEN_FILE
        token = kept_token(file)
        async with AsyncExitStack() as page:
            for port in self._ports:
                try:
                    place = await page.enter_async_context(serving(lambda place: make(token, place), HOST, port))
                    break
                except OSError as error:
                    if error.errno != EADDRINUSE or port == self._ports[-1]:
                        raise
            self._tell(_link(place, token, file, self._terminal))
            if self._desk is not None:
                await self._desk.recall()
            await asyncio.Event().wait()

    def _say(self, why: str) -> None:
        self._ports, self._early, self._desk = (), {}, None
        self._tell(f"could not: {why}: the dashboard is not served; the watch goes on without it (--dashboard PORT takes another port)")


def _link(place: int, token: str, file: Path, terminal: bool) -> str:
    """How to open it. In a log the token would be anybody's who reads it."""
    if terminal:
        return f"dashboard: http://{HOST}:{place}/?token={token}"
    return f"dashboard: http://{HOST}:{place}/ opens with the token of {file}: http://{HOST}:{place}/?token=$(cat {quote(str(file))})"


@asynccontextmanager
async def dashboard_page(
    ports: Sequence[int], store: Path, terminal: bool, flush: "Flush", tell: Callable[[str], None]
) -> AsyncIterator[DashboardPage]:
    """The page while the block runs. A port that is taken, or a folder that cannot be written, costs the page alone, and is told."""
    page = DashboardPage(ports, store, terminal, flush, tell)
    try:
        yield page
    finally:
        await page.close()
