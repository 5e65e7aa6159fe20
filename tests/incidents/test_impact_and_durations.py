"""Impact and durations against figures worked out by hand."""

from datetime import timedelta

import numpy as np
import pytest
from november_story import NEEDS, STACK, at, events, incident, november_window, short

from poise.incidents.durations import durations, words, wrong_intervals
from poise.incidents.impact import Toll, harm, impact
from poise.incidents.lifecycle import fold, hypothesis_closed, hypothesis_opened, observed_time
from poise.model.incident import Impact
from poise.model.needs import Objectives
from poise.model.sample import Series, Window


def test_the_november_impact() -> None:
    """13:43 to 18:00 are 15,420 s × 80/s = 1,233,600 requests, 32.7 % of them 403,387; 257 min × 120 × 0.327 = 10,084.68."""
    measured = impact(harm(november_window(), at("13:43"), at("18:00")), 120.0)
    assert measured.requests_failed == 403_387
    assert measured.share_of_requests == pytest.approx(0.327)
    assert measured.cost == 10_084.68
    assert measured.clients is None


def test_what_the_history_forgot_was_counted_before() -> None:
    """The same hours seen through twenty minutes at a time, a look each half minute."""
    whole, toll, now = november_window(), Toll(), at("13:50")
    while now <= at("18:05"):
        kept = {k: s.between(now.timestamp() - 1200, now.timestamp()) for k, s in whole.series.items()}
        seen = Window(STACK, now, kept, needs=NEEDS)
        toll.settle(seen, at("13:43"), Objectives(0.999, 500))
        now += timedelta(seconds=30)
    measured = toll.harm(seen, at("13:43"), at("18:00"), Objectives(0.999, 500))
    assert (measured.requests, measured.requests_failed) == (1_233_600, 403_387)
    assert measured.measured_seconds == pytest.approx(15_420)
    assert measured.above_latency_seconds == measured.below_availability_seconds == pytest.approx(15_420)
    # A start that was found out later: an hour less is counted, 3,600 × 80 × 0.327 = 94,176 fewer failed, within the part at the edge.
    late = toll.harm(seen, at("14:43"), at("18:00"))
    assert late.requests_failed == pytest.approx(403_387 - 94_176, abs=60 * 80 * 0.327)


def test_the_cost_is_of_the_minutes_that_were_measured() -> None:
    """Twenty minutes of 257 were seen: 1,200 s of 80/s, 32.7 % failed; 20 min × 120 × 0.327 = 784.80, not 10,084.68."""
    whole = november_window()
    end = at("18:00").timestamp()
    kept = {k: s.between(end - 1190, end) for k, s in whole.series.items()}
    measured = harm(Window(STACK, at("18:00"), kept), at("13:43"), at("18:00"))
    assert measured.measured_seconds == pytest.approx(1200)
    assert impact(measured, 120.0).cost == 784.80


def test_harm_of_the_short_story() -> None:
    """60 s of harm inside 120 s at 80/s: 9,600 requests, 4,800 × 0.327 = 1,570 failed, 60 s beyond each objective."""
    window, _ = short()
    start = window.now - timedelta(seconds=120)
    whole = harm(window, start, window.now, Objectives(0.999, 500))
    assert (whole.requests, whole.requests_failed) == (9_600, 1_570)
    assert whole.share_failed == pytest.approx(0.327 / 2)
    assert whole.below_availability_seconds == pytest.approx(60)
    assert whole.above_latency_seconds == pytest.approx(60)
    assert whole.worst_success_ratio == pytest.approx(0.673)
    assert whole.worst_p99_ms == 3874
    assert whole.measured_seconds == pytest.approx(120)


def test_a_hole_is_not_counted() -> None:
    """Samples each second for 10 s, none for 100 s, then 10 s: 10 + 30 (one sample speaks for 30 s at most) + 10 seconds are measured."""
    t0 = at("12:00").timestamp()
    seconds = np.concatenate((np.arange(1, 11), np.arange(110, 121))) + t0
    window = Window(
        STACK,
        at("12:02"),
        {
            ("client", "requests_per_second"): Series(seconds, np.full(21, 10.0)),
            ("client", "success_ratio"): Series(seconds, np.full(21, 0.5)),
        },
        needs=NEEDS,
    )
    measured = harm(window, at("12:00"), at("12:02"))
    assert measured.measured_seconds == pytest.approx(50)
    assert (measured.requests, measured.requests_failed) == (500, 250)


def test_nothing_measured_is_not_nothing_lost() -> None:
    empty = Window(STACK, at("12:02"))
    assert impact(harm(empty, at("12:00"), at("12:02")), 100.0) == Impact()
    broken = Series(np.array([at("12:01").timestamp()]), np.array([np.nan]))
    assert impact(harm(Window(STACK, at("12:02"), {("client", "success_ratio"): broken}), at("12:00"), at("12:02"))) == Impact()
    assert impact(Toll().harm(empty, at("12:00"), at("12:02"))) == Impact()


def test_the_november_durations() -> None:
    """From detection: acknowledged 15, cause 240; from the start two minutes earlier: mitigated 257, resolved 287; wrong 210 of 285."""
    d = durations(incident())
    assert d.basis == "impact_started"
    assert d.to_detect == timedelta(minutes=2)
    assert d.to_acknowledge == timedelta(minutes=15)
    assert d.to_cause == timedelta(minutes=240)
    assert d.to_mitigate == timedelta(minutes=257)
    assert d.to_resolve == timedelta(minutes=287)
    assert d.wrong == timedelta(minutes=210)
    assert d.wrong_share == pytest.approx(210 / 285)
    assert wrong_intervals(incident()) == ((at("14:15"), at("17:45")),)


def test_detection_before_the_recorded_start_counts_from_detection() -> None:
    """As in the document of that day: declared start 14:00, dashboard 13:45, restored 18:30, 285 minutes later."""
    story = fold((*events(), observed_time("impact_started", at("14:00"), at("19:00"), "on call", "stated")))
    d = durations(story)
    assert (d.basis, d.to_detect, d.detected_before_start) == ("detected", None, timedelta(minutes=15))
    assert d.to_mitigate == timedelta(minutes=255)
    assert d.to_resolve == timedelta(minutes=285)


def test_wrong_time_counts_once_and_not_beside_the_right_hypothesis() -> None:
    r = at("19:00")
    log = [
        observed_time("detected", at("12:00"), r, "a"),
        observed_time("cause_found", at("12:50"), r, "a"),
        observed_time("resolved", at("13:00"), r, "a"),
        hypothesis_opened("1", "one", "database", at("11:50"), r, "a"),
        hypothesis_closed("1", "ruled_out", at("12:20"), r, "a"),
        hypothesis_opened("2", "two", "network", at("12:10"), r, "a"),
        hypothesis_closed("2", "ruled_out", at("12:55"), r, "a"),
        hypothesis_opened("3", "right", "load-balancer", at("12:40"), r, "a"),
        hypothesis_closed("3", "confirmed", at("12:50"), r, "a"),
    ]
    assert wrong_intervals(fold(log)) == ((at("12:00"), at("12:40")),)
    assert durations(fold(log)).wrong_share == pytest.approx(40 / 60)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (1.1, "1.1 s"),
        (9.96, "10 s"),
        (25, "25 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (599.6, "10 min"),
        (17100, "4 h 45 min"),
    ],
)
def test_words(seconds: float, said: str) -> None:
    assert words(timedelta(seconds=seconds)) == said
