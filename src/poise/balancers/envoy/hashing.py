"""The hash functions of Envoy's RING_HASH and MAGLEV: xxHash64, and the Murmur hash that std::hash of GNU's C++ library is.

Sources: xxHash's own specification (the `xxhash` package), Appleby's MurmurHash2 in its 64-bit variant, and what Envoy 1.40 did
(tests/conformance/envoy_keys.py). Pure.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xxhash
from numpy.typing import NDArray

BITS_64 = 0xFFFFFFFFFFFFFFFF
MURMUR_SEED = 0xC70F6907  # the seed of std::hash in GNU's C++ library
MURMUR_FACTOR = 0xC6A4A7935BD1E995


def xx_hash(text: bytes, seed: int = 0) -> int:
    """xxHash64: the hash of every key, and of a host's places where `hash_function` says nothing else."""
    return xxhash.xxh64_intdigest(text, seed)


def numbered_xx(prefix: bytes, count: int) -> NDArray[np.uint64]:
    """xxHash64 of the prefix with 0, 1, 2 … behind it."""
    return np.fromiter(map(xxhash.xxh64_intdigest, [prefix + digits for digits in _written(count)]), np.uint64, count)


@lru_cache(maxsize=16)
def _written(count: int) -> Sequence[bytes]:
    return [b"%d" % number for number in range(count)]


def numbered_murmur(prefix: bytes, count: int) -> NDArray[np.uint64]:
    """MURMUR_HASH_2 of the prefix with 0, 1, 2 … behind it; numbers of as many digits are hashed together."""
    found, first, digits = [], 0, 1
    while first < count:
        end = min(count, 10**digits)
        numbers = np.arange(first, end)
        texts = np.empty((end - first, len(prefix) + digits), np.uint8)
        texts[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
        for place in range(digits):
            texts[:, len(prefix) + place] = numbers // 10 ** (digits - 1 - place) % 10 + ord("0")
        found.append(_murmur(texts))
        first, digits = end, digits + 1
    return np.concatenate(found) if found else np.empty(0, np.uint64)


def _murmur(texts: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """MURMUR_HASH_2 of each row. numpy's unsigned 64-bit arithmetic wraps as the function wants."""
    rows, length = texts.shape
    factor = np.uint64(MURMUR_FACTOR)
    whole = length // 8 * 8
    padded = np.zeros((rows, whole + 8), np.uint8)
    padded[:, :length] = texts
    words = padded.view("<u8")
    hashes = np.full(rows, MURMUR_SEED ^ (length * MURMUR_FACTOR & BITS_64), np.uint64)
    for index in range(whole // 8):
        hashes = (hashes ^ (_folded(words[:, index] * factor) * factor)) * factor
    if length > whole:
        hashes = (hashes ^ words[:, whole // 8]) * factor
    return _folded(_folded(hashes) * factor)


def _folded(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return values ^ (values >> np.uint64(47))
