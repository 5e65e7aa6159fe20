"""A part of `python -m tests.conformance`: two pools of every algorithm of every program, some hundred requests each."""

from dataclasses import replace

import pytest
from tests.conformance.__main__ import QUICK
from tests.conformance.judged import Measured, miss
from tests.conformance.measure import DRAWS, idle, under_load
from tests.conformance.running import binaries

pytestmark = pytest.mark.live


def named() -> list[tuple[str, object]]:
    """Each program that is here."""
    return [(product, binary) for product in DRAWS for binary in binaries(product)]


def right(found: list[Measured]) -> None:
    assert not [miss(one) for one in found if not one.ok]


@pytest.mark.binary
@pytest.mark.parametrize(("product", "binary"), named(), ids=lambda part: getattr(part, "version", part))
def test_what_depends_on_no_load_is_forecast(product: str, binary: object) -> None:
    right(idle(product, binary, replace(QUICK, pools=1)))  # type: ignore[arg-type]


def test_what_depends_on_the_load_is_forecast_where_weights_are_far_off() -> None:
    tested, late = under_load(named(), QUICK)  # type: ignore[arg-type]
    found = [one for _, _, some in tested for one in some]
    right(found)
    assert sum(one.naive_error > 0.1 for one in found) >= len(found) / 2
    # A machine that is busy with other things adds to the 100 ms of every server, to a slow one as much as to a fast one.
    assert late < 10
