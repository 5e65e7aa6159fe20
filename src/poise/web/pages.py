"""The pages, and the parts of them that are fetched anew."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from poise.report.dashboard.compact import pool_key
from poise.report.dashboard.foremost import MOST_ROWS, foremost
from poise.report.dashboard.views import Board, HeatStrip, PoolView
from poise.web import asking
from poise.web.desk import Asked, Desk, RefusedError
from poise.web.drawing import draw

LONGEST_ADDRESS = 2000
# So many load balancers stand beside the one whose pool is looked at.
MOST_BESIDE = 3
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def is_part(request: Request) -> bool:
    """Whether the page is asked for without its frame."""
    return request.url.path.startswith("/part/")


async def board(request: Request) -> Response:
    """All pools and layers, the worst first."""
    return await _page(request, "board", board=await _board(request))


async def alerts(request: Request) -> Response:
    """What fires, and what people do about it."""
    return await _page(request, "alerts", board=await _board(request))


async def pool(request: Request) -> Response:
    """One pool, with its course; `?rows=1` is the table of its servers alone."""
    seen, (name, which) = await _board(request), asking.named(request)
    found = pool_of(seen, name, which)
    if request.query_params.get("rows"):
        return await drawn(request, "_rows.html", board=seen, pool=found)
    minutes = asking.whole(request, "minutes", 20, 1, 1440)
    strip = await desk(request).heat(found.load_balancer, found.pool, asking.moment(request), minutes)
    siblings = tuple(p for p in seen.pools if p.pool == found.pool and p is not found)[:MOST_BESIDE]
    most = MOST_ROWS // (1 + len(siblings))
    shown = [place for place, _ in foremost(found.servers, most, asking.begin(request))]
    return await _page(request, "pool", board=seen, pool=found, heat=of_those(strip, shown), siblings=siblings, minutes=minutes, most=most)


async def diagnosis(request: Request) -> Response:
    """Which layer is at fault, with the evidence."""
    found = await desk(request).diagnosis(asking.moment(request))
    return await _page(request, "diagnosis", board=await _board(request), diagnosis=found)


async def review(request: Request) -> Response:
    """What the files say: findings, and the loss of each server."""
    return await _page(request, "review", board=await _board(request), review=await desk(request).review())


async def what_if(request: Request) -> Response:
    """The form, and what would become of the pool; a POST asks."""
    seen = await _board(request)
    asked, answer, refused = None, None, ""
    if request.method == "POST":
        try:
            asked = asking.asked_by_form(asking.form(request))
            answer = await desk(request).what_if(asked)
        except RefusedError as error:
            refused = str(error)
    return await _page(request, "what_if", board=seen, pool=_chosen(request, seen, asked), asked=asked, answer=answer, refused=refused)


async def acknowledge(request: Request) -> Response:
    """Somebody takes an alert in hand; the alerts as they are then."""
    await desk(request).acknowledge(*asking.doing(request, asking.form(request), False))
    return await _after(request)


async def silence(request: Request) -> Response:
    """Nobody is woken by it for so long; the alerts as they are then."""
    said = asking.form(request)
    minutes = asking.minutes({"minutes": next(iter(said.get("minutes", ())), "")})
    await desk(request).silence(*asking.doing(request, said), minutes)
    return await _after(request)


def desk(request: Request) -> Desk:
    """Who knows."""
    found: Desk = request.app.state.desk
    return found


def pool_of(seen: Board, load_balancer: str, name: str) -> PoolView:
    """That pool, by its name or its key. Raises RefusedError."""
    found = next((p for p in seen.pools if (p.load_balancer, p.pool) == (load_balancer, name) or pool_key(p) == name), None)
    if found is None:
        raise RefusedError(f"no pool {name[:100]!r} of {load_balancer[:100]!r} is known then: the first page lists all", 404)
    return found


def address(p: PoolView) -> str:
    """What names it in an address: both names, or its key where they are longer than an address may be."""
    names = "/".join(quote(name, "", errors="surrogateescape") for name in (p.load_balancer, p.pool))
    return names if len(names) < LONGEST_ADDRESS else f"-/{pool_key(p)}"


async def refused(request: Request, status: int, why: str) -> Response:
    """The page that says why not."""
    return await drawn(request, "error.html", status=status, board=None, message=why)


def of_those(strip: HeatStrip, places: Sequence[int]) -> HeatStrip:
    """The servers of a strip that stand in the table above it, where it knows them all."""
    if len(places) == len(strip.servers) or any(place >= len(strip.servers) for place in places):
        return strip
    return replace(
        strip,
        servers=tuple(strip.servers[place] for place in places),
        shares=tuple(strip.shares[place] for place in places),
        ratios=tuple(strip.ratios[place] for place in places),
    )


async def _board(request: Request) -> Board:
    return await desk(request).board(asking.moment(request))


async def _after(request: Request) -> Response:
    if request.headers.get("hx-request"):
        return await drawn(request, "_alerts.html", board=await desk(request).board())
    return RedirectResponse("/alerts", 303)


def _chosen(request: Request, seen: Board, asked: Asked | None) -> PoolView | None:
    wanted = (request.query_params.get("load_balancer"), request.query_params.get("pool"))
    if asked is not None:
        wanted = (asked.load_balancer, asked.pool)
    every = sorted(seen.pools, key=lambda p: (p.load_balancer, p.pool) != wanted)
    return every[0] if every else None


def _choose(p: PoolView, first: int | None = None) -> str:
    said = {"load_balancer": p.load_balancer, "pool": p.pool} | ({} if first is None else {"from": str(first)})
    return "/what-if?" + urlencode(said, errors="surrogateescape") if len(p.load_balancer + p.pool) < LONGEST_ADDRESS else "/what-if"


async def _page(request: Request, name: str, **variables: Any) -> Response:
    return await drawn(request, f"_{name}.html" if is_part(request) else f"{name}.html", page=name, **variables)


async def drawn(request: Request, template: str, status: int = 200, **variables: Any) -> Response:
    """The page of that template, with what every page needs."""
    at = None if status >= 400 else asking.moment(request)
    session = asking.visit(request).session
    given = {
        "page": "",
        "at": at,
        "query": asking.query(at),
        "csrf": request.app.state.sessions.csrf(session) if session else "",
        "status": status,
        "link": lambda p, first=None: f"/pool/{address(p)}{asking.query(at, first)}",
        "begin": None if status >= 400 else asking.begin(request),
        "choose": _choose,
        **variables,
    }
    # One page at a time, beside the loop: a thousand servers take a moment, and the looks must not wait for it.
    async with request.app.state.drawing:
        text = await asyncio.to_thread(draw, template, **given)
    # A byte of a file that is no UTF-8 is half of a character here, which no page can hold.
    return HTMLResponse(text.encode("utf-8", "backslashreplace"), status)
