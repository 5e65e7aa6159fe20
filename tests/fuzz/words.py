"""The words of a product's language, for dictionaries and mutations."""

from collections.abc import Callable, Iterable


def vocabulary(words: Callable[[], Iterable[str]]) -> list[bytes]:
    """The words of a reader as bytes, each once."""
    return [word.encode("utf-8", "surrogateescape") for word in dict.fromkeys(words()) if word]
