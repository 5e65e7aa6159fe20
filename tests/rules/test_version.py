"""Versions: the one that was named outranks the one installed, which outranks the assumed one."""

import pytest

from poise.model.topology import Topology
from poise.rules.version import ASSUMED, at_least, numbers, version


def test_the_named_one_outranks_the_installed_one() -> None:
    assert version(Topology("nginx", "nginx.conf", target="1.22", assumed="1.31.0")) == (1, 22)
    assert version(Topology("nginx", "nginx.conf", assumed="1.31.0")) == (1, 31, 0)
    assert version(Topology("nginx", "nginx.conf")) == numbers(ASSUMED["nginx"])


@pytest.mark.parametrize(
    ("text", "said"),
    [("2.6.12-1+deb12u1", (2, 6, 12)), ("v1.34.1", (1, 34, 1)), ("3.0-dev5", (3, 0)), ("new", ()), ("", ()), ("9" * 5000, (999999,))],
)
def test_numbers(text: str, said: tuple[int, ...]) -> None:
    assert numbers(text) == said


@pytest.mark.parametrize(
    ("have", "wanted", "yes"),
    [
        ("1.29.6", "1.29.7", False),
        ("1.29.7", "1.29.7", True),
        ("1.31.0", "1.29.7", True),
        ("1.9.15", "1.11", False),
        ("1.29", "1.29.7", True),
        ("1.28", "1.29.7", False),
        ("2.8", "2.8", True),
        ("2.8.3", "2.8", True),
    ],
)
def test_at_least(have: str, wanted: str, yes: bool) -> None:
    assert at_least(Topology("nginx", "nginx.conf", target=have), wanted) is yes
