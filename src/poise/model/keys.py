"""Keys that clients send, and which server each gets."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Found = TypeVar("Found")
MOST_KEPT = 16


class Keys:
    """Each distinct key once, in the order of their first appearance, and how many requests carry it.

    A forecast asks of the same keys again and again, for every pool and every server that may be lost: what depends on the keys alone
    (their hashes) is computed once.
    """

    __slots__ = ("_kept", "counts", "distinct", "total")

    def __init__(self, keys: Sequence[str]) -> None:
        counted = Counter(keys)
        self.distinct = tuple(counted)
        self.counts = tuple(counted.values())
        self.total = len(keys)
        self._kept: dict[Hashable, Any] = {}

    def once(self, what: Hashable, find: Callable[[Sequence[str]], Found]) -> Found:
        """What `find` finds of these keys, found once: it may depend on nothing but them and `what`. The last few answers are kept."""
        if what not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[what] = find(self.distinct)
        return cast(Found, self._kept[what])


class Placed(Sequence[tuple[str, str]]):
    """Key and server of each key that has a place: a sequence of pairs that are made when somebody looks at them.

    `owners` has, for each of the distinct keys, the index of its server in `names`, -1 for a key that has no place.
    """

    __slots__ = ("given", "names", "owners")

    def __init__(self, keys: Keys, names: Sequence[str], owners: "NDArray[np.int64]") -> None:
        self.given, self.names, self.owners = keys, tuple(names), owners

    def by_key(self) -> Mapping[str, str | None]:
        """The server of each key, None for a key without a place."""
        names = (*self.names, None)
        return {key: names[owner] for key, owner in zip(self.given.distinct, self.owners.tolist(), strict=True)}

    def requests(self) -> tuple[Mapping[str, float], float]:
        """How many of the requests each server gets, and how many have no place."""
        import numpy as np  # noqa: PLC0415

        weights = self.given.once("counts", lambda _: np.array(self.given.counts, np.float64))
        found = np.bincount(self.owners + 1, weights=weights, minlength=len(self.names) + 1).tolist()
        counts: dict[str, float] = {}
        for name, count in zip(self.names, found[1:], strict=True):
            counts[name] = counts.get(name, 0.0) + count
        return counts, found[0]

    def __len__(self) -> int:
        return int((self.owners >= 0).sum())

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((key, self.names[owner]) for key, owner in zip(self.given.distinct, self.owners.tolist(), strict=True) if owner >= 0)

    @overload
    def __getitem__(self, index: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[str, str]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, str] | Sequence[tuple[str, str]]:
        placed = (self.owners >= 0).nonzero()[0]
        if isinstance(index, slice):
            return tuple((self.given.distinct[at], self.names[self.owners[at]]) for at in placed[index].tolist())
        at = int(placed[index])
        return self.given.distinct[at], self.names[self.owners[at]]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))
