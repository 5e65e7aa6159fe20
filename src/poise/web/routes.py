"""All addresses of the dashboard, in one table: the pages, their parts, and the calls of the API that `openapi` describes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from poise.report.dashboard.views import AlertView, Board, HeatStrip, PoolView
from poise.web import api, incident_pages, pages
from poise.web.door import HOOK_PATH
from poise.web.feed import Events, Feed
from poise.web.static_files import static

API = "/api/v1"
HOOK = HOOK_PATH.removeprefix(API)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What stands in the address after the question mark, or (`path`) in it."""

    name: str
    about: str
    needed: bool = False
    whole: tuple[int, int, int] | None = None
    path: bool = False
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API. `gives` are the keys of its answer beside `version`: a view, views of it (a tuple of one), or a JSON type and
    what it is. `takes` is the body: by key a JSON type and what it is."""

    path: str
    handler: pages.Handler
    method: Literal["GET", "POST"]
    about: str
    gives: Mapping[str, object] | type
    parameters: tuple[Parameter, ...] = ()
    takes: Mapping[str, object] | None = None


AT = Parameter("at", "The moment, RFC 3339; without it: now.", instant=True)
OF = Parameter("load_balancer", "The name of the load balancer.", needed=True)
POOL = Parameter("pool", "The name of the pool.", needed=True)
MINUTES = Parameter("minutes", "So many minutes up to the moment.", whole=(20, 1, 1440))
KEY = Parameter("key", "The alert's key: ten hexadecimal digits.", needed=True, path=True)
WHO = {"who": "string: the name or role of who does it, which is kept", "why": "string: the reason, which others read"}
CALLS = (
    Call("/board", api.board, "GET", "Everything that is known at one instant, the worst first.", Board, (AT,)),
    Call(
        "/pools",
        api.pools,
        "GET",
        "All pools, or those of a load balancer or a name.",
        {"seen": "date-time: the instant of the newest look", "pools": (PoolView,)},
        (AT, Parameter("load_balancer", "Of this load balancer alone."), Parameter("pool", "Of this name alone.")),
    ),
    Call("/heat", api.heat, "GET", "Server × time of one pool.", HeatStrip, (AT, OF, POOL, MINUTES)),
    Call(
        "/series",
        api.series,
        "GET",
        "The course of one figure; a counter's is its rise a second.",
        {"points": [{"seconds": "number: epoch seconds", "value": "number: in the unit of the metric's name"}]},
        (
            AT,
            OF,
            Parameter("component", "As the contract names it: `web/app1`, `web`, `client`.", needed=True),
            Parameter("metric", "As the contract names it: `requests_total`, `in_flight`.", needed=True),
            MINUTES,
        ),
    ),
    Call(
        "/alerts",
        api.alerts,
        "GET",
        "The alerts that live, or did in the last hour.",
        {"seen": "date-time: the instant of the newest look", "alerts": (AlertView,)},
        (AT,),
    ),
    Call("/diagnosis", api.diagnosis, "GET", "Which layer is at fault, as `poise schema diagnose` describes it.", {}, (AT,)),
    Call(
        "/review",
        api.review,
        "GET",
        "What the files say. `audit`: as `poise schema audit`; `predict`: as `poise schema predict`; `reviews`: as `poise schema reviews`.",
        {"audit": "object: findings", "predict": "object: the loss of each server", "reviews": "array: the newest of each load balancer"},
    ),
    Call(
        "/what-if",
        api.what_if,
        "POST",
        "The forecast of a pool as it runs, and as it would with other weights, without servers, or at more load. Nothing is touched.",
        {"before": "object: as `poise schema predict`", "after": "object: the same"},
        takes={
            "load_balancer": "string: its name",
            "pool": "string: its name",
            "weights": "object?: weights by server, of those that change",
            "lost": "array?: names of servers that are lost",
            "surge": "number?: so many times the declared peak",
        },
    ),
    Call(
        "/alerts/{key}/acknowledge",
        api.acknowledge,
        "POST",
        "Take an alert in hand.",
        {"kept": "string: what was kept"},
        (KEY,),
        {**WHO, "why": "string?: what you do about it"},
    ),
    Call(
        "/alerts/{key}/silence",
        api.silence,
        "POST",
        "Nobody is told of an alert for so long.",
        {"kept": "string: what was kept"},
        (KEY,),
        {**WHO, "minutes": "integer: how long"},
    ),
    Call(
        HOOK,
        api.told_by_alertmanager,
        "POST",
        "A webhook receiver of Alertmanager: its alerts open an incident, or join the one that is about the same.",
        {
            "taken": [
                {
                    "incident": "string?: its id; missing where the alerts are over and no incident knew them",
                    "opened": "boolean: whether they opened it",
                    "alerts": "array: the names of alerts that belong together",
                    "events": "array: the numbers under which they are kept",
                }
            ]
        },
        takes={"version": 'string: "4"', "alerts": "array: as Alertmanager's documentation of `webhook_config` lays it out"},
    ),
)
PAGES = {"": pages.board, "alerts": pages.alerts, "diagnosis": pages.diagnosis, "review": pages.review, "what-if": pages.what_if}


def routes(feed: Feed) -> list[BaseRoute]:
    """All of them."""

    async def events(request: Request) -> Response:
        feed.admit()
        packed = "gzip" in request.headers.get("accept-encoding", "")
        coding = {"content-encoding": "gzip"} if packed else {}
        said = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "accept-encoding", **coding}
        return Events(feed.events(packed), headers=said)

    from poise.web.openapi import openapi  # noqa: PLC0415 - it describes this module

    async def described(request: Request) -> Response:
        return api.Json(openapi(CALLS))

    shown: list[BaseRoute] = []
    for name, page in PAGES.items():
        methods = ["GET", "POST"] if page is pages.what_if else ["GET"]
        shown += [Route(f"/{name}", page, methods=methods), Route(f"/part/{name or 'board'}", page, methods=methods)]
    return [
        *shown,
        Route("/pool/{rest:path}", pages.pool),
        Route("/part/pool/{rest:path}", pages.pool),
        Route("/alerts/{key}/acknowledge", pages.acknowledge, methods=["POST"]),
        Route("/alerts/{key}/silence", pages.silence, methods=["POST"]),
        *incident_pages.ROUTES,
        Route("/events", events),
        Route("/static/{name:path}", static),
        *(Route(f"{API}{call.path}", call.handler, methods=[call.method]) for call in CALLS),
        Route("/api/openapi.json", described),
    ]
