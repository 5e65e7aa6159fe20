"""What is found at the first look is found once, and is what a tuple of it would be."""

import pickle

from poise.model.later import Later


def test_it_is_found_once_and_not_before_somebody_looks() -> None:
    asked: list[int] = []

    def find() -> list[str]:
        asked.append(1)
        return ["a", "b"]

    later = Later(find)
    assert asked == []
    assert list(later) == ["a", "b"] and later[0] == "a" and later[1:] == ("b",) and len(later) == 2
    assert later == ("a", "b") and later == Later(lambda: ("a", "b")) and later != ("a",)
    assert hash(later) == hash(("a", "b")) and repr(later) == "('a', 'b')"
    assert asked == [1]
    assert pickle.loads(pickle.dumps(Later(find))) == ("a", "b")  # noqa: S301 - our own
    assert not Later(tuple)
