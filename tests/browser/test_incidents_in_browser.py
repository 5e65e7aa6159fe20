"""The demo's incident from its alert to the published postmortem in a real browser: by forms, without a reload, axe-clean on all pages."""

import asyncio
from pathlib import Path

import pytest
from tests.browser.incident_story import SAID, told
from tests.debian import CHROMIUM, needs_package

from poise.app.incident import Material, one
from poise.app.postmortem import judged, postmortem

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.mark.timeout(900)
def test_the_incident_is_told_to_its_end_without_a_reload(tmp_path: Path) -> None:
    needs_package("chromium", CHROMIUM.exists())
    seen = asyncio.run(told(tmp_path))
    # On a machine that has no time for it a look takes longer than the page waits; it looks again.
    assert [said for said in seen.console if "htmx:error: timeout" not in said] == []
    assert not seen.reloaded
    assert {what: found for what, found in seen.axe.items() if found} == {}
    assert len(seen.axe) == 12
    kept = one(tmp_path / "incidents.db", "last")
    assert kept.postmortem == "published"
    assert kept.action_items[-1].text == dict(SAID[-2][1])["text"]
    text = postmortem(kept, "markdown", Material())
    assert "look at shares before the layers below" in text
    assert judged(text)[0] == 0
