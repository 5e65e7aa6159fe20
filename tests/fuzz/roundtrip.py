"""Generated configurations come back byte for byte, and an edit of one value changes that value alone.

    python -m tests.fuzz.roundtrip --files 100000 --edits 10000          every product
    python -m tests.fuzz.roundtrip nginx --files 1000 --edits 200        one

Exits with 1 at the first file that does not come back, or edit that changes anything else, and prints both.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from random import Random
from types import ModuleType

from tests.fuzz.edits import Edit, Token, invented, spliced, wrong
from tests.fuzz.exercise import PRODUCTS
from tests.fuzz.generated import generated


@dataclass(frozen=True)
class Count:
    """What was done for one product: files and their bytes, one-token edits, and files without a value that may be edited."""

    files: int
    size: int
    edits: int
    without: int


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.roundtrip", description=__doc__.partition("\n")[0])
    parser.add_argument("product", nargs="*", choices=[*PRODUCTS, []], help="which [default: all]")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seed", default="poise")
    given = parser.parse_args()
    for product in given.product or PRODUCTS:
        start = time.monotonic()
        try:
            count = roundtrip(product, given.files, given.edits, given.seed)
        except AssertionError as problem:
            sys.exit(f"{product}: {problem}")
        print(
            f"{product}: {count.files:,} files ({count.size / 1e6:.0f} MB) came back byte for byte; "
            f"{count.edits:,} edits changed their value and nothing else; {count.without:,} files had none to edit; "
            f"{time.monotonic() - start:.0f} s"
        )


def roundtrip(product: str, files: int, edits: int, seed: str) -> Count:
    """Read and write so many generated files, and edit so many values, spread over all files. Raises AssertionError for what is wrong."""
    language = import_module(f"tests.fuzz.tokens.{product}")
    size = done = without = 0
    for number in range(files):
        dice = Random(f"{seed}-{number}")
        data = generated(product, dice)
        size += len(data)
        document = language.read(data.decode("utf-8", "surrogateescape"))
        again = language.written_again(document).encode("utf-8", "surrogateescape")
        assert again == data, f"file {number} of seed {seed} came back as other bytes"
        if done < edits * (number + 1) // files:
            made = _edited(language, document, data, dice)
            done += made
            without += not made
    # Files without a value to edit are made up for.
    number = files
    while done < edits:
        dice = Random(f"{seed}-{number}")
        data = generated(product, dice)
        done += _edited(language, language.read(data.decode("utf-8", "surrogateescape")), data, dice)
        number += 1
    return Count(files, size, done, without)


def _edited(language: ModuleType, document: object, data: bytes, dice: Random) -> bool:
    """Edit one value of this file; False where it has none to edit."""
    before: list[Token] = language.tokens(document)
    free = [number for number, token in enumerate(before) if token.free]
    if not free:
        return False
    chosen = dice.choice(free)
    possible = getattr(language, "possible", None)
    token, value = before[chosen], invented(dice)
    value = possible(value, data) if possible else value
    written = language.written(value, dice, token, data)
    kept = getattr(language, "kept", None)
    edit = Edit(token.start, token.end, written.encode("utf-8", "surrogateescape"), kept(token, value) if kept else value)
    after = spliced(data, edit)
    changed = language.read(after.decode("utf-8", "surrogateescape"))
    problem = wrong(before, language.tokens(changed), chosen, edit)
    assert problem is None, f"{token} became {written!r}: {problem}\n--- before\n{data!r}\n--- after\n{after!r}"
    assert language.written_again(changed).encode("utf-8", "surrogateescape") == after, "the edited file came back as other bytes"
    if by_poise := getattr(language, "by_poise", None):
        problem = by_poise(data, document, dice)
        assert problem is None, f"poise's own edit: {problem}\n--- before\n{data!r}"
    return True


if __name__ == "__main__":
    main()
