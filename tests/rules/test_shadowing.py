"""Patterns that an earlier rule takes are found whatever their length, as by comparing each with each."""

import random

import pytest

from poise.balancers.haproxy.criteria import Criterion
from poise.model.location import Location
from poise.model.topology import Route
from poise.rules.distribution.shadowing import HEAD, _Taken

PLACE = Location("haproxy.cfg", 1, 1)


def takes(earlier: Criterion, given: str, how: str, fold: bool) -> bool:
    """Whether the earlier pattern takes the given one: as it is written, without case where the earlier ignores it, in lower case."""
    (pattern,) = earlier.patterns
    pairs = [(given, pattern), *([(given.lower(), pattern.lower())] if earlier.fold else []), *([(given.lower(), pattern)] if fold else [])]
    if earlier.how == "str":
        return how == "str" and any(text == part for text, part in pairs)
    fits = str.startswith if earlier.how == "beg" else str.endswith
    return how in ("str", earlier.how) and any(fits(text, part) for text, part in pairs)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_taken_is_what_comparing_each_with_each_finds(seed: int) -> None:
    chance = random.Random(seed)

    def pattern() -> str:
        return "".join(chance.choice("aB/") for _ in range(chance.choice((1, 2, HEAD - 1, HEAD, HEAD + 1, HEAD + 3)))) + chance.choice(
            ("", "x")
        )

    def criterion() -> Criterion:
        return Criterion("path", chance.choice(("str", "beg", "end")), (pattern(),), chance.random() < 0.3)

    taken = _Taken()
    earlier = [criterion() for _ in range(60)]
    for each in earlier:
        taken.add(each, Route(each.patterns[0], None, PLACE))
    for _ in range(200):
        wanted, given = criterion(), chance.choice(("", pattern())) + pattern()
        found = taken.by(wanted, given)
        expected = {each.patterns[0] for each in earlier if takes(each, given, wanted.how, wanted.fold)}
        assert (found is None) == (not expected), (wanted, given, expected, found)
        assert found is None or found.pool in expected
