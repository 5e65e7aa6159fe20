"""What is found when somebody first looks at it, in place of a tuple that most never look at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

Item = TypeVar("Item")


class Later(Sequence[Item], Generic[Item]):
    """The items that `find` finds, which is asked once, at the first look. It may depend on nothing that changes."""

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Sequence[Item]]) -> None:
        self._find: Callable[[], Sequence[Item]] | None = find
        self._found: tuple[Item, ...] = ()

    def _items(self) -> tuple[Item, ...]:
        if self._find is not None:
            self._found, self._find = tuple(self._find()), None
        return self._found

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
        return tuple(other) == self._items() if isinstance(other, Later | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._items())

    def __repr__(self) -> str:
        return repr(self._items())
