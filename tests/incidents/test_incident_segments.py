"""Where the time of an incident went, and the bar that shows it."""

import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from november_story import at, incident

from poise.incidents.durations import durations, wrong_intervals
from poise.incidents.lifecycle import fold, hypothesis_closed, hypothesis_opened, observed_time, opened
from poise.incidents.segments import segments
from poise.model.incident import Incident, TimeName
from poise.report.incident_bars import COLUMNS, lanes, segment_bar
from poise.report.incident_json import incident_document
from poise.report.incident_text import incident_text

R = at("19:00")


def test_the_day_by_the_clock() -> None:
    """By hand from the story: 13:43 start, 13:45 seen, 14:00 acknowledged, 14:15 database, 16:30 network, 17:45 cause, 18:00, 18:30."""
    assert [(p.kind, f"{p.start:%H:%M}", p.minutes) for p in segments(incident())] == [
        ("undetected", "13:43", 2),
        ("unacknowledged", "13:45", 15),
        ("searching", "14:00", 15),
        ("wrong_track", "14:15", 210),
        ("right_track", "17:45", 15),
        ("recovering", "18:00", 30),
    ]
    bar, ends, *told = segment_bar(incident())
    # 287 minutes over 72 columns: 210 of them are 52.7.
    assert bar.count("x") in (52, 53)
    assert len(bar) == COLUMNS + 4
    assert (ends.split()[0], ends.split()[-1]) == ("13:43:00", "18:30:00")
    said = " ".join(told)
    for words in ("undetected 2 min", "unacknowledged 15 min", "x wrong track 3 h 30 min", "= right track 15 min", "~ recovering 30 min"):
        assert words in said
    document = json.loads(json.dumps(incident_document(incident())))
    assert document["segments"][3] == {
        "kind": "wrong_track",
        "start": "2023-11-10T14:15:00Z",
        "end": "2023-11-10T17:45:00Z",
        "minutes": 210.0,
    }


def test_an_incident_that_lasts_grows_with_the_clock() -> None:
    log = [
        opened(at("13:45"), R, "a", "t", "error"),
        observed_time("detected", at("13:45"), R, "a"),
        observed_time("acknowledged", at("13:55"), R, "a"),
        hypothesis_opened("h", "The database is slow", "database", at("14:05"), R, "a", owner="database team"),
    ]
    assert [(p.kind, p.minutes) for p in segments(fold(log), at("14:15"))] == [
        ("unacknowledged", 10),
        ("searching", 10),
        ("right_track", 10),
    ]
    # The same minutes once it is known that they were wrong.
    log.append(hypothesis_closed("h", "ruled_out", at("14:25"), R, "a"))
    assert [(p.kind, p.minutes) for p in segments(fold(log), at("14:35"))] == [
        ("unacknowledged", 10),
        ("searching", 10),
        ("wrong_track", 20),
        ("searching", 10),
    ]
    assert [(p.kind, p.minutes) for p in segments(fold(log[:2]), at("14:15"))] == [("unacknowledged", 30)]
    assert segments(fold(log[:1])) == ()
    assert "impact_started INSTANT" in segment_bar(fold(log[:1]))[0]
    first, lane = lanes(fold(log), at("14:45"))
    assert first == "  1 ✗ The database is slow (database): ruled out, 20 min; pursued by database team"
    # The hour is 72 columns wide: from minute 20 to 40 it is 24 of them.
    assert lane == f"  |{' ' * 24}{'x' * 24}{' ' * 24}|"


moments = st.integers(0, 600).map(lambda m: at("12:00") + timedelta(minutes=m))
NAMES: tuple[TimeName, ...] = ("impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved")


@st.composite
def stories(draw: st.DrawFn) -> Incident:
    log = [opened(at("12:00"), R, "a", "t", "error")]
    log += [observed_time(name, draw(moments), R, "a") for name in draw(st.lists(st.sampled_from(NAMES), max_size=6))]
    for number in range(draw(st.integers(0, 3))):
        first, last = sorted((draw(moments), draw(moments)))
        log.append(hypothesis_opened(f"{number}", "h", "database", first, R, "a"))
        if draw(st.booleans()):
            log.append(hypothesis_closed(f"{number}", draw(st.sampled_from(("ruled_out", "confirmed"))), last, R, "a"))
    return fold(log)


@given(stories(), moments)
def test_the_parts_are_whole_and_agree_with_the_durations(story: Incident, now: datetime) -> None:
    parts = segments(story, now)
    assert all(a.end == b.start and a.kind != b.kind for a, b in itertools.pairwise(parts))
    assert all(p.minutes >= 0 for p in parts)
    assert (not parts) or parts[0].start == durations(story).start
    assert incident_text(story, now)
    wrong = sum(p.minutes for p in parts if p.kind == "wrong_track")
    counted = sum((b - a).total_seconds() / 60 for a, b in wrong_intervals(story))
    # What was pursued after the impact stopped, or before the start, is no part of it.
    assert wrong <= counted + 1e-9
    if {"mitigated", "impact_started"}.isdisjoint(story.times) and "detected" in story.times and "resolved" in story.times:
        # Nor what was pursued after the restoration, where the cause was found later still.
        over = story.times["resolved"].at
        assert wrong == pytest.approx(sum((min(b, over) - a).total_seconds() / 60 for a, b in wrong_intervals(story) if a < over))


def test_a_short_part_is_seen_and_the_bar_keeps_its_width() -> None:
    story = incident()
    times = dict(story.times)
    times["resolved"] = replace(times["resolved"], at=times["resolved"].at + timedelta(days=30))
    bar, ends = segment_bar(replace(story, times=times))[:2]
    assert (ends[:22].strip(), ends[-19:]) == ("2023-11-10 13:43:00", "2023-12-10 18:30:00")
    assert bar.startswith("  |.:-x=~~")
    assert len(bar) == COLUMNS + 4
