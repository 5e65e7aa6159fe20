"""Settings without the tree of their file, for who holds a topology for days: some hundred bytes for each endpoint instead of 2.5 kB. Pure.

What is alike is held once: a thousand endpoints have the same paths, and most of their values are the same few words.
"""

from collections.abc import Mapping
from sys import intern
from typing import Any

from poise.balancers.envoy.document import Text
from poise.model.once import Once


class _Shape:
    """The paths of values, and of all that has a place (`written` for who looks them up)."""

    __slots__ = ("at", "placed", "valued", "written")

    def __init__(self, valued: tuple[str, ...], placed: tuple[str, ...]) -> None:
        self.valued, self.placed, self.written = valued, placed, dict.fromkeys(placed)
        self.at = {path: index for index, path in enumerate(valued)}


class Packed:
    """The values and places of one subtree."""

    __slots__ = ("_bounds", "_first", "_shape", "_texts", "_values")

    def __init__(self, shape: _Shape, values: tuple[str, ...], texts: tuple[Text, ...], first: int, bounds: tuple[int, ...]) -> None:
        """`texts` is one where all stands in the same; `bounds` are where each path begins and ends, counted from `first`."""
        self._shape, self._values, self._texts, self._first, self._bounds = shape, values, texts, first, bounds

    def value(self, path: str, default: Any) -> Any:
        """The value at that path."""
        at = self._shape.at.get(path)
        return default if at is None else self._values[at]

    def values(self) -> dict[str, str]:
        """All of them by path, in order."""
        return dict(zip(self._shape.valued, self._values, strict=True))

    def written(self) -> Mapping[str, None]:
        """All that has a place, in order: one mapping for all that are written alike."""
        return self._shape.written

    def spots(self) -> dict[str, tuple[Text, int, int]]:
        """Where each path stands."""
        paths, bounds = self._shape.placed, [self._first + bound for bound in self._bounds]
        texts = self._texts if len(self._texts) == len(paths) else self._texts * len(paths)
        return dict(zip(paths, zip(texts, bounds[::2], bounds[1::2], strict=True), strict=True))


def packed(values: Mapping[str, str], spots: Mapping[str, tuple[Text, int, int]], once: Once) -> Packed:
    """The same, packed."""
    valued, placed = tuple(values), tuple(spots)
    shape = once.made((valued, placed), lambda: _Shape(tuple(map(once.one, valued)), tuple(map(once.one, placed))))
    texts = tuple(text for text, _, _ in spots.values())
    if len(set(map(id, texts))) == 1:
        texts = once.one(texts[:1])
    for text in texts:
        text.settle()
    first = min((start for _, start, _ in spots.values()), default=0)
    # Endpoints that are written alike differ in where they begin.
    bounds = once.one(tuple(place - first for _, start, end in spots.values() for place in (start, end)))
    # Hosts and names are told by other load balancers too.
    return Packed(shape, once.one(tuple(map(intern, values.values()))), texts, first, bounds)
