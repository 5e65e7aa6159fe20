"""The pages and the API as they are served: moments, forms, names that are hostile."""

import json
import re
import time
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from tests.web.dashboard_client import KEY, TOKEN, Opened, StillDesk, board, events, play

from poise.web.desk import Asked, RefusedError
from poise.web.pages import address
from poise.web.session import Sessions

PAGES = ("/", "/pool/lb1/web", "/alerts", "/diagnosis", "/review", "/what-if")
MOMENT = "2026-11-27T02:00:00Z"


def test_each_page_is_there_and_so_is_its_part_without_the_frame() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        for path in PAGES:
            whole = await page.ask(path, headers=cookie)
            part = await page.ask(f"/part{'/board' if path == '/' else path}", headers=cookie)
            assert whole.status == part.status == 200, path
            assert whole.headers["content-type"] == part.headers["content-type"] == "text/html; charset=utf-8"
            assert "<html" in whole.body and "<html" not in part.body
        rows = await page.ask("/part/pool/lb1/web?rows=1", headers=cookie)
        assert rows.status == 200 and "app2" in rows.body and "<html" not in rows.body
        assert not page.told

    play(story)


def test_a_moment_is_kept_by_every_link() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        for path in PAGES:
            answer = await page.ask(f"{path}?at={quote(MOMENT)}", headers=cookie)
            assert answer.status == 200
            links = [link for link in re.findall(r'href="(/[^"]*)"', answer.body) if not link.startswith(("/static/", "/api/"))]
            without = [link for link in links if "at=" not in link]
            # One link of each page leads back to now.
            assert links and len(set(without)) <= 1, (path, without)
        assert set(desk.asked_at) == {datetime(2026, 11, 27, 2, tzinfo=UTC)}

    play(story)


@pytest.mark.parametrize(
    "said", ["2026-11-27T02:00:00+00:00", "2026-11-27T02:00", "2026-11-27T03:00:00+01:00", "2026-11-27T02:00:00%2B00:00"]
)
def test_a_moment_may_be_written_in_several_ways(said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        assert (await page.ask(f"/api/v1/board?at={said}", headers=page.bearer)).status == 200
        assert desk.asked_at == [datetime(2026, 11, 27, 2, tzinfo=UTC)]

    play(story)


WRONG = [
    ("/api/v1/board?at=yesterday", 400, "write it as 2026-11-27T03:00:00Z"),
    ("/api/v1/board?at=9999-12-31T23:59:59-23:59", 400, "is no moment"),
    ("/api/v1/heat?load_balancer=lb1&pool=web&minutes=0", 400, "from 1 to 1440"),
    ("/api/v1/heat?load_balancer=lb1&pool=web&minutes=%D9%A3", 400, "from 1 to 1440"),
    ("/api/v1/heat?load_balancer=lb1", 400, "pool is missing"),
    ("/api/v1/heat?load_balancer=lb1&pool=api", 404, "no pool 'api'"),
    ("/api/v1/nothing", 404, "no such page"),
    ("/pool/lb1/api", 404, "no pool 'api'"),
    ("/static/../door.py", 404, "no such file"),
    ("/static/%2e%2e/door.py", 404, "no such file"),
]


@pytest.mark.parametrize(("path", "status", "said"), WRONG)
def test_what_is_wrong_with_an_address_is_said(path: str, status: int, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(path, headers=page.bearer)
        assert answer.status == status and said in answer.body and answer.headers["content-type"].startswith("text/plain"), answer
        assert not page.told

    play(story)


def test_a_browser_is_told_on_a_page() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = {**await page.log_in(), "accept": "text/html,*/*;q=0.8"}
        answer = await page.ask("/pool/lb1/%3Cscript%3Ealert(1)%3C%2Fscript%3E", headers=cookie)
        assert answer.status == 404 and "<html" in answer.body and "no pool" in answer.body and "<script>alert" not in answer.body
        desk.breaks = RefusedError("nothing is kept of 2023", 404)
        answer = await page.ask("/?at=2023-01-01T00:00:00Z", headers=cookie)
        assert answer.status == 404 and "nothing is kept of 2023" in answer.body

    play(story)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\x1b[31m\x00b",
    "\u202eevil\u2066",
    "../..//%2F?#",
    "a" * 1_000_000,
    "\udce9",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_text(name: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        mine = address(desk.shown.pools[0])
        for path in (each.replace("lb1/web", mine) for each in PAGES):
            answer = await page.ask(path, headers=cookie)
            assert answer.status == 200, (path[:100], answer.body[:300])
            assert "<script>alert" not in answer.body and "onerror=alert(1)>" not in answer.body
            # What is read; a form sends a name as it is.
            read = re.sub(r'="[^"]*"', "", answer.body)
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\u2066]", read) and len(read) < 100_000
            assert len(answer.body) < 600_000 + 3 * len(name)
        found = await page.ask("/api/v1/board", headers=cookie)
        assert json.loads(found.body)["pools"][0]["algorithm"] == "roundrobin"
        (event,) = await events(page, cookie, 1)
        assert len(event) < 20_000 and json.loads(event.partition("data: ")[2])["level"] == "bad"
        assert not page.told

    play(story, StillDesk(board(name, name, name)))


def test_what_if_is_asked_by_the_form_and_shown_with_what_was_asked() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        sessions = Sessions(TOKEN, page.port, time.time)
        session = sessions.of(cookie["cookie"])
        assert session is not None
        ours = {**cookie, "content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{page.port}"}
        said = [("csrf", sessions.csrf(session)), ("load_balancer", "lb1"), ("pool", "web"), ("weight.app1", "5"), ("weight.app2", "")]
        answer = await page.ask("/what-if", "POST", ours, urlencode([*said, ("lost", "app2"), ("surge", "1.5")]).encode())
        assert answer.status == 200
        assert desk.done == [("what if", Asked("lb1", "web", {"app1": 5}, ("app2",), 1.5))]
        answer = await page.ask("/part/what-if", "POST", ours, urlencode([*said, ("surge", "many")]).encode())
        assert answer.status == 200 and "many" in answer.body and "is no number" in answer.body
        assert len(desk.done) == 1

    play(story)


BODIES = [
    (b"", 400, "no JSON object"),
    (b"[1]", 400, "no JSON object"),
    (b"[" * 50_000, 400, "no JSON object"),
    (b'{"load_balancer": "lb1"}', 400, "pool is empty"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": -1}}', 400, "from 0 to 65535"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": 1.5}}', 400, "whole number"),
    (b'{"load_balancer": "lb1", "pool": "web", "weights": {"app1": 1e999}}', 400, "whole number"),
    (b'{"load_balancer": "lb1", "pool": "web", "lost": "app1"}', 400, "as a list"),
    (b'{"load_balancer": "lb1", "pool": "web", "surge": NaN}', 400, "from 0.01"),
    (b'{"load_balancer": "lb1", "pool": "api"}', 404, "no such pool"),
]


@pytest.mark.parametrize(("body", "status", "said"), BODIES, ids=range(len(BODIES)))
def test_what_is_wrong_with_a_body_is_said(body: bytes, status: int, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask("/api/v1/what-if", "POST", page.bearer, body)
        assert answer.status == status and said in answer.body, answer
        assert not page.told and not desk.done

    play(story)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"why": "x", "minutes": 1}', "who is empty"),
        (b'{"who": "  ", "why": "x", "minutes": 1}', "who is empty"),
        (b'{"who": "Ada", "why": "", "minutes": 1}', "why is empty"),
        (b'{"who": "Ada", "why": "x", "minutes": 0}', "no silence lasts for ever"),
        (b'{"who": "Ada", "why": "x", "minutes": true}', "no silence lasts for ever"),
        (b'{"who": "Ada", "why": "x"}', "no silence lasts for ever"),
        (json.dumps({"who": "Ada", "why": "x" * 1001, "minutes": 1}).encode(), "longer than 1000"),
    ],
)
def test_nobody_silences_without_a_name_a_reason_and_an_end(body: bytes, said: str) -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        answer = await page.ask(f"/api/v1/alerts/{KEY}/silence", "POST", page.bearer, body)
        assert answer.status == 400 and said in answer.body
        assert not desk.done

    play(story)


