"""Alertmanager's webhook at the dashboard's door: who may send, how much, and what the incident's store then holds."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.web.dashboard_client import StillDesk, opened

from poise.app.dashboard_acts import Acts
from poise.app.incident import every
from poise.web.door import HOOK_PATH, MOST_BODY, MOST_HOOK

ALERT = {
    "status": "firing",
    "labels": {"alertname": "<b>Errors</b>", "severity": "critical", "pool": "web", "load_balancer": "lb1"},
    "annotations": {"summary": "2 % of the requests fail"},
    "startsAt": "2026-11-27T03:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "b3aa2d",
}


def body(**changed: Any) -> bytes:
    return json.dumps({"version": "4", "groupKey": "g", "status": "firing", "alerts": [ALERT], **changed}).encode()


@dataclass
class KeepingDesk(StillDesk):
    """Keeps incidents in a store as the desk of a watch does."""

    store: Path = field(default_factory=Path)

    async def told_by_alertmanager(self, message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return await Acts(self.store).told_by_alertmanager(message)


def test_what_comes_in_and_what_does_not(tmp_path: Path) -> None:
    store = tmp_path / "i.db"

    async def story() -> None:
        async with opened(KeepingDesk(store=store)) as page:
            bearer = page.bearer
            assert (await page.ask(HOOK_PATH, "POST", {}, body())).status == 401
            for sent, status, why in (
                (b"", 400, "no JSON object"),
                (b"[1, 2]", 400, "no JSON object"),
                (b"{" * 50_000, 400, "no JSON object"),
                (b"\xff\xfe", 400, "no JSON object"),
                (body(version="9"), 400, "poise reads version '4'"),
                (body(alerts=[{**ALERT, "startsAt": "soon"}]), 400, "alerts[0].startsAt is 'soon'"),
                (b"x" * (MOST_HOOK + 1), 413, "set max_alerts of the receiver"),
            ):
                answer = await page.ask(HOOK_PATH, "POST", bearer, sent)
                assert (answer.status, why in answer.body) == (status, True), answer
            assert not store.exists()
            large = body(padding="x" * MOST_BODY)
            assert len(large) > MOST_BODY
            first = json.loads((await page.ask(HOOK_PATH, "POST", bearer, large)).body)
            again = json.loads((await page.ask(HOOK_PATH, "POST", bearer, body())).body)
            assert [each["opened"] for each in (*first["taken"], *again["taken"])] == [True, False]
            assert first["taken"][0]["incident"] == again["taken"][0]["incident"]
            assert not page.told

    asyncio.run(story())
    (incident,) = every(store)
    # Markup is text: what shows it escapes it, and nothing was cut out of it.
    assert [e.text for e in incident.timeline if e.kind == "alert"] == ["<b>Errors</b>: 2 % of the requests fail"]


def test_a_store_that_fails_asks_alertmanager_to_send_again(tmp_path: Path) -> None:
    store = tmp_path / "i.db"
    store.write_text("this is no database, " * 50)

    async def story() -> None:
        async with opened(KeepingDesk(store=store)) as page:
            answer = await page.ask(HOOK_PATH, "POST", page.bearer, body())
            assert answer.status == 503 and "no incident store" in answer.body, answer

    asyncio.run(story())
