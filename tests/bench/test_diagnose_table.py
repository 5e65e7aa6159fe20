"""What the table of diagnoses counts as right, and that a verdict as of an instant knows nothing of later ones."""

from datetime import UTC, datetime, timedelta

import numpy as np
from benchmarks.diagnose_table.corpus import asked
from benchmarks.diagnose_table.herrings import HERRINGS
from benchmarks.diagnose_table.judge import Judged, until, without
from benchmarks.diagnose_table.table import Row, calibration, table

from poise.model.sample import Component, Event, Series, Stack, Window

START = datetime(2026, 11, 27, 7, tzinfo=UTC)


def test_a_window_until_an_instant_holds_nothing_of_later() -> None:
    seconds = START.timestamp() + np.arange(60.0)
    series = {("client", "p50_ms"): Series(seconds, np.arange(60.0)), ("late", "queue"): Series(seconds[40:], np.ones(20))}
    events = tuple(Event(START + timedelta(seconds=s), "change", "deployed", "pool web") for s in (5, 35))
    window = Window(Stack(), START + timedelta(seconds=60), series, events)
    part = until(window, START + timedelta(seconds=30))
    assert part.now == START + timedelta(seconds=30)
    assert part.get("client", "p50_ms").values.tolist() == list(range(31))
    assert ("late", "queue") not in part.series
    assert len(part.events) == 1


def verdict(seconds: int, layer_right: bool | None) -> Judged:
    return Judged(
        seconds, "fault", "database", "database-slow", "database main", 0.9, layer_right, bool(layer_right), bool(layer_right), False, 1.0
    )


def test_a_verdict_counts_from_when_it_stays_right() -> None:
    truth = {"case": "database-slow", "product": "nginx"}
    assert Row(truth, [verdict(3, True), verdict(5, False), verdict(8, True), verdict(10, True)]).right_from() == 8
    assert Row(truth, [verdict(3, True), verdict(5, None)]).right_from() is None
    last = table([Row(truth, [verdict(10, True)]), Row(truth, [verdict(10, None)]), Row(truth, [verdict(10, False)])], by_product=False)[-1]
    assert last.split()[:8] == ["all", "3", "1", "1", "1", "1", "1", "0"]


def test_every_row_comes_before_a_second_of_any() -> None:
    runs = list(asked(["surge", "server-down"], [], [1, 2]))
    # nginx has no active checks, so no server that they take out.
    assert [(run.case, run.product, run.seed) for run in runs[:5]] == [
        ("surge", "haproxy", 1),
        ("surge", "nginx", 1),
        ("surge", "envoy", 1),
        ("server-down", "haproxy", 1),
        ("server-down", "envoy", 1),
    ]
    assert len(runs) == 10


def test_what_nobody_looked_at_is_not_in_the_window() -> None:
    seconds = START.timestamp() + np.arange(3.0)
    names = (("db", "active"), ("web/a", "weight"), ("web/a", "queue"))
    stack = Stack((Component("db", "database"), Component("web/a", "server")))
    window = Window(stack, START, {key: Series(seconds, np.ones(3)) for key in names}, (Event(START, "change", "x", "db"),))
    assert set(without(window, ["database", "server:weight"]).series) == {("web/a", "queue")}
    assert without(window, ["changes"]).events == ()
    assert set(without(window, []).series) == set(names)


def test_calibration_is_the_mean_gap_between_said_and_so() -> None:
    # Four verdicts at 0.9 of which three are right: a gap of 0.15.
    rows = [Row({"case": "x", "product": "nginx"}, [verdict(10, right)]) for right in (True, True, True, False)]
    assert calibration(rows)[-1] == "expected calibration error 0.150 over 4; wrong at 0.8 or more: 1 of 4"


def test_herrings_change_what_they_say_and_nothing_else() -> None:
    seconds = START.timestamp() + np.arange(10.0)
    stack = Stack((Component("client", "client"), Component("web/a", "server")))
    names = (("client", "success_ratio"), ("client", "p50_ms"), ("web/a", "queue"))
    window = Window(stack, START + timedelta(seconds=10), {key: Series(seconds, np.ones(10)) for key in names})
    onset = START + timedelta(seconds=6)
    broken = HERRINGS["broken-prober"](window, onset)
    assert broken.get("client", "success_ratio").values.tolist() == [1.0] * 6 + [0.0] * 4
    assert broken.get("client", "p50_ms").values.tolist() == [1.0] * 10
    ahead = HERRINGS["clock-ahead"](window, onset)
    assert ahead.get("web/a", "queue").seconds.tolist() == (seconds + 90.0).tolist()
    assert ahead.get("client", "p50_ms").seconds.tolist() == seconds.tolist()
    assert [event.at for event in HERRINGS["neighbours-alert"](window, onset).events] == [START + timedelta(seconds=s) for s in (1, 8)]
