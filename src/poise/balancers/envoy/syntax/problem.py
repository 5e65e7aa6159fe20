"""Something in a text that Envoy refuses, at a character."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """`at` is a character offset; `reason` says what Envoy refuses and what to do."""

    at: int
    reason: str


# Envoy's JSON reader, through which YAML goes too, follows 100 levels (101 are refused by 1.40: "JSON content was too deeply nested").
DEEPEST = 100
TOO_DEEP = f"it is nested deeper than {DEEPEST} levels: Envoy refuses the file. Is a bracket left open?"

# A file that is wrong in more places than this is another kind of file; each place would still cost time and memory.
MOST_PROBLEMS = 1000

# A file of 10 MB that is all `1,1,1…` would take a gigabyte. The most crowded configurations have one value for eight characters.
_MOST_VALUES, _CHARACTERS_FOR_EACH = 1_800_000, 6
TOO_MANY = "it holds more values than any configuration of its size does, and is not read on"


def most_values(text: str) -> int:
    """How many values (keys, scalars, collections) are read of this text."""
    return max(_MOST_VALUES, len(text) // _CHARACTERS_FOR_EACH)
