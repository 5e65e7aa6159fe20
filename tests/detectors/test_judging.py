"""What the alerts hear of detectors: all that is wrong, and of what is in order only what they wait for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import numpy as np
from series_as_data import NOW, window

from poise.alerting import lifecycle
from poise.detectors import Detector, Policy
from poise.detectors.judging import judged
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
