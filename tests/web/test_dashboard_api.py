"""The API is what its OpenAPI document says, and no request makes it fail."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from starlette.applications import Starlette
from starlette.routing import Route
from tests.web.dashboard_client import KEY, Opened, StillDesk, board, opened

from poise.web.feed import Feed
from poise.web.openapi import openapi
from poise.web.routes import API, CALLS, routes

DOCUMENT = openapi(CALLS)
GOOD = {"load_balancer": "lb1", "pool": "web", "component": "web/app1", "metric": "requests_total", "minutes": "5", "key": KEY}
BODY = {"load_balancer": "lb1", "pool": "web", "who": "Ada", "why": "on it", "minutes": 5}
CALLED = [(path, method) for path, calls in DOCUMENT["paths"].items() for method in calls]


def address(path: str, call: dict[str, Any], said: dict[str, str]) -> str:
    inside = {p["name"]: said[p["name"]] for p in call["parameters"] if p["in"] == "path"}
    asked = {p["name"]: said[p["name"]] for p in call["parameters"] if p["in"] == "query" and p["name"] in said}
    return path.format(**inside) + (f"?{urlencode(asked)}" if asked else "")


@pytest.mark.parametrize(("path", "method"), CALLED)
def test_each_call_answers_as_it_is_described(path: str, method: str) -> None:
    async def ask() -> Any:
        async with opened(StillDesk()) as page:
            call = DOCUMENT["paths"][path][method]
            body = json.dumps(BODY).encode() if "requestBody" in call else b""
            return await page.ask(address(path, call, GOOD), method.upper(), page.bearer, body)

    answer = asyncio.run(ask())
    assert answer.status == 200 and answer.headers["content-type"] == "application/json", answer
    shape = DOCUMENT["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    checker = Draft202012Validator({**shape, "components": DOCUMENT["components"]})
    assert not [error.message for error in checker.iter_errors(json.loads(answer.body))]


def test_the_document_is_served_and_names_every_call_and_field() -> None:
    async def ask() -> Any:
        async with opened(StillDesk()) as page:
            return await page.ask("/api/openapi.json", headers=page.bearer)

    assert json.loads(asyncio.run(ask()).body) == DOCUMENT
    served = {route.path for route in Starlette(routes=routes(Feed(StillDesk(), pytest.fail))).routes if isinstance(route, Route)}
    assert {path for path in served if path.startswith(API)} == set(DOCUMENT["paths"])
    pool = DOCUMENT["components"]["schemas"]["PoolView"]
    assert pool["properties"]["requests_per_second"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}
    assert pool["properties"]["servers"] == {"type": "array", "items": {"$ref": "#/components/schemas/ServerView"}}


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BODY, "weights", "lost", "surge", "app1"]), inner, max_size=5)
    ),
    max_leaves=8,
)
words = st.text(max_size=12) | st.sampled_from([*GOOD.values(), "", "2026-11-27T02:00:00Z", "-1", "1e9", "0x10", "\x00", "web", "app1"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CALLED),
    st.dictionaries(st.sampled_from([*GOOD, "at"]), words),
    anything,
    st.dictionaries(st.sampled_from([*BODY, "weights", "lost", "surge"]), anything),
)
def test_no_request_makes_it_fail(called: tuple[str, str], said: dict[str, str], odd: Any, body: dict[str, Any]) -> None:
    """Texts, numbers and bodies as odd as may be: refused with a word, or answered; never a defect."""
    path, method = called

    async def ask() -> tuple[Opened, Any]:
        async with opened(StillDesk(board())) as page:
            call = DOCUMENT["paths"][path][method]
            sent = json.dumps(body if odd is None else {**BODY, **body, "weights": odd}).encode() if method == "post" else b""
            where = address(path, call, {**said, "key": KEY})
            return page, await page.ask(where, method.upper(), page.bearer, sent)

    page, answer = asyncio.run(ask())
    assert answer.status in (200, 400, 404) and not page.told, answer
