"""The server of each key, and the keys that a change moves, against the real Envoy: a part of `python -m tests.conformance.envoy_keys`."""

import pytest
from tests.conformance.envoy_keys import run

pytestmark = [pytest.mark.live, pytest.mark.binary]


def test_envoy_places_every_key_where_poise_does() -> None:
    compared = list(run(seed=2, keys=300))
    assert not [each.line() for each in compared if not each.good]
    assert sum(each.same for each in compared) > 50_000
    # Something moves, and something stays, in most of the changes: the pools are not all alike.
    moved = [each.moved for each in compared if each.moved is not None]
    assert sum(0 < count < 150 for count in moved) > len(moved) // 2
