"""A trouble that has ended is told as over, from when to when, and what it was; one that only hides is not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from stack_arithmetic import HEALTHY, START, STORIES, Story

from poise.diagnosis.engine import diagnose

SHOWN = ["uneven 256/1/1/1", "all but one in maintenance", "wrong check", "locks", "one failing", "surge", "load balancer gone"]


@pytest.mark.parametrize("name", SHOWN)
def test_from_when_to_when(name: str) -> None:
    told = diagnose(Story().run(40, HEALTHY).run(30, STORIES[name][2]).run(30, HEALTHY).window())
    assert (told.verdict, told.best.fault) == ("fault", STORIES[name][0])
    assert told.onset is not None and told.ended is not None
    assert abs((told.onset - START).total_seconds() - 41) <= 2
    # Queues of the arithmetic drain for some seconds.
    assert -1 <= (told.ended - START).total_seconds() - 71 <= 6


@pytest.mark.parametrize("name", SHOWN)
def test_a_window_that_begins_in_it_has_its_normal_behind_it(name: str) -> None:
    told = diagnose(Story().run(40, STORIES[name][2]).run(30, HEALTHY).window())
    assert (told.verdict, told.best.fault, told.onset) == ("fault", STORIES[name][0], None)
    assert told.ended is not None and -1 <= (told.ended - START).total_seconds() - 41 <= 6


@pytest.mark.parametrize("name", SHOWN)
def test_while_it_lasts_it_is_not_over(name: str) -> None:
    assert diagnose(Story().run(40, HEALTHY).run(30, STORIES[name][2]).window()).ended is None


def test_weights_that_a_falling_load_hides_are_not_over() -> None:
    uneven = replace(HEALTHY, weights=(256, 1, 1, 1))
    told = diagnose(Story().run(40, HEALTHY).run(30, uneven).run(30, replace(uneven, rate=10.0)).window())
    assert (told.verdict, told.best.fault, told.ended) == ("fault", "uneven-weights", None)


def test_two_seconds_of_quiet_are_not_the_end() -> None:
    story = Story().run(40, HEALTHY).run(30, STORIES["locks"][2]).run(2, HEALTHY)
    told = diagnose(story.window())
    assert told.ended is None and told.end == START + timedelta(seconds=72)
