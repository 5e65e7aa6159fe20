"""Changes to inputs that keep much of a language's shape: lines and words move, double, vanish, or come from the product's vocabulary."""

import random
import re
from collections.abc import Callable, Sequence

_PIECE = re.compile(rb"\s+|[\w.:/$@%-]+|[^\w\s]|\S", re.ASCII)
# Above this an input is changed as bytes only: cutting it into pieces would cost more than reading it.
_LARGEST = 64 * 1024

# A superscript two is a digit for Python and no number, an Arabic three is both: for C neither is a digit.
_NO_DIGITS = ("²".encode(), "٣".encode())

Change = Callable[[random.Random, list[bytes], Sequence[bytes]], None]


def _double(dice: random.Random, pieces: list[bytes], _: Sequence[bytes]) -> None:
    start, end = _range(dice, pieces)
    at = dice.randrange(len(pieces) + 1)
    pieces[at:at] = pieces[start:end] * dice.choice((1, 1, 1, 2, 8))


def _drop(dice: random.Random, pieces: list[bytes], _: Sequence[bytes]) -> None:
    start, end = _range(dice, pieces)
    del pieces[start:end]


def _swap(dice: random.Random, pieces: list[bytes], _: Sequence[bytes]) -> None:
    one, other = dice.randrange(len(pieces)), dice.randrange(len(pieces))
    pieces[one], pieces[other] = pieces[other], pieces[one]


def _put(dice: random.Random, pieces: list[bytes], words: Sequence[bytes]) -> None:
    at = dice.randrange(len(pieces) + 1)
    pieces[at:at] = [b" ", dice.choice(words), b" "]


def _replace(dice: random.Random, pieces: list[bytes], words: Sequence[bytes]) -> None:
    pieces[dice.randrange(len(pieces))] = dice.choice(words)


def _number(dice: random.Random, pieces: list[bytes], _: Sequence[bytes]) -> None:
    digits = [at for at, piece in enumerate(pieces) if piece[:1].isdigit()]
    if digits:
        pieces[dice.choice(digits)] = dice.choice(
            (b"0", b"1", b"-1", b"256", b"257", b"65536", b"4294967296", b"9" * 30, b"9" * 5000, b"1e9", b"0x10", b"007", *_NO_DIGITS)
        )


def _range(dice: random.Random, pieces: list[bytes]) -> tuple[int, int]:
    start = dice.randrange(len(pieces))
    return start, min(len(pieces), start + dice.choice((1, 1, 2, 3, 8, 40)))


CHANGES: tuple[Change, ...] = (_double, _drop, _swap, _put, _put, _replace, _replace, _number)


def mutated(data: bytes, most: int, seed: int, words: Sequence[bytes]) -> bytes:
    """The input with one to four changes, at most `most` bytes of it. The same for the same seed."""
    dice = random.Random(seed)
    if not data:
        return dice.choice(words)[:most]
    if len(data) > _LARGEST:
        return data[:most]
    pieces = data.splitlines(keepends=True) if dice.random() < 0.4 else _PIECE.findall(data)
    for _ in range(dice.choice((1, 1, 2, 4))):
        if pieces:
            dice.choice(CHANGES)(dice, pieces, words)
    return b"".join(pieces)[:most]
