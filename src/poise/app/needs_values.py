"""The kinds of values in poise.toml, and what is said of one of another kind."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, get_args

import cattrs

from poise.model.load import Distribution

Split = Literal["even"] | Mapping[str, float] | None
Shape = Distribution | None
# No need is beyond it, and what is reckoned with it stays finite.
MOST = 1e9


class WrongError(ValueError):
    """A value of the wrong kind; the message says which kind is wanted, never the value."""


def converter_of_needs() -> cattrs.Converter:
    """What turns a table of the file into a value of the model; every mistake in it is raised with its path."""
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)

    def of_kind(wanted: str, *kinds: type) -> Any:
        def structure(value: Any, _: Any) -> Any:
            # bool is an int to Python and a date-time a date, but not to who writes the file.
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds) or isinstance(value, datetime):
                raise WrongError(f"must be {wanted}")
            return value

        return structure

    any_number = of_kind("a number", int, float)

    def number(value: Any, kind: Any) -> float:
        try:
            return float(any_number(value, kind))
        except OverflowError:
            return math.inf

    converter.register_structure_hook(str, of_kind('text in quotes, e.g. "app1"', str))
    converter.register_structure_hook(int, of_kind("a whole number", int))
    converter.register_structure_hook(float, number)
    converter.register_structure_hook(bool, of_kind("true or false", bool))
    converter.register_structure_hook(date, of_kind("a date without quotes, e.g. 2027-01-31", date))

    def split(value: Any, _: Any) -> Any:
        if value == "even":
            return value
        if not isinstance(value, Mapping) or not value:
            raise WrongError('must be "even" or capacity ratios such as {app1 = 2, app2 = 1}')
        ratios = {str(name): number(ratio, float) for name, ratio in value.items()}
        if any(not 0 <= ratio <= MOST for ratio in ratios.values()) or not sum(ratios.values()):
            raise WrongError("must hold ratios of at least 0 and at most 10^9, one of them above 0")
        return ratios

    def texts(value: Any, _: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise WrongError('must be a list of texts, e.g. ["app1", "app2"]')
        return tuple(value)

    def by_server(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping) or not value:
            raise WrongError("must be a number for each server, such as {app1 = 16}")
        whole = kind == Mapping[str, int] | None
        if whole and any(not isinstance(each, int) or isinstance(each, bool) for each in value.values()):
            raise WrongError("must hold whole numbers")
        numbers = {str(name): each if whole else number(each, float) for name, each in value.items()}
        least = 1 if whole else 1e-9
        if any(not least <= each <= MOST for each in numbers.values()):
            raise WrongError(f"must hold numbers {'of at least 1' if whole else 'above 0'} and at most 10^9")
        return numbers

    def shape(value: Any, _: Any) -> Any:
        if value not in get_args(Distribution):
            raise WrongError('must be "constant", "exponential" or "lognormal"')
        return value

    converter.register_structure_hook_func(lambda kind: kind in (Mapping[str, int] | None, Mapping[str, float] | None), by_server)
    converter.register_structure_hook_func(lambda kind: kind == Shape, shape)
    converter.register_structure_hook_func(lambda kind: kind == Split, split)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], texts)
    return converter
