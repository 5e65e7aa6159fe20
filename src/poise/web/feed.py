"""`/events`: what changed, for all who have the page open. A look is made into text once, however many there are."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from operator import attrgetter

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

from poise.report.dashboard.compact import compact
from poise.report.printable import without_lone_surrogates
from poise.web.desk import Desk, RefusedError

STILL_HERE_SECONDS = 10.0
# Who takes nothing for so long is gone, or asleep: the browser comes back by itself.
STALLED_SECONDS = 60.0
MOST_VIEWERS = 200
PACKED = 4
# RFC 1952: what begins a stream of gzip. It never ends, so nobody waits for what would end it.
BEGIN = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the stream, as it is and packed: once for all who read, for it refers to nothing that was sent before it, and ends at a
    whole byte."""

    plain: bytes
    packed: bytes


def _piece(plain: bytes) -> _Piece:
    packer = zlib.compressobj(PACKED, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Piece(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


RETRY, STILL_HERE, NOTHING = _piece(b"retry: 1000\n\n"), _piece(b": still here\n\n"), _piece(b"")


class Feed:
    """The newest look as one event. It holds that one alone: who is slow gets the newest next, and no queue grows. `broken` hears of our
    own defects: an answer that has begun can no longer tell of one, and the browser comes back by itself."""

    def __init__(self, desk: Desk, broken: Callable[[Exception], None]) -> None:
        self._desk, self._broken = desk, broken
        self._making = asyncio.Lock()
        self._turn, self._event = -1, NOTHING
        self.viewers = 0

    def admit(self) -> None:
        """Raises RefusedError where there are too many already."""
        if self.viewers >= MOST_VIEWERS:
            raise RefusedError(f"{MOST_VIEWERS} pages are open already: close some", 503)

    async def events(self, packed: bool) -> AsyncIterator[bytes]:
        """What one viewer is sent, until he leaves; `packed`: as gzip."""
        form: Callable[[_Piece], bytes] = attrgetter("packed" if packed else "plain")
        self.viewers += 1
        try:
            yield (BEGIN if packed else b"") + form(RETRY)
            seen = -1
            while True:
                try:
                    async with asyncio.timeout(STILL_HERE_SECONDS):
                        await self._desk.news(seen)
                except TimeoutError:
                    yield form(STILL_HERE)
                    continue
                try:
                    seen, event = await self._newest()
                except Exception as error:
                    self._broken(error)
                    return
                yield form(event)
        finally:
            self.viewers -= 1

    async def _newest(self) -> tuple[int, _Piece]:
        async with self._making:
            if self._turn < self._desk.turn:
                turn, board = await self._desk.newest()
                self._event = await asyncio.to_thread(lambda: _event(turn, compact(board)))
                self._turn = turn
            return self._turn, self._event


class Events(StreamingResponse):
    """The stream of one viewer; it ends where he does not take it."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Until the viewer leaves."""

        async def timely(message: Message) -> None:
            async with asyncio.timeout(STALLED_SECONDS):
                await send(message)

        await super().stream_response(timely)


def _event(turn: int, about: dict[str, object]) -> _Piece:
    text = without_lone_surrogates(json.dumps({"turn": turn, **about}, separators=(",", ":")))
    return _piece(f"id: {turn}\nevent: look\ndata: {text}\n\n".encode())
