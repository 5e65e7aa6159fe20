"""Which pool was meant by a name that is no pool's. Pure."""

from collections.abc import Sequence

# Looking for a name takes a thousand comparisons: where many are missing a generator is at fault, and no finger.
MOST_GUESSES, MOST_NAMES = 20, 1000


def correct(name: str, names: Sequence[str], guess: bool = True) -> str:
    """The beginning of a remedy; `names` are those of pools, in order, of which the first `MOST_NAMES` are compared."""
    from difflib import get_close_matches  # noqa: PLC0415 - 2 ms that no good file needs to pay

    close = get_close_matches(name, names[:MOST_NAMES], n=1) if guess else []
    return f"Correct the name (is {close[0]} meant?)" if close else "Correct the name"
