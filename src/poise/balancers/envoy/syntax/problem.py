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
