"""Which value nginx's `split_clients` gives a key, computed as nginx computes it.

Source: ngx_http_split_clients_module.c. tests/conformance/nginx_keys.py asks the real binaries.
"""

import re
from collections.abc import Mapping, Sequence

from poise.model.variable import Variable

BITS_32 = 0xFFFFFFFF
# Percentages are read to hundredths, and cut one by one to a part of the greatest hash value.
HUNDREDTHS = 10_000
_MULTIPLIER = 0x5BD1E995
_PERCENT = re.compile(r"(\d*)(?:\.(\d{0,2}))?%", re.ASCII)


def values_of(variable: Variable, keys: Sequence[str]) -> Mapping[str, str | None] | None:
    """The value for each key, which is the evaluated text of the block's first word; None for a key that no part is for (nginx: empty).

    None altogether where it is no `split_clients`, or not all of its parts are known.
    """
    limits = _limits(variable)
    if limits is None:
        return None
    hashes = {key: murmur(key.encode("utf-8", "surrogateescape")) for key in keys}
    return {key: next((text for limit, text in limits if limit is None or value < limit), None) for key, value in hashes.items()}


def _limits(variable: Variable) -> Sequence[tuple[int | None, str]] | None:
    """The hash value below which each part lies, None for `*`, which takes all that is left wherever it stands."""
    if variable.kind != "split_clients" or not variable.complete:
        return None
    limits: list[tuple[int | None, str]] = []
    last = 0
    for part in variable.values:
        found = _PERCENT.fullmatch(part.key)
        if part.key == "*":
            limits.append((None, part.text))
        elif found is None:
            return None
        else:
            last += int((found[1] or "0") + (found[2] or "").ljust(2, "0")) * BITS_32 // HUNDREDTHS
            limits.append((last, part.text))
    return limits


def murmur(data: bytes) -> int:
    """MurmurHash2 with seed 0: 32 bits."""
    value = len(data) & BITS_32
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _MULTIPLIER & BITS_32
        word = (word ^ word >> 24) * _MULTIPLIER & BITS_32
        value = value * _MULTIPLIER & BITS_32 ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER & BITS_32
    value = (value ^ value >> 13) * _MULTIPLIER & BITS_32
    return value ^ value >> 15
