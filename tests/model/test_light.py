"""The light dataclass is as the standard one: both are asked the same."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from dataclasses import field, fields, is_dataclass, replace
from typing import Any

import pytest

from poise.model import light
from poise.model.topology import Topology


@light.dataclass(frozen=True, slots=True)
class Light:
    """A light one."""

    name: str
    number: int = 3
    inner: "Light | Standard | None" = None
    options: dict[str, str] = field(default_factory=dict)
    memo: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    fixed: int = field(default=7, init=False)

    def double(self) -> int:
        """A method of its own."""
        return self.number * 2


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """A standard one."""

    name: str
    number: int = 3
    inner: "Light | Standard | None" = None
    options: dict[str, str] = field(default_factory=dict)
    memo: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    fixed: int = field(default=7, init=False)

    def double(self) -> int:
        """A method of its own."""
        return self.number * 2


@light.dataclass(frozen=True, slots=True)
class Place:
    """All of it can be hashed."""

    file: str
    line: int


KINDS: list[type[Any]] = [Light, Standard]


@pytest.fixture(params=["Light, few", "Light, many", "Standard"])
def kind(request: pytest.FixtureRequest) -> type[Any]:
    """A class of its own for each test: what the first instances are made by is no longer there after many."""

    @light.dataclass(frozen=True, slots=True)
    class Few:
        name: str
        number: int = 3
        options: dict[str, str] = field(default_factory=dict)
        memo: dict[str, int] = field(default_factory=dict, init=False)
        fixed: int = field(default=7, init=False)
        unset: int = field(init=False)

    @dataclasses.dataclass(frozen=True, slots=True)
    class Other:
        name: str
        number: int = 3
        options: dict[str, str] = field(default_factory=dict)
        memo: dict[str, int] = field(default_factory=dict, init=False)
        fixed: int = field(default=7, init=False)
        unset: int = field(init=False)

    if request.param == "Light, many":
        for number in range(100):
            assert Few("a", number).number == number
    return Other if request.param == "Standard" else Few


SAID = [
    ((), {}),
    (("a",), {}),
    ((), {"name": "a"}),
    (("a", 4), {"options": {}}),
    (("a", 4, {}), {}),
    (("a", 4, {}, 5), {}),
    (("a",), {"name": "b"}),
    (("a",), {"nombre": 4}),
    (("a",), {"memo": {}}),
    ((), {"number": 4}),
    (("a",), {"number": 4, "options": {"x": "y"}}),
]


@pytest.mark.parametrize("said", SAID)
def test_arguments_are_taken_and_refused_as_by_the_standard_one(kind: type[Any], said: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    values, named = said
    accepted = dict(zip(("name", "number", "options"), values, strict=False))
    right = len(values) <= 3 and not named.keys() & accepted.keys() and named.keys() <= {"name", "number", "options"}
    accepted |= named
    for _ in range(2):
        if not right or "name" not in accepted:
            with pytest.raises(TypeError):
                kind(*values, **named)
            continue
        made = kind(*values, **named)
        assert (made.name, made.number, made.options) == (accepted["name"], accepted.get("number", 3), accepted.get("options", {}))
        assert (made.memo, made.fixed, hasattr(made, "unset")) == ({}, 7, False)
        assert made.memo is not kind(*values, **named).memo


def test_a_default_that_all_instances_would_share_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @light.dataclass(frozen=True, slots=True)
        class Shared:
            names: list[str] = []  # noqa: RUF012 - that is the case


@light.dataclass(frozen=True, slots=True)
class Span(Place):
    """A light one on top of a light one."""

    end: int = 0
    line: int = 5


@dataclasses.dataclass(frozen=True, slots=True)
class StandardPlace:
    file: str
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class StandardSpan(StandardPlace):
    end: int = 0
    line: int = 5


@pytest.mark.parametrize("kind", [Span, StandardSpan])
def test_one_on_top_of_another(kind: type[Any]) -> None:
    one = kind("a", end=7)
    assert repr(one) == f"{kind.__name__}(file='a', line=5, end=7)" and kind.__match_args__ == ("file", "line", "end")
    assert (kind.__slots__, [each.name for each in fields(kind)]) == (("end",), ["file", "line", "end"])
    assert one == replace(kind("a"), end=7) != kind("a", 6, 7) and one != kind.__bases__[0]("a", 5)
    assert pickle.loads(pickle.dumps(one)) == one and hash(one) == hash(kind("a", 5, 7))  # noqa: S301 - our own bytes
    for number in range(100):
        assert kind("a", number).line == number
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.file = "b"


def test_one_on_top_of_another_kind_is_a_standard_one() -> None:
    @light.dataclass(frozen=True, slots=True)
    class RefusedError(ValueError):
        reason: str

    assert (
        RefusedError("why").reason == "why"
        and repr(RefusedError("why")).endswith("RefusedError(reason='why')")
        and "_arguments" not in vars(RefusedError)
    )


def test_every_light_class_is_to_the_standard_library_what_was_written() -> None:
    ours = (kind for kind in object.__subclasses__() if kind.__module__.startswith("poise."))
    kinds = [kind for kind in ours if {"__dataclass_fields__", "__slots__"} <= vars(kind).keys()]
    assert len(kinds) > 10
    for each in kinds:
        slots = [name for base in reversed(each.__mro__) for name in vars(base).get("__slots__", ())]
        assert [one.name for one in fields(each)] == slots, each
        assert dataclasses.is_dataclass(each) and each.__dataclass_params__ is not None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_of_both(kind: type[Any]) -> None:
    one = kind("a", 4, options={"x": "y"})
    assert one == kind("a", 4, None, {"x": "y"})
    assert one != kind("a", 5) and one != "a"
    assert repr(one) == f"{kind.__name__}(name='a', number=4, inner=None, options={{'x': 'y'}}, fixed=7)"
    assert (one.double(), one.fixed, kind("b").number, kind.__doc__) == (8, 7, 3, f"A {kind.__name__.lower()} one.")
    assert is_dataclass(one) and [f.name for f in fields(one)] == ["name", "number", "inner", "options", "memo", "fixed"]
    assert kind.__match_args__ == ("name", "number", "inner", "options")
    assert kind("a").options is not kind("a").options
    changed = replace(one, number=9)
    assert (changed.number, changed.options, one.number) == (9, {"x": "y"}, 4)
    assert dataclasses.asdict(one)["options"] == {"x": "y"}
    for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):  # noqa: S301 - our own bytes
        assert again == one
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        kind("a", other=1)
    with pytest.raises(TypeError):
        kind("a", fixed=1)
    with pytest.raises(ValueError, match="fixed"):
        replace(one, fixed=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.name
    with pytest.raises((AttributeError, TypeError)):
        one.other = 1
    with pytest.raises(TypeError):
        hash(one)
    assert not hasattr(one, "__dict__")


def test_what_is_equal_hashes_alike() -> None:
    assert hash(Place("a", 1)) == hash(Place("a", 1))
    assert len({Place("a", 1), Place("a", 1), Place("a", 2)}) == 2


def test_other_kinds_are_the_standard_ones() -> None:
    @light.dataclass
    class Plain:
        x: int

    @light.dataclass(slots=True)
    class Slotted:
        x: int

    plain, slotted = Plain(1), Slotted(1)
    plain.x = slotted.x = 2
    assert plain.__dict__ == {"x": 2} and not hasattr(slotted, "__dict__")


def test_memory_of_what_was_asked_is_no_part_of_a_topology() -> None:
    one, two = Topology("nginx", "a"), Topology("nginx", "a")
    assert one.pool("x") is None and one.routes_to("x") == ()
    assert one == two and repr(one) == repr(two)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="this Python compiles all methods of a dataclass at once")
def test_nothing_is_compiled_but_the_beginning() -> None:
    program = (
        "import dataclasses\ncompiled = []\noriginal = dataclasses._create_fn\n"
        "dataclasses._create_fn = lambda name, *a, **k: compiled.append(name) or original(name, *a, **k)\n"
        "import poise.model.topology\nimport sys\nsys.exit(f'compiled {compiled}' if compiled else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
