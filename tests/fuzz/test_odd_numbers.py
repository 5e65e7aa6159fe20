"""Numbers that are none, or more than anything holds: whatever stands where a number should, nothing raises."""

import re
from random import Random

import pytest
from tests.fuzz.exercise import PRODUCTS, target
from tests.fuzz.seeds import seeds

# The first two are digits for Python and none for C; Python itself refuses to read more than 4,300 digits.
ODD = ("²", "٣", "9" * 30, "9" * 5000, "1" + "0" * 4400, "1" * 400 + ".5", "-1", "0", "+5", "0x10", "1e9", "4294967296", "\x1d2")
EXECUTIONS = 700


@pytest.mark.parametrize("product", PRODUCTS)
def test_odd_numbers_raise_nothing(product: str) -> None:
    run, dice = target(product), Random(1)
    texts = [data.decode("utf-8", "surrogateescape") for _, data in seeds(product, large=False) if len(data) < 6000]
    for _ in range(EXECUTIONS):
        text = dice.choice(texts)
        numbers = list(re.finditer(r"\d+", text))
        if numbers:
            place = dice.choice(numbers)
            odd = text[: place.start()] + dice.choice(ODD) + text[place.end() :]
            try:
                run(odd.encode("utf-8", "surrogateescape"), dice.randrange(16))
            except Exception as problem:
                raise AssertionError(f"{problem!r} with {odd[:3000]}") from problem
