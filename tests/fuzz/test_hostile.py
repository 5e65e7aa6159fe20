"""Large and malicious inputs take time by their size and a bounded memory. `make fuzz` does the same in full size."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.exercise import PRODUCTS
from tests.fuzz.hostile import complaint, shapes

HERE = Path(__file__).parents[2]
CASES = [(product, shape) for product in PRODUCTS for shape in shapes(product)]
# What is quadratic shows at a fifth of the full size too.
SCALE = "0.2"


@cache
def results(product: str) -> dict[str, dict[str, Any]]:
    """What came of each shape, measured in one run."""
    command = [sys.executable, "-m", "tests.fuzz.hostile", product, "--json", "--scale", SCALE]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {str(result["shape"]): result for result in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize(("product", "shape"), CASES)
def test_time_is_by_size_and_memory_is_bounded(product: str, shape: str) -> None:
    result = results(product)[shape]
    assert complaint(result) is None, f"{complaint(result)}: {result}"


def test_what_grows_faster_than_its_input_is_seen() -> None:
    def made(quarter: float, whole: float, peak: float = 50) -> dict[str, Any]:
        return {
            "quarter": {"bytes": 250_000, "seconds": quarter, "peak_mb": 40},
            "whole": {"bytes": 1_000_000, "seconds": whole, "peak_mb": peak},
        }

    assert complaint(made(0.25, 1.0)) is None
    assert complaint(made(0.001, 0.1)) is None
    assert complaint(made(0.25, 4.0)) == "4.0 times the input takes 16.0 times as long"
    assert complaint(made(0.25, 1.0, 400)) == "1,000,000 bytes take 400 MB of memory"
    assert complaint({"problem": "MemoryError()"}) == "MemoryError()"
