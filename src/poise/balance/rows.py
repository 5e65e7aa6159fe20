"""The servers of a loss as rows, made when somebody looks: 500 pools of 20 have 200,000 of them, of which a report shows a few hundred."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from poise.model.forecast import ServerShare


class Rows(Sequence[ServerShare]):
    """A tuple of `ServerShare` that `make` makes at the first look at it. Compares and prints as that tuple does."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], tuple[ServerShare, ...]]) -> None:
        self._make = make
        self._made: tuple[ServerShare, ...] | None = None

    def _rows(self) -> tuple[ServerShare, ...]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __reduce__(self) -> tuple[type[tuple[ServerShare, ...]], tuple[tuple[ServerShare, ...]]]:
        # What makes the rows is a closure, which no other process could be sent: it gets what they are.
        return tuple, (self._rows(),)

    def __len__(self) -> int:
        return len(self._rows())

    def __iter__(self) -> Iterator[ServerShare]:
        return iter(self._rows())

    @overload
    def __getitem__(self, index: int) -> ServerShare: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ServerShare]: ...
    def __getitem__(self, index: int | slice) -> ServerShare | Sequence[ServerShare]:
        return self._rows()[index]

    def __eq__(self, other: object) -> bool:
        return self._rows() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._rows())

    def __repr__(self) -> str:
        return repr(self._rows())
