"""`/incidents` and `/incidents/ID`: what happened, what is believed, and the forms by which a team says so."""

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from poise.report.incident_view import VIEW_STYLE
from poise.web import asking
from poise.web.desk import RefusedError
from poise.web.incident_desk import ACTS, IncidentDesk, IncidentPart
from poise.web.pages import drawn, is_part

LONGEST_SEARCH = 200
OWN = ("csrf", "who")


async def library(request: Request) -> Response:
    """All incidents, and a search in all that was said."""
    words = request.query_params.get("q", "")[:LONGEST_SEARCH]
    found = await _desk(request).library(words)
    template = "_incidents.html" if is_part(request) else "incidents.html"
    return await drawn(request, template, page="incidents", board=None, words=words, hits=found.hits, body=_ours(found.body))


async def one(request: Request) -> Response:
    """One incident."""
    return await _one(request, await _desk(request).one(request.path_params["id"]))


async def postmortem(request: Request) -> Response:
    """The draft of its postmortem, as the log has it now."""
    name = request.path_params["id"]
    title, body = await _desk(request).postmortem(name)
    return await drawn(request, "postmortem.html", page="incidents", board=None, id=name, title=title, body=_ours(body))


async def opened(request: Request) -> Response:
    """Somebody opens an incident."""
    said = asking.form(request)
    made = await _desk(request).open(asking.text(said, "who"), asking.text(said, "title"))
    return RedirectResponse(f"/incidents/{made}", 303)


async def act(request: Request) -> Response:
    """Somebody says, suspects, rules out, decides: the incident as it is then."""
    name, what, said = request.path_params["id"], request.path_params["act"], asking.form(request)
    if what not in ACTS:
        raise RefusedError(f"{what[:40]!r} is nothing that is done in an incident: it is one of {', '.join(ACTS)}", 404)
    fields = {key: asking.text(said, key, needed=False) for key in said if key not in OWN} | {"text": asking.text(said, "text")}
    await _desk(request).act(name, what, asking.text(said, "who"), fields)
    if request.headers.get("hx-request"):
        return await _one(request, await _desk(request).one(name), part=True)
    return RedirectResponse(f"/incidents/{name}", 303)


async def style(_: Request) -> Response:
    """The style of what the pages show."""
    return Response(VIEW_STYLE, media_type="text/css", headers={"cache-control": "no-cache"})


ROUTES = [
    Route("/incidents", library),
    Route("/incidents/open", opened, methods=["POST"]),
    Route("/incidents/style.css", style),
    Route("/incidents/{id}", one),
    Route("/part/incidents/{id}", one),
    Route("/incidents/{id}/postmortem", postmortem),
    Route("/incidents/{id}/{act}", act, methods=["POST"]),
]


def _desk(request: Request) -> IncidentDesk:
    found: IncidentDesk = request.app.state.desk.incidents
    return found


async def _one(request: Request, found: IncidentPart, part: bool = False) -> Response:
    template = "_incident.html" if part or is_part(request) else "incident.html"
    return await drawn(request, template, page="incidents", board=None, incident=found, body=_ours(found.body))


def _ours(body: str) -> Any:
    return Markup(body)  # noqa: S704 - poise.report made it, where every text of others is escaped
