"""What is made when somebody first looks at it, in place of a tuple that most never look at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

Item = TypeVar("Item")


class Later(Sequence[Item], Generic[Item]):
    """A tuple that `make` makes at the first look at it. Compares, prints and is sent elsewhere as that tuple."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Sequence[Item]]) -> None:
        self._make: Callable[[], Sequence[Item]] | None = make
        self._made: tuple[Item, ...] = ()

    def _items(self) -> tuple[Item, ...]:
        # Two threads that look at once make it twice, and the same.
        if (make := self._make) is not None:
            self._made = tuple(make())
            self._make = None  # what it was made of is let go
        return self._made

    def __reduce__(self) -> tuple[type[tuple[Item, ...]], tuple[tuple[Item, ...]]]:
        # What makes the items is a closure, which no other process could be sent: it gets what they are.
        return tuple, (self._items(),)

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items())

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._items()[index]

    def __eq__(self, other: object) -> bool:
        return self._items() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items())

    def __repr__(self) -> str:
        return repr(self._items())
