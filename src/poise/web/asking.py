"""What a request asks for, read and checked: whatever is wrong with it is told in a word that helps."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode

from starlette.requests import Request

from poise.model.instants import rfc3339
from poise.web.desk import Asked, RefusedError
from poise.web.door import Visit, fields

LONGEST_TEXT = 1000
MOST_WEIGHT, MOST_SURGE, MOST_MINUTES = 65_535, 1000.0, 31 * 1440


class Doing(NamedTuple):
    """What somebody does about an alert, and says of it."""

    key: str
    who: str
    why: str


def visit(request: Request) -> Visit:
    """Who asks."""
    found: Visit = request.state.visit
    return found


def moment(request: Request) -> datetime | None:
    """`?at=`: the moment that is asked for, None for now. Raises RefusedError."""
    said = request.query_params.get("at", "")
    if not said:
        return None
    try:
        # A plus sign that nobody escaped is a blank.
        at = datetime.fromisoformat(said.replace(" ", "+"))
        at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise RefusedError(f"{said[:60]!r} is no moment: write it as 2026-11-27T03:00:00Z")
    # A browser's field for a moment gives no zone, and ours says that it is UTC.
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def query(at: datetime | None, begin: int | None = None) -> str:
    """What each link carries so that the moment stays, and `begin`, the first of the servers that it shows."""
    said = {} if at is None else {"at": rfc3339(at)}
    said |= {} if begin is None else {"from": str(begin)}
    return "?" + urlencode(said) if said else ""


def begin(request: Request) -> int | None:
    """`?from=`: the first server that is asked for, None for those that want to be looked at. Raises RefusedError."""
    return whole(request, "from", 0, 0, 1_000_000) if request.query_params.get("from") else None


def whole(request: Request, name: str, usual: int, least: int, most: int) -> int:
    """A whole number of the address. Raises RefusedError."""
    said = request.query_params.get(name, "") or str(usual)
    if not (said.isascii() and said.isdigit() and len(said) < 10 and least <= int(said) <= most):
        raise RefusedError(f"{name}={said[:40]!r}: write a whole number from {least} to {most}")
    return int(said)


def wanted(request: Request, name: str) -> str:
    """A text of the address that must be there. Raises RefusedError."""
    said = request.query_params.get(name, "")
    if not said:
        raise RefusedError(f"{name} is missing: add ?{name}=… to the address")
    return said


def named(request: Request) -> tuple[str, str]:
    """The load balancer and the pool of `/…pool/LB/POOL`: either may hold a slash, which stands there as %2F."""
    raw = request.scope.get("raw_path", b"").decode("latin-1").partition("/pool/")[2]
    load_balancer, _, pool = raw.partition("/")
    return unquote(load_balancer, errors="surrogateescape"), unquote(pool, errors="surrogateescape")


def form(request: Request) -> Mapping[str, Sequence[str]]:
    """The fields of a form."""
    return fields(visit(request).body)


def document(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent. Raises RefusedError."""
    try:
        found = json.loads(visit(request).body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RefusedError("the body is no JSON object: send one, as /api/openapi.json describes it", 400)
    return found


def doing(request: Request, said: Mapping[str, Any], reason: bool = True) -> Doing:
    """What is to be done about the alert that the address names; `reason`: it must be given. Raises RefusedError."""
    return Doing(request.path_params["key"], text(said, "who"), text(said, "why", reason))


def minutes(said: Mapping[str, Any]) -> int:
    """How long a silence lasts. Raises RefusedError."""
    given = said.get("minutes")
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdigit() and len(given) < 10:
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= MOST_MINUTES:
        raise RefusedError(f"minutes: write a whole number from 1 to {MOST_MINUTES}: no silence lasts for ever")
    return given


def asked_by_form(said: Mapping[str, Sequence[str]]) -> Asked:
    """What if, from the page's form: `weight.SERVER` for each, empty where it stays. Raises RefusedError."""
    weights = {name.removeprefix("weight."): values[0].strip() for name, values in said.items() if name.startswith("weight.")}
    surge = said.get("surge", ("",))[0].strip()
    return asked(
        {
            "load_balancer": said.get("load_balancer", ("",))[0],
            "pool": said.get("pool", ("",))[0],
            "weights": {server: _number(weight, f"the weight of {server[:60]}") for server, weight in weights.items() if weight},
            "lost": list(said.get("lost", ())),
            "surge": _number(surge, "surge") if surge else 1.0,
        }
    )


def asked(said: Mapping[str, Any]) -> Asked:
    """What if, from JSON. Raises RefusedError."""
    weights, lost, surge = said.get("weights", {}), said.get("lost", []), said.get("surge", 1.0)
    if not isinstance(weights, dict) or not all(_is_weight(weight) for weight in weights.values()):
        raise RefusedError(f"weights: give each server's as a whole number from 0 to {MOST_WEIGHT}")
    if not isinstance(lost, list) or not all(isinstance(name, str) for name in lost):
        raise RefusedError("lost: give the names of servers as a list")
    if not isinstance(surge, int | float) or isinstance(surge, bool) or not 0.01 <= surge <= MOST_SURGE:
        raise RefusedError(f"surge: give a number from 0.01 to {MOST_SURGE:g}: so many times the declared peak")
    whole_weights = {server: int(weight) for server, weight in weights.items()}
    return Asked(text(said, "load_balancer"), text(said, "pool"), whole_weights, tuple(dict.fromkeys(lost)), float(surge))


def text(said: Mapping[str, Any], name: str, needed: bool = True) -> str:
    """A text of a form or of JSON; `needed`: it must be there. Raises RefusedError."""
    given = said.get(name, "")
    given = given[0] if isinstance(given, list) and given else given
    if not isinstance(given, str) or (needed and not given.strip()):
        raise RefusedError(f"{name} is empty: write it, others read it")
    if len(given) > LONGEST_TEXT:
        raise RefusedError(f"{name} is longer than {LONGEST_TEXT} characters: say it in fewer")
    return given.strip()


def _is_weight(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= MOST_WEIGHT and given == int(given)


def _number(given: str, what: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise RefusedError(f"{what}: {given[:40]!r} is no number") from None
