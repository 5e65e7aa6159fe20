"""Where components stand, by their names in the contract's words, worked out when somebody asks."""

from collections.abc import Iterator, Mapping, Sequence
from sys import intern

from poise.model.component_label import component_label


class Places(Mapping[str, int]):
    """The place of each component among `names`, by its label; `kinds` is the kind of each, or that of all.

    Only who waits to hear that an alert is over asks. Made for all, the labels of 1,000 servers in three tables took 0.15 MB.
    """

    __slots__ = ("_found", "_kinds", "_names")

    def __init__(self, kinds: str | Sequence[str], names: Sequence[str]) -> None:
        self._kinds, self._names = kinds, names
        self._found: dict[str, int] | None = None

    def __getitem__(self, label: str) -> int:
        return self._all[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def _all(self) -> dict[str, int]:
        if self._found is None:
            kinds = [self._kinds] * len(self._names) if isinstance(self._kinds, str) else self._kinds
            labels = (intern(component_label(kind, name)) for kind, name in zip(kinds, self._names, strict=True))
            self._found = {label: place for place, label in enumerate(labels)}
        return self._found
