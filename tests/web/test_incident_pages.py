"""Incidents on the dashboard as it is served: a story told by its forms alone, hostile words, and what is refused."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from tests.web.dashboard_client import Answer, Opened, StillDesk, opened

from poise.app.dashboard_incidents import Incidents
from poise.app.dashboard_past import Pasts
from poise.app.incident import one

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202e'


class Team:
    """Who is logged in, and acts."""

    def __init__(self, page: Opened, cookie: dict[str, str]) -> None:
        self.page, self.cookie = page, cookie

    async def get(self, path: str) -> Answer:
        return await self.page.ask(path, headers=self.cookie)

    async def post(self, path: str, **said: str) -> Answer:
        (csrf,) = set(re.findall(r'name="csrf" value="([^"]+)"', (await self.get("/incidents")).body))
        headers = {**self.cookie, "content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{self.page.port}"}
        return await self.page.ask(path, "POST", headers, urlencode({"csrf": csrf, **said}).encode())


def play(store: Path, story: Callable[[Team], Awaitable[None]]) -> None:
    async def written() -> None:
        return

    async def run() -> None:
        desk = StillDesk()
        desk.incidents = Incidents(store, Pasts(store, written), list)  # type: ignore[attr-defined]
        async with opened(desk) as page:
            await story(Team(page, await page.log_in()))
            assert not page.told

    asyncio.run(run())


def test_an_incident_from_its_opening_to_the_published_postmortem(tmp_path: Path) -> None:
    store = tmp_path / "incidents.db"

    async def story(team: Team) -> None:
        assert "None is in the store" in (await team.get("/incidents")).body
        made = await team.post("/incidents/open", who="on call", title=f"Uneven {HOSTILE}")
        assert made.status == 303
        place = made.headers["location"]
        for act, said in (
            ("hypothesis", {"text": f"The database is slow {HOSTILE}", "layer": "database"}),
            ("rule-out", {"text": "1", "why": "no statement waits"}),
            ("hypothesis", {"text": "The weights are uneven", "layer": "load-balancer"}),
            ("confirm", {"text": "the weights", "why": "app1 gets 98 % of the requests"}),
            ("time", {"text": "mitigated"}),
            ("time", {"text": "resolved"}),
            ("say", {"text": "Lucky: it was a quiet hour"}),
            ("action", {"text": "Refuse weights above 200", "kind": "prevent", "owner": "platform", "due": "2026-12-24"}),
            ("postmortem", {"text": "published"}),
        ):
            assert (await team.post(f"{place}/{act}", who="on call", **said)).status == 303, act
        page = (await team.get(place)).body
        assert "ruled out" in page
        assert "postmortem published" in page
        assert "Uneven &lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        part = await team.get(f"/part{place}")
        assert part.status == 200
        assert "<html" not in part.body
        draft = (await team.get(f"{place}/postmortem")).body
        assert "it was a quiet hour" in draft
        assert "<script>alert" not in draft
        library = (await team.get("/incidents?q=quiet")).body
        assert "1 line found" in library
        assert f'href="{place}"' in library
        assert (await team.get("/incidents/style.css")).headers["content-type"].startswith("text/css")

    play(store, story)
    kept = one(store, "last")
    assert [(h.state, h.layer) for h in kept.hypotheses] == [("ruled_out", "database"), ("confirmed", "load-balancer")]
    assert [(a.owner, str(a.due), a.kind) for a in kept.action_items] == [("platform", "2026-12-24", "prevent")]
    assert (kept.status, kept.postmortem) == ("resolved", "published")


def test_what_is_wrong_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "incidents.db"

    async def story(team: Team) -> None:
        place = (await team.post("/incidents/open", who="a", title="b")).headers["location"]
        before = one(store, "last").events
        for act, said, status in (
            ("delete", {"text": "x"}, 404),
            ("say", {}, 400),
            ("hypothesis", {"text": "x", "layer": "moon"}, 404),
            ("rule-out", {"text": "9"}, 404),
            ("time", {"text": "noon"}, 400),
            ("action", {"text": "x", "kind": "prevent", "due": "soon"}, 400),
        ):
            answer = await team.post(f"{place}/{act}", who="a", **said)
            assert answer.status == status, (act, answer.body)
        assert (await team.get("/incidents/no-such")).status == 404
        headers = {**team.cookie, "content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{team.page.port}"}
        assert (await team.page.ask(f"{place}/say", "POST", headers, b"who=a&text=b")).status == 403
        assert one(store, "last").events == before

    play(store, story)
