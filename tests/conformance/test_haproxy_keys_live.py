"""A part of `python -m tests.conformance.haproxy_keys`: every hash and change, some keys each."""

import pytest
from tests.conformance.haproxy_keys import KINDS, measure
from tests.conformance.running import binaries

pytestmark = [pytest.mark.live, pytest.mark.binary]


@pytest.mark.parametrize("binary", binaries("haproxy"), ids=lambda binary: binary.version)
def test_every_key_goes_where_it_is_said_to_go_and_moves_where_it_is_said_to_move(binary: object) -> None:
    for kind in KINDS:
        score = measure(binary, kind, 40, seed=2)  # type: ignore[arg-type]
        assert (score.wrong, score.moved_wrong) == (0, 0), score.worst
        assert score.pools >= 32
        assert score.moved
