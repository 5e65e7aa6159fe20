"""Who says that requests fail is believed until others, who must know, say otherwise."""

from dataclasses import replace

import numpy as np
import pytest
from stack_arithmetic import HEALTHY, STORIES, Conditions, Story

from poise.diagnosis.doubt import disbelieved
from poise.diagnosis.engine import diagnose
from poise.diagnosis.observe import halves
from poise.model.sample import Component, Series, Stack, Window

BROKEN = replace(HEALTHY, client_success=0.0)


def window(after: Conditions = BROKEN) -> Window:
    return Story().run(60, HEALTHY).run(30, after).window()


def with_prober(plain: Window, healthy: int = 60, failing: int = 30) -> Window:
    """A prober beside the clients, which sends next to nothing and in the end fails each time."""
    clock = plain.get("client", "success_ratio").seconds
    assert len(clock) == healthy + failing
    told = Series(clock, np.array([1.0] * healthy + [0.0] * failing))
    stack = Stack((*plain.stack.components, Component("probe", "client")), plain.stack.edges)
    return replace(plain, stack=stack, series={**plain.series, ("probe", "success_ratio"): told}, looked={})


def test_servers_that_answer_as_ever_contradict_clients_that_fail() -> None:
    assert disbelieved(halves(window())) == ("client",)


def test_where_nobody_else_measures_success_all_may_be_well_or_not() -> None:
    found = diagnose(window())
    assert (found.verdict, found.best.fault) == ("undetermined", "none")
    assert any("not believed" in each.reason for each in found.could_not)


@pytest.mark.parametrize(
    "after",
    [
        replace(BROKEN, client_extra_ms=2000.0),
        replace(BROKEN, errors=(1.0, 1.0, 1.0, 1.0)),
        STORIES["wrong check"][2],
        STORIES["load balancer gone"][2],
    ],
    ids=["late", "errors", "no server up", "no load balancer"],
)
def test_clients_are_believed_where_the_servers_miss_what_they_lost(after: Conditions) -> None:
    assert disbelieved(halves(window(after))) == ()


# Of 80 a second 8 arrive; of 240 a second 80.
@pytest.mark.parametrize(("sent", "arrive"), [(80.0, 8.0), (240.0, 80.0)])
def test_what_never_arrives_is_lost_however_well_the_rest_is_answered(sent: float, arrive: float) -> None:
    plain = window(replace(HEALTHY, rate=arrive))
    series = dict(plain.series)
    clock = plain.get("client", "success_ratio").seconds
    series["client", "requests_per_second"] = Series(clock, np.array([80.0] * 60 + [sent] * 30))
    series["client", "success_ratio"] = Series(clock, np.array([1.0] * 60 + [arrive / sent] * 30))
    assert disbelieved(halves(replace(plain, series=series, looked={}))) == ()


def test_clients_with_traffic_that_are_well_contradict_a_prober() -> None:
    found = diagnose(with_prober(window(HEALTHY)))
    assert (found.verdict, found.best.fault) == ("none", "none")
    assert any("probe" in each.what for each in found.could_not)


def test_a_prober_that_fails_with_the_clients_is_believed() -> None:
    plain = window(STORIES["wrong check"][2])
    assert disbelieved(halves(with_prober(plain))) == ()
    assert diagnose(with_prober(plain)).best.fault == "wrong-health-check"


@pytest.mark.parametrize("story", ["uneven 256/1/1/1", "one failing", "locks", "delay to servers"])
def test_a_broken_prober_beside_a_fault_changes_nothing(story: str) -> None:
    fault, _, after = STORIES[story]
    assert diagnose(with_prober(window(after))).best.fault == fault


def test_a_prober_that_was_broken_all_the_time_takes_no_normal_away() -> None:
    plain = window(STORIES["all slow"][2])
    assert diagnose(with_prober(plain, 0, 90)).best.fault == "servers-slow-all"
