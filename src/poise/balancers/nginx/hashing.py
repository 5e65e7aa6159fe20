"""The hash values of many keys at once, and which server each is: nginx's `hash` without a ring, and `ip_hash`. Pure.

Sources: ngx_http_upstream_hash_module.c, ngx_http_upstream_ip_hash_module.c. tests/conformance/nginx_keys.py asks the real binaries.
"""

from binascii import crc32
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from poise.balancers.nginx.hash_limits import MOST_TRIES

Values = NDArray[np.int64]
# What a key is: none (no address where one is hashed), empty (nginx deals in turn), or hashed.
NO_KEY, EMPTY, HASHED = 0, 1, 2
FIRST_OF_AN_ADDRESS, FACTOR_OF_AN_ADDRESS = 89, 113


class Hashed:
    """The bytes of keys and their hash values, each computed when first asked for and kept: they depend on the keys alone.

    `modulus` is that of ip_hash, None where a checksum is the hash. `at` are the places, among all keys, of those that are hashed.
    """

    def __init__(self, read: Sequence[bytes | None], modulus: int | None) -> None:
        self.state = np.array([NO_KEY if key is None else HASHED if key else EMPTY for key in read], np.int64)
        self.at = np.flatnonzero(self.state == HASHED)
        self._keys = [key for key in read if key]
        self._modulus = modulus
        self._tries: list[Values] = []

    @cached_property
    def checksums(self) -> Values:
        """The whole checksum of each hashed key."""
        return np.array([crc32(key) for key in self._keys], np.int64)

    @cached_property
    def order(self) -> tuple[Values, Values]:
        """The hashed keys by ascending checksum, and these checksums: looked up in their order, one finds the next, five times as fast."""
        order = np.argsort(self.checksums)
        return order, self.checksums[order]

    def values(self, tried: int) -> Values:
        """The hash of each hashed key after so many tries that found nobody."""
        while len(self._tries) <= tried:
            self._tries.append(self._next())
        return self._tries[tried]

    def _next(self) -> Values:
        tried = len(self._tries)
        if self._modulus is None:
            sums = self.checksums if not tried else np.array([crc32(b"%d%b" % (tried, key)) for key in self._keys], np.int64)
            return (self._tries[-1] if tried else 0) + (sums >> 16 & 0x7FFF)
        before = self._tries[-1].tolist() if tried else [FIRST_OF_AN_ADDRESS] * len(self._keys)
        return np.array([_address(value, key, self._modulus) for value, key in zip(before, self._keys, strict=True)], np.int64)


def _address(value: int, address: bytes, modulus: int) -> int:
    for byte in address:
        value = (value * FACTOR_OF_AN_ADDRESS + byte) % modulus
    return value


def chosen(hashed: Hashed, weights: Sequence[int], usable: Sequence[bool]) -> Values:
    """The number of each hashed key's server, -1 where all tries found such as cannot serve."""
    bounds = np.array(list(accumulate(weights)), np.int64)
    able = np.array(usable)
    found = np.full(len(hashed.at), -1, np.int64)
    left = np.arange(len(found))
    for tried in range(MOST_TRIES if able.any() else 0):
        servers = np.searchsorted(bounds, hashed.values(tried)[left] % bounds[-1], "right")
        good = able[servers]
        found[left[good]] = servers[good]
        left = left[~good]
        if not len(left):
            break
    return found
