"""A range of numbers for an option that has no place for `nan`."""

import math

import click


class FiniteRange(click.FloatRange):
    """As click's: that one compares with its ends, and no comparison with a NaN holds, so it lets one pass."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or a usage error."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{str(value)!r} is no number to reckon with. Give one in digits, as 1.5", param, ctx)
        return number
