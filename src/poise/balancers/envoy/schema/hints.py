"""What somebody who wrote a name that does not exist may have meant. Pure."""

from collections.abc import Iterable


def meant(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)`, or nothing. The library is imported only where there is something to say."""
    import difflib  # noqa: PLC0415 - 3 ms that no good file needs to pay

    names = sorted(set(known))
    found = difflib.get_close_matches(word[:60], names, 1, 0.75)
    return f" (did you mean `{found[0]}`?)" if found and found[0] != word else ""
