"""Every alert carries the command that shows its page, and there is one."""

from dataclasses import replace

import pytest
from alert_talk import alert

from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.app.explain import BESIDE, page, suggestions
from poise.detectors import DETECTORS
from poise.report.notification_text import explained_by


@pytest.mark.parametrize("detector", (*DETECTORS, *BESIDE), ids=lambda d: d.name)
def test_what_an_alert_names_has_a_page(detector: object) -> None:
    name, faults = detector.name, detector.faults  # type: ignore[attr-defined]
    one = alert("pool web", name)
    for verdict_faults in (faults, ()):
        held = Held(Identity("lb1", name, "pool web"), replace(one, verdict=replace(one.verdict, faults=verdict_faults)))
        shown = page(explained_by(held).removeprefix("poise explain "))
        assert shown is not None and len(shown) > 200


def test_a_detector_is_found_by_either_spelling() -> None:
    assert page("client_harm") == page("client-harm") is not None
    assert "client-harm" in suggestions("client-ham")
