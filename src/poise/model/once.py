"""What is equal is held once. Pure."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T", bound=Hashable)
M = TypeVar("M")


class Once:
    """Texts and tuples of texts, each of those that are equal once. It forgets nothing: for the time in which one thing is made."""

    __slots__ = ("_held", "_made")

    def __init__(self) -> None:
        self._held: dict[Any, Any] = {}
        self._made: dict[Any, Any] = {}

    def one(self, thing: T) -> T:
        """The first that was equal to this one."""
        found: T = self._held.setdefault(thing, thing)
        return found

    def made(self, of: Hashable, make: Callable[[], M]) -> M:
        """What was made of an equal thing before, else made now."""
        if of not in self._made:
            self._made[of] = make()
        found: M = self._made[of]
        return found
