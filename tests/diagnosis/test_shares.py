"""A weight that crowds one of many servers is as uneven as one of four; a crowded server that fell out hides no weight."""

from dataclasses import replace

import pytest
from stack_arithmetic import HEALTHY, Conditions, Story

from poise.diagnosis.observe import halves, observe


def weights_of(after: Conditions) -> float:
    story = Story(servers=after.servers).run(60, replace(HEALTHY, servers=after.servers)).run(20, after)
    return observe(halves(story.window())).signs["weights"]["web"].degree


# Of K servers one has so many times the weight of the others.
@pytest.mark.parametrize(("servers", "times", "uneven"), [(4, 2, True), (12, 2, True), (4, 1.1, False), (12, 1.1, False)])
def test_twice_the_part_is_uneven_whatever_the_number_of_servers(servers: int, times: float, uneven: bool) -> None:
    weights = (round(100 * times), *[100] * (servers - 1))
    assert (weights_of(replace(HEALTHY, servers=servers, weights=weights)) > 0.9) is uneven


def test_a_crowded_server_that_is_left_out_leaves_its_weight_behind() -> None:
    assert weights_of(replace(HEALTHY, weights=(256, 1, 1, 1), up=(0, 1, 1, 1))) > 0.9
    assert weights_of(replace(HEALTHY, up=(0, 1, 1, 1))) < 0.1
