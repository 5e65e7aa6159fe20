"""What was derived from inputs that seldom change, and holds while they are the same objects."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 512


class Memo:
    """One result for each name: it is made anew when an input is another object than last time. At most `MOST` are kept.

    Results are as pure as what makes them, so a window that shares the memo of another tells the same.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[object, tuple[tuple[object, ...], Any]] = {}

    def of(self, name: object, inputs: tuple[object, ...], make: Callable[[], T]) -> T:
        """The result kept under that name if it was made from these very objects, else a new one."""
        kept = self._kept.get(name)
        if kept is not None and len(kept[0]) == len(inputs):
            # A loop: watching asks a hundred times a look, and `all` over a generator takes twice as long.
            for one, other in zip(kept[0], inputs):  # noqa: B905 - of equal length
                if one is not other:
                    break
            else:
                result: T = kept[1]
                return result
        result = make()
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[name] = (inputs, result)
        return result
