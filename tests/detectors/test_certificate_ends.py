"""A certificate that ends soon is told, one that is renewed in time is not; two of a pair that show different ones are told apart."""

import pytest
from series_as_data import NOW, window
from test_pair_drift import TEXT, bad
from test_pair_drift import window as of_pair

from poise.detectors import certificate_ends
from poise.model.alert import Verdict


def told(days: float, lifetime: float | None = None, name: str = "http") -> list[Verdict]:
    data = {name: {"certificate_days": f"{days}x60"} | ({"certificate_lifetime_days": f"{lifetime}x60"} if lifetime else {})}
    return list(certificate_ends.judge(window(data), NOW))


@pytest.mark.parametrize(
    ("days", "lifetime", "state", "severity"),
    [
        (5, 90, "bad", "warning"),
        (5, 5, "bad", "warning"),
        (5, None, "bad", "warning"),
        (2, 90, "bad", "error"),
        (-0.5, 90, "bad", "error"),
        (-400, 365, "bad", "error"),
        # Let's Encrypt renews with a third of three months left, and half of 160 hours.
        (29, 90, "ok", "warning"),
        (3.2, 6.67, "ok", "warning"),
        (1.9, 6.67, "bad", "warning"),
        (60, 365, "ok", "warning"),
    ],
)
def test_how_near_its_end_a_certificate_is(days: float, lifetime: float | None, state: str, severity: str) -> None:
    (verdict,) = told(days, lifetime)
    assert (verdict.component, verdict.state, verdict.severity, verdict.page) == ("listener http", state, severity, False)


def test_its_words() -> None:
    assert told(5, 90)[0].summary == "its certificate ends in 5 days: renew it and load it"
    assert told(1.5, 90)[0].summary == "its certificate ends in 36 hours: renew it and load it"
    assert told(-3, 90)[0].summary == "its certificate ended 3 days ago: clients that check it are refused"
    (of_envoy,) = told(5, name="lb1")
    assert of_envoy.component == "load-balancer lb1" and "the first of its certificates" in of_envoy.summary


def test_without_tls_or_long_not_looked_at_nothing_is_said() -> None:
    assert not list(certificate_ends.judge(window({"http": {"sessions": "4x60"}}), NOW))
    assert not list(certificate_ends.judge(window({"http": {"certificate_days": "5x10 _x200"}}), NOW))


def pair(ours: tuple[float, float], theirs: tuple[float, float]) -> list[str]:
    windows = [of_pair(TEXT) for _ in "ab"]
    for each, (days, number) in zip(windows, (ours, theirs), strict=True):
        data = window({"http": {"certificate_days": f"{days}x5", "certificate_print": f"{number}x5"}})
        each.series.update({key: data.series[key] for key in data.series})  # type: ignore[attr-defined]
    return [each for each in bad(*windows) if "listener" in each]


def test_two_with_one_certificate_agree() -> None:
    assert pair((60, 7), (60, 7)) == []


def test_one_that_was_not_renewed_on_the_other_is_told() -> None:
    (said,) = pair((80, 7), (5, 9))
    assert said.startswith("warning listener http: edge1 and edge2 disagree: clients of listener http get another certificate")
    assert "that of edge1 ends in 80 days and that of edge2 ends in 5 days" in said


def test_each_with_one_of_its_own_renewed_on_the_same_day_is_worth_a_word() -> None:
    (said,) = pair((80, 7), (80.5, 9))
    assert said.startswith("info listener http")
