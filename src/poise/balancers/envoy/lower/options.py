"""Settings as mappings from dotted paths to values and places, worked out when somebody asks: a file may hold 100,000 endpoints. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from poise.balancers.envoy.document import Array, Node, Scalar, Text
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.tree import entries
from poise.model.light import dataclass
from poise.model.location import Location

_PLAIN = re.compile(r"[A-Za-z0-9_]+")
# What stands below these is the user's own, not Envoy's: their keys stay as written.
_FREE = frozenset(("filter_metadata", "static_layer"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """One subtree: every path in it begins with `prefix`; `skip` names paths (without the prefix) that are left out."""

    node: Node | None
    text: Text
    prefix: str = ""
    skip: frozenset[str] = frozenset()


class _Flat:
    """Parts, and once somebody asked, their paths. Of a path that stands in two parts the later counts."""

    __slots__ = ("parts", "places", "values")

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts: tuple[Part, ...] = parts
        self.values: dict[str, str] | None = None
        self.places: dict[str, Location] = {}

    def of(self) -> tuple[dict[str, str], dict[str, Location]]:
        if self.values is None:
            self.values = {}
            for part in self.parts:
                if part.node is not None:
                    self.add(part, part.node, part.prefix.removesuffix("."), False)
            self.parts = ()
        return self.values, self.places

    def add(self, part: Part, node: Node, path: str, free: bool) -> None:
        """Depth is bounded by what the syntax takes."""
        assert self.values is not None
        if isinstance(node, Scalar):
            if node.kind != "null":
                self.values[path] = node.value
                self.places[path] = part.text.location(node.start, node.end)
            return
        inside = list(enumerate(node.items)) if isinstance(node, Array) else list(entries(node))
        if not inside:
            self.values[path] = ""
            self.places[path] = part.text.location(node.start, node.end)
        for key, value in inside:
            name = str(key) if isinstance(key, int) else key if free else snake(key)
            below = f"{path}.{name}" if _PLAIN.fullmatch(name) or name == "@type" else f"{path}[{name}]"
            below = below.removeprefix(".")
            if below.removeprefix(part.prefix) not in part.skip:
                self.add(part, value, below, free or name in _FREE or below == "node.metadata")


class _Lazy(Mapping[str, T], Generic[T]):
    __slots__ = ("flat", "which")

    def __init__(self, flat: _Flat, which: int) -> None:
        self.flat, self.which = flat, which

    def _all(self) -> Mapping[str, T]:
        return self.flat.of()[self.which]  # type: ignore[return-value]  # 0 holds values, 1 places: see options()

    def __getitem__(self, path: str) -> T:
        return self._all()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(dict(self._all()))


def options(parts: Iterable[Part]) -> tuple[Mapping[str, str], Mapping[str, Location]]:
    """Values and places of every scalar in these parts, by dotted path. Source: the conventions in lower/__init__.py."""
    flat = _Flat(tuple(parts))
    return _Lazy(flat, 0), _Lazy(flat, 1)
