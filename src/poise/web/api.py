"""The JSON API: what stands on the pages, for programs. `routes.CALLS` describes it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from poise.report.dashboard.as_dict import as_dict
from poise.report.printable import without_lone_surrogates
from poise.web import asking
from poise.web.pages import desk, pool_of


class Json(JSONResponse):
    """JSON that other programs take: no half of a character, which Python writes and they refuse."""

    def render(self, content: object) -> bytes:
        """As bytes."""
        return without_lone_surrogates(json.dumps(content, separators=(",", ":"), allow_nan=False)).encode()


async def board(request: Request) -> Response:
    """All of it."""
    seen = await desk(request).board(asking.moment(request))
    return await _beside(request, lambda: as_dict(seen))


async def pools(request: Request) -> Response:
    """All pools, or those of a load balancer or a name."""
    name, which = request.query_params.get("load_balancer"), request.query_params.get("pool")
    seen = await desk(request).board(asking.moment(request))
    found = [p for p in seen.pools if name in (None, p.load_balancer) and which in (None, p.pool)]
    return await _beside(request, lambda: {"seen": as_dict(seen.seen), "pools": as_dict(found)})


async def heat(request: Request) -> Response:
    """Server × time of one pool."""
    name, which, at = asking.wanted(request, "load_balancer"), asking.wanted(request, "pool"), asking.moment(request)
    pool_of(await desk(request).board(at), name, which)
    return Json({"version": 1, **as_dict(await desk(request).heat(name, which, at, asking.whole(request, "minutes", 20, 1, 1440)))})


async def series(request: Request) -> Response:
    """The course of one figure."""
    name, part, metric = (asking.wanted(request, each) for each in ("load_balancer", "component", "metric"))
    found = await desk(request).series(name, part, metric, asking.moment(request), asking.whole(request, "minutes", 20, 1, 1440))
    return Json({"version": 1, "points": [{"seconds": seconds, "value": value} for seconds, value in found]})


async def alerts(request: Request) -> Response:
    """Those that live, or did in the last hour."""
    seen = await desk(request).board(asking.moment(request))
    return Json({"version": 1, "seen": as_dict(seen.seen), "alerts": as_dict(seen.alerts)})


async def diagnosis(request: Request) -> Response:
    """As `poise diagnose --format json`."""
    return Json(await desk(request).diagnosis(asking.moment(request)))


async def review(request: Request) -> Response:
    """As `poise audit` and `poise predict` with --format json."""
    return Json({"version": 1, **await desk(request).review()})


async def what_if(request: Request) -> Response:
    """As `poise predict --format json`, before and after."""
    return Json({"version": 1, **await desk(request).what_if(asking.asked(asking.document(request)))})


async def acknowledge(request: Request) -> Response:
    """Somebody has it in hand."""
    return Json({"version": 1, "kept": await desk(request).acknowledge(*asking.doing(request, asking.document(request), False))})


async def silence(request: Request) -> Response:
    """Nobody is woken by it for so long."""
    said = asking.document(request)
    return Json({"version": 1, "kept": await desk(request).silence(*asking.doing(request, said), asking.minutes(said))})


async def told_by_alertmanager(request: Request) -> Response:
    """What Alertmanager's webhook sends."""
    return Json({"version": 1, "taken": await desk(request).told_by_alertmanager(asking.document(request))})


async def _beside(request: Request, make: Callable[[], Mapping[str, Any]]) -> Response:
    """One large answer at a time, beside the loop, as pages are: the looks go on."""
    async with request.app.state.drawing:
        return await asyncio.to_thread(lambda: Json({"version": 1, **make()}))
