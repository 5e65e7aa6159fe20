"""The dashboard as an application: its addresses behind their door."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from poise.report.printable import printable
from poise.web import pages
from poise.web.desk import Desk, RefusedError
from poise.web.door import Door, Refusal
from poise.web.feed import Feed
from poise.web.routes import API, routes
from poise.web.session import Sessions

WORDS = {404: "there is no such page: the first page is /", 405: "this address is not asked that way: see /api/openapi.json"}
# What takes longest of a page is to draw it; a link that is slow has more of it than a processor has to spare.
PACKED, LARGE_BYTES = 4, 2048
MOST_TOLD = 20


def dashboard(desk: Desk, token: str, port: int, tell: Callable[[str], None]) -> ASGIApp:
    """Serves what `desk` knows to who has the token. `tell` hears of our own defects, each once."""
    told: set[str] = set()

    async def refused(request: Request, error: Exception) -> Response:
        status, why = 400, str(error)
        if isinstance(error, RefusedError | Refusal):
            status = error.status
        elif isinstance(error, HTTPException):
            status, why = error.status_code, WORDS.get(error.status_code, error.detail)
        return await _said(request, status, why)

    def once(where: str, error: Exception) -> None:
        kind = f"{type(error).__name__}: {error}"
        if kind not in told and len(told) < MOST_TOLD:
            told.add(kind)
            tell(f"could not: the dashboard's {where[:100]}: {kind}; this is a defect of poise, please report it")

    async def broken(request: Request, error: Exception) -> Response:
        once(request.url.path, error)
        return PlainTextResponse("a defect of poise: it is told where `poise watch` runs; please report it\n", 500)

    app = Starlette(
        routes=routes(Feed(desk, partial(once, "stream"))),
        middleware=[Middleware(GZipMiddleware, minimum_size=LARGE_BYTES, compresslevel=PACKED)],
        exception_handlers={RefusedError: refused, Refusal: refused, HTTPException: refused, Exception: broken},
    )
    sessions = Sessions(token, port, time.time)
    app.state.desk, app.state.sessions, app.state.drawing = desk, sessions, asyncio.Lock()
    return Door(app, sessions)


async def _said(request: Request, status: int, why: str) -> Response:
    """As a page to a browser, as text to all others."""
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith((API, "/static/"))
    if wants_page:
        return await pages.refused(request, status, why)
    return PlainTextResponse(f"{printable(why)}\n", status)
