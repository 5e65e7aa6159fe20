"""The parts of the rings without one host, laid out at once: the same as those of one ring after the other."""

import pytest

from poise.balancers.envoy.ring import parts_without_each, ring


@pytest.mark.parametrize("weights", [[1] * 3, [1] * 20, [1, 10, 2, 5], [100, 1, 1, 1, 7], [3, 2, 1]])
@pytest.mark.parametrize("murmur", [False, True])
@pytest.mark.parametrize("smallest", [1, 1024])
def test_parts_are_those_of_one_ring_after_the_other(weights: list[int], murmur: bool, smallest: int) -> None:
    keys = [f"10.0.0.{number + 1}:80".encode() for number in range(len(weights))]
    found = parts_without_each(keys, weights, smallest, 1 << 23, murmur)
    assert found is not None
    for lost, parts in enumerate(found):
        left = [number for number in range(len(weights)) if number != lost]
        total = sum(weights[number] for number in left)
        hosts = [(keys[number], weights[number] / total) for number in left]
        assert parts == ring(hosts, smallest, 1 << 23, murmur).parts().tolist()


def test_two_hosts_of_one_key_are_laid_out_one_after_the_other() -> None:
    assert parts_without_each([b"a", b"a", b"b"], [1, 1, 1], 1024, 1 << 23) is None
    assert parts_without_each([b"a", b"b"], [1, 1], 1024, 1 << 23) is None
