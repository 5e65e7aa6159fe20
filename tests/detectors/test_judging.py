"""What the alerts hear of detectors: all that is wrong, and of what is in order only what they wait for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from series_as_data import NOW, window

from poise.alerting import lifecycle
from poise.detectors import Detector, Policy
from poise.detectors.judging import MOST_ALERTS, judged
from poise.model.alert import InOrder, Verdict
from poise.model.sample import Window

PLACES = {f"server web/app{i}": i for i in range(4)}


class Scripted:
    """A detector whose answers a test sets: bad, in order or silent by server."""

    def __init__(self) -> None:
        self.says = ["ok"] * 4

    def judge(self, window: Window, now: datetime) -> Iterable[Verdict | InOrder]:
        yield InOrder("scripted", PLACES, np.array([said == "ok" for said in self.says]))
        for name, place in PLACES.items():
            if self.says[place] == "bad":
                yield Verdict("scripted", name, "bad", "warning", False, "bad", "bad")


def test_of_what_is_in_order_only_what_is_waited_for_is_told() -> None:
    one = Scripted()
    detectors = [Detector("scripted", one.judge)]
    assert judged(detectors, window({}), NOW) == ((), ())
    (told,), _ = judged(detectors, window({}), NOW, {"scripted server web/app2", "other server web/app1"})
    assert (told.key, told.state) == ("scripted server web/app2", "ok")
    assert judged(detectors, window({}), NOW, {"scripted server web/app9"}) == ((), ())


def test_an_alert_ends_by_order_and_not_by_silence() -> None:
    one = Scripted()
    detectors = [Detector("scripted", one.judge, Policy(keep_firing_for=timedelta(0)))]
    state, told = lifecycle.start(detectors), []

    def step(seconds: int, *says: str) -> None:
        nonlocal state
        one.says = list(says)
        verdicts, _ = judged(detectors, window({}), NOW, state.tracked)
        state, effects = lifecycle.step(state, verdicts, NOW + timedelta(seconds=seconds))
        told.append([(e.kind, e.alert.verdict.component[-1]) for e in effects])

    step(0, "bad", "bad", "ok", "ok")
    step(1, "bad", "ok", "ok", "ok")
    step(2, "silent", "ok", "ok", "ok")
    step(20, "silent", "ok", "ok", "ok")
    step(21, "ok", "ok", "ok", "ok")
    assert told == [[("firing", "0"), ("firing", "1")], [("resolved", "1")], [], [("no-data", "0")], [("resolved", "0")]]
    assert not state.tracked


def test_one_that_breaks_does_not_silence_the_others() -> None:
    def breaks(window: Window, now: datetime) -> Iterable[Verdict]:
        raise ZeroDivisionError("none")

    one = Scripted()
    one.says[3] = "bad"
    (told,), (broken,) = judged([Detector("broken", breaks), Detector("scripted", one.judge)], window({}), NOW)
    assert told.component == "server web/app3" and broken.what == "detector broken" and "report it" in broken.reason


def test_alerts_that_wake_nobody_are_bounded_and_the_same_ones_stay() -> None:
    names = [f"server web/app{i}" for i in range(2000)]
    bad, pages = names[:], {"server web/app1999"}

    def judge(window: Window, now: datetime) -> Iterable[Verdict]:
        for name in bad:
            yield Verdict("scripted", name, "bad", "warning", name in pages, "bad", "bad")

    detectors = [Detector("scripted", judge)]
    first, (more,) = judged(detectors, window({}), NOW)
    assert len(first) == MOST_ALERTS + 1 and first[-1].component == "server web/app1999"
    assert "1499 more components are bad" in more.reason
    # What has an alert keeps it, whoever else falls ill before it in the order.
    bad.reverse()
    again, _ = judged(detectors, window({}), NOW, {v.key for v in first})
    assert {v.key for v in again} == {v.key for v in first}
