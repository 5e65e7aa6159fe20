"""What was expected, what was observed, and how much it speaks for or against."""

from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observable held against one hypothesis. `bits` is the signed log2 likelihood ratio, positive speaks for it.

    `expected` and `observed` are numbers with their unit in `observable`, or short words; `source` says where the figure came from.
    """

    observable: str
    expected: float | str | None
    observed: float | str | None
    bits: float
    source: str
