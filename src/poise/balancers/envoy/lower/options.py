"""Settings as mappings from dotted paths to values and places, worked out when somebody asks: a file may hold 100,000 endpoints. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from poise.balancers.envoy.document import Array, Member, Node, Object, Scalar, Text
from poise.balancers.envoy.lower.packed import Packed, packed
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.settings import Settings
from poise.balancers.envoy.syntax.alike import Alike, Shape, read_word
from poise.balancers.envoy.tree import last_members
from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.once import Once

_PLAIN = re.compile(r"[A-Za-z0-9_]+")
# What stands below these is the user's own, not Envoy's: their keys stay as written.
_FREE = frozenset(("filter_metadata", "static_layer"))


@dataclass(frozen=True, slots=True)
class Part:
    """One subtree: every path in it begins with `prefix`; what stands below the paths of `skip` (without the prefix) is left out.

    `key` is where the key of the whole subtree stands, None where it has none of its own.
    """

    node: Node | None
    text: Text
    prefix: str = ""
    skip: frozenset[str] = frozenset()
    key: Member | None = None


# Where something stands: the text, and from which character to which. Lines are counted when a finding asks for one.
_Spot = tuple[Text, int, int]
_NONE: dict[str, Any] = {}
_NO_VALUE = -1


class _Flat:
    """Parts, and once somebody asked, their paths. Of a path that stands in two parts the later counts."""

    __slots__ = ("packed", "parts", "spots", "values")

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts: tuple[Part, ...] = parts
        self.values: dict[str, str] = {}
        self.spots: dict[str, _Spot] = {}
        self.packed: Packed | None = None

    def settled(self, once: Once) -> Packed:
        """The same without the file's tree, to be held in place of this."""
        if self.packed is None:
            self.work_out()
            self.packed = packed(self.values, self.spots, once)
            self.values, self.spots = _NONE, _NONE
        return self.packed

    def work_out(self) -> None:
        parts, self.parts = self.parts, ()
        for part in parts:
            if isinstance(part.node, Alike) and len(parts) == 1 and not part.prefix and self.alike(part.node, part.text, part.skip):
                continue
            if part.node is not None:
                self.add(part, part.node, part.prefix.removesuffix("."), False, part.key or part.node)

    def alike(self, item: Alike, text: Text, skip: frozenset[str]) -> bool:
        """What is written like others has their paths: whether that is all there is to say. A null among its words has none."""
        words = [read_word(word) for word in item.words]
        paths = _paths(item.shape, skip)
        if paths is None or any(word.kind == "null" for word in words):
            return False
        at, starts = item.shape.at, item.starts()
        self.values = {path: "" if number is None else words[number].value for path, number, _, _ in paths if number != _NO_VALUE}
        self.spots = {path: (text, at(start, starts), at(end, starts)) for path, _, start, end in paths}
        return True

    def add(self, part: Part, node: Node, path: str, free: bool, at: Node | Member) -> None:
        """`at`: what the place of a message or list is, its key. Depth is bounded by what the syntax takes."""
        if isinstance(node, Scalar):
            if node.kind != "null":
                self.values[path] = node.value
                self.spots[path] = (part.text, node.start, node.end)
            return
        if path:
            self.spots[path] = (part.text, at.start, at.end)
        if path.removeprefix(part.prefix) in part.skip:
            return
        members = [(key.key, key.value, key) for key in last_members(node)] if isinstance(node, Object) else None
        inside = [(str(index), each, each) for index, each in enumerate(node.items)] if isinstance(node, Array) else members or []
        # What is empty as a whole has no path and no place.
        if not inside and path:
            self.values[path] = ""
        for key, value, spot in inside:
            name = key if free or members is None else snake(key)
            below = f"{path}.{name}" if _PLAIN.fullmatch(name) or name == "@type" else f"{path}[{name}]"
            below = below.removeprefix(".")
            self.add(part, value, below, free or name in _FREE or below == "node.metadata", spot)


@lru_cache(maxsize=256)
def _paths(shape: Shape, skip: frozenset[str]) -> tuple[tuple[str, int | None, int, int], ...] | None:
    """The paths of items of that shape: each with the number of the word that is its value, and its place in the first item.

    None as a number is the value of what is empty, `_NO_VALUE` that of a message. None altogether where the first has a null.
    """
    if any(word.kind == "null" for word in shape.words):
        return None
    first, text = _Flat(()), Text("", "")
    first.add(Part(shape.like, text, skip=skip), shape.like, "", False, shape.like)
    numbers = {path: shape.number.get(first.spots[path][1]) if path in first.values else _NO_VALUE for path in first.spots}
    return tuple((path, numbers[path], start, end) for path, (_, start, end) in first.spots.items())


class _Values(Settings):
    __slots__ = ("flat",)

    def __init__(self, flat: _Flat) -> None:
        super().__init__()
        self.flat: _Flat | Packed = flat

    def settle(self, once: Once) -> None:
        """From now on without the file's tree."""
        self.flat = self.flat if isinstance(self.flat, Packed) else self.flat.settled(once)
        self.forget()

    def work_out(self) -> tuple[dict[str, str], Mapping[str, object]]:
        if isinstance(self.flat, Packed):
            return self.flat.values(), self.flat.written()
        if self.flat.parts:
            self.flat.work_out()
        return self.flat.values, self.flat.spots

    def get(self, key: str, default: Any = None, /) -> Any:
        """The value at that path. Of what was packed it is taken from there: ten thousand servers may be asked for it."""
        return self.flat.value(key, default) if isinstance(self.flat, Packed) else super().get(key, default)


class _Places(Mapping[str, Location]):
    __slots__ = ("flat",)

    def __init__(self, flat: _Flat) -> None:
        self.flat: _Flat | Packed = flat

    def settle(self, once: Once) -> None:
        """From now on without the file's tree."""
        self.flat = self.flat if isinstance(self.flat, Packed) else self.flat.settled(once)

    def _all(self) -> dict[str, _Spot]:
        if isinstance(self.flat, Packed):
            return self.flat.spots()
        if self.flat.parts:
            self.flat.work_out()
        return self.flat.spots

    def __getitem__(self, path: str) -> Location:
        text, start, end = self._all()[path]
        return text.location(start, end)

    def __contains__(self, path: object) -> bool:
        return path in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(dict(self))


def options(parts: Iterable[Part]) -> tuple[Mapping[str, str], Mapping[str, Location]]:
    """Values of every scalar in these parts, by dotted path, and places: of these, and of the keys of messages and lists.

    Source: the conventions in lower/__init__.py.
    """
    flat = _Flat(tuple(parts))
    return _Values(flat), _Places(flat)
