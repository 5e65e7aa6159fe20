"""Settings by path, with the look-ups that rules and splits ask for thousands of times: none of them walks through all paths. Pure."""

from abc import abstractmethod
from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence
from typing import TypeVar, overload

_T = TypeVar("_T")


class Settings(Mapping[str, str]):
    """Values by dotted path, worked out when somebody asks. Paths are found by their last word too."""

    __slots__ = ("_by_word", "_found")

    def __init__(self) -> None:
        self._found: tuple[dict[str, str], Mapping[str, object]] | None = None
        self._by_word: dict[str, list[str]] | None = None

    @abstractmethod
    def work_out(self) -> tuple[dict[str, str], Mapping[str, object]]:
        """The values, and everything that is written, messages and lists too, both by path and in order."""

    def found(self) -> tuple[dict[str, str], Mapping[str, object]]:
        """What `work_out` gave when it was asked first."""
        if self._found is None:
            self._found = self.work_out()
        return self._found

    def forget(self) -> None:
        """Work it out again when it is asked for."""
        self._found = self._by_word = None

    def named(self, word: str) -> Sequence[str]:
        """The paths of values, messages and lists whose last word this is, in order."""
        if self._by_word is None:
            self._by_word = {}
            for path in self.found()[1]:
                self._by_word.setdefault(path.rpartition(".")[2], []).append(path)
        return self._by_word.get(word, ())

    def __getitem__(self, path: str) -> str:
        return self.found()[0][path]

    # Mapping's own get asks by exception, its items by one look-up each.
    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | _T) -> str | _T: ...
    def get(self, key: str, /, default: object = None) -> object:
        """The value at that path."""
        return (self._found or self.found())[0].get(key, default)

    def items(self) -> ItemsView[str, str]:
        """Paths and values, in order."""
        return self.found()[0].items()

    def __contains__(self, path: object) -> bool:
        return path in self.found()[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self.found()[0])

    def __len__(self) -> int:
        return len(self.found()[0])

    def __repr__(self) -> str:
        return repr(self.found()[0])


_Found = Callable[[], tuple[dict[str, str], Mapping[str, object]]]


def _found(options: Mapping[str, str]) -> _Found | None:
    """`found` of Settings; None for plain mappings, which pools made by hand have. Asking an ABC takes three times as long."""
    return getattr(options, "found", None)


def has(options: Mapping[str, str], path: str) -> bool:
    """Whether anything is written at that path or below it."""
    found = _found(options)
    if found is not None:
        return path in found()[1]
    return path in options or any(key.startswith((f"{path}.", f"{path}[")) for key in options)


def entries(options: Mapping[str, str], path: str) -> tuple[str, ...]:
    """The paths of a list's items: `thresholds.0`, `thresholds.1` …, in order."""
    start, found = f"{path}.", _found(options)
    if found is not None:
        among = found()[1]
        items: list[str] = []
        # A list has no holes: Envoy refuses a null in it.
        while path in among and (item := f"{start}{len(items)}") in among:
            items.append(item)
        return tuple(items)
    heads = {key[len(start) :].partition(".")[0] for key in options if key.startswith(start)}
    return tuple(f"{start}{index}" for index in sorted(int(head) for head in heads if head.isdecimal() and len(head) < 10))


def ending(options: Mapping[str, str], end: str) -> str | None:
    """The path of the value that is, or ends in, `end`; of several the first.

    Settings move into extensions without changing their names.
    """
    found = _found(options)
    values = options if found is None else found()[0]
    if end in values:
        return end
    among = options.named(end.rpartition(".")[2]) if isinstance(options, Settings) else options
    for path in among:
        if path.endswith(end) and path[-len(end) - 1] == "." and path in values:
            return path
    return None


def message(options: Mapping[str, str], name: str) -> str | None:
    """The path of the first message or value of that name; None where it is not written."""
    if isinstance(options, Settings):
        return next(iter(options.named(name)), None)
    found = next((path.split(".") for path in options if name in path.split(".")), None)
    return None if found is None else ".".join(found[: found.index(name) + 1])
