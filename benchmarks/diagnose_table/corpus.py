"""The runs that are kept, and which are to be made."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from poise.lab.draw import pair
from poise.lab.faults import FAULTS
from poise.lab.product import ProductName

PRODUCTS: tuple[ProductName, ...] = get_args(ProductName)


@dataclass(frozen=True, slots=True)
class Asked:
    """One run by what it is drawn from."""

    case: str
    product: ProductName
    seed: int

    def folder(self, corpus: Path) -> Path:
        """Where it is kept."""
        return corpus / self.product / self.case / str(self.seed)


def asked(cases: Sequence[str], products: Sequence[str], seeds: Sequence[int]) -> Iterator[Asked]:
    """All of them, seed by seed, so that an interrupted table has every row."""
    for seed in seeds:
        for case in cases or FAULTS:
            for product in FAULTS[case].products:
                if not products or product in products:
                    yield Asked(case, product, seed)


def pairs(products: Sequence[str], seeds: Sequence[int]) -> Iterator[Asked]:
    """Two faults at once, one pair a seed, the products in turn."""
    for seed in seeds:
        product = PRODUCTS[seed % len(PRODUCTS)]
        if not products or product in products:
            yield Asked(pair(seed), product, seed)


def truth_of(folder: Path) -> dict[str, Any] | None:
    """What really happened in a kept run; None where the run has not come about."""
    try:
        truth: dict[str, Any] = json.loads((folder / "truth.json").read_text())
    except FileNotFoundError:
        return None
    return truth