def test_scripts_are_kept_by_the_browser_for_as_long_as_they_are_the_same() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        cookie = await page.log_in()
        answer = await page.ask("/", headers=cookie)
        links = re.findall(r'"(/static/[^"]+)"', answer.body)
        assert links
        for link in links:
            found = await page.ask(link.replace("&amp;", "&"), headers=cookie)
            assert found.status == 200 and "immutable" in found.headers["cache-control"], link
            stale = await page.ask(re.sub(r"v=\w+", "v=old", link), headers=cookie)
            assert stale.headers["cache-control"] == "no-cache"
            again = await page.ask(link.partition("?")[0], headers={**cookie, "if-none-match": stale.headers["etag"]})
            assert again.status == 304 and not again.body

    play(story)


def test_a_large_pool_is_read_by_the_hundred() -> None:
    async def story(page: Opened, desk: StillDesk) -> None:
        desk.shown = board(servers=250)
        cookie = await page.log_in()

        async def rows(path: str) -> list[str]:
            answer = await page.ask(path, headers=cookie)
            assert answer.status == 200, answer
            return re.findall(r'<tr data-i="(\d+)"', answer.body)

        assert len(await rows("/pool/lb1/web")) == 100 and len(await rows("/")) == 20
        assert await rows("/pool/lb1/web?from=200") == await rows("/part/pool/lb1/web?from=200") == [str(i) for i in range(200, 250)]
        form = (await page.ask("/what-if?load_balancer=lb1&pool=web&from=200", headers=cookie)).body
        assert re.findall(r'name="weight.(\w+)"', form) == [f"app{i}" for i in range(201, 251)]
        # Servers that are gone since the link was made: the last that there are.
        assert (await rows("/pool/lb1/web?from=900"))[-1] == "249"
        assert (await page.ask("/pool/lb1/web?from=x", headers=cookie)).status == 400

    play(story)
