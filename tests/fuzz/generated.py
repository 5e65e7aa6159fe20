"""Configurations made up from a seed: plausible ones, and odd ones."""

from importlib import import_module
from random import Random

# Text is put together with lone surrogates for bytes that are not UTF-8, as readers hold it.
_ODD = (
    "\0",
    "\r",
    "\t",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\ufeff",
    "\u2028",
    "\u00a0",
    "é",
    "😀",
    "\udcff",
    "\udcc3",
    "{",
    "}",
    '"',
    "'",
    "\\",
    "#",
    ";",
    "$",
    "\n",
)


def generated(product: str, dice: Random, scale: int = 1) -> bytes:
    """One configuration, `scale` times as large as usual.

    Three of five are clean, one has odd bytes strewn in, one other line ends, a byte order mark or a cut end.
    """
    text: str = import_module(f"tests.fuzz.generators.{product}").text(dice, scale)
    kind = dice.randrange(10)
    if kind in (6, 7):
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(text) + 1)
            text = text[:at] + dice.choice(_ODD) + text[at + dice.choice((0, 0, 1)) :]
    elif kind == 8:
        text = text.replace("\n", dice.choice(("\r\n", "\r\n", "\n\r", "\r")))
    elif kind == 9:
        text = dice.choice(
            ("\ufeff" + text, text[: dice.randrange(len(text) + 1)], text.rstrip("\n"), text + text, text.replace("    ", "\t"))
        )
    return text.encode("utf-8", "surrogateescape")
