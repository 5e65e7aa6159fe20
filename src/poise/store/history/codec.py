"""A matrix of instants by components as bytes, and back. Pure.

Whole numbers come back as they were; others keep 13 bits, one in 8,000, which no mean of a load balancer is exact to. What stands still
costs nothing: rows are kept as their difference from the row before, byte by byte of all of them together, so that zlib finds the zeros.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Version of this form, kind of the values, rows, columns.
HEAD = struct.Struct("<BBII")
VERSION = 1
INTEGERS: tuple[np.dtype[np.signedinteger], ...] = (np.dtype("<i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))
FLOAT = len(INTEGERS)
# Above that not every whole number is a float64.
LARGEST = 2.0**53
LOW_BITS = 11
# What zlib may claim to hold: a damaged file must not take the memory.
MOST_CELLS = 50_000_000


class CodecError(ValueError):
    """The bytes are none of this form."""


def packed(seconds: Floats, values: Floats, exact: bool = False) -> bytes:
    """`values[t, i]` at `seconds[t]` since the epoch, kept to the millisecond. NaN is what was not measured. `exact` keeps 24 bits: of an
    availability the nines count."""
    rows, columns = values.shape
    missing = np.isnan(values)
    filled = _filled(values, missing)
    whole = bool(np.all((np.abs(filled) < LARGEST) & (filled == np.rint(filled))))
    if whole:
        steps: NDArray[np.int64] = filled.astype(np.int64)
        steps[1:] -= steps[:-1].copy()
        # The first row holds totals of any size: it stands apart, so that the others may be small.
        first, later = steps[:1].astype("<i8"), steps[1:]
        kind = next(k for k, d in enumerate(INTEGERS) if not later.size or _fits(later, d))
        body = _planes(first) + _planes(later.astype(INTEGERS[kind]))
    else:
        kind = FLOAT
        bits = _rounded(filled, 0 if exact else LOW_BITS).view("<u4")
        bits[1:] ^= bits[:-1].copy()
        body = _planes(bits)
    times = np.rint(seconds * 1000).astype("<i8")
    holes = np.packbits(missing).tobytes() if missing.any() else b""
    content = np.diff(times, prepend=0).astype("<i8").tobytes() + bytes([bool(holes)]) + holes + body
    return HEAD.pack(VERSION, kind, rows, columns) + zlib.compress(content, 1)


def unpacked(data: bytes) -> tuple[Floats, Floats]:
    """The seconds and the values. Raises CodecError."""
    try:
        version, kind, rows, columns = HEAD.unpack_from(data)
        if version != VERSION or kind > FLOAT or rows * max(1, columns) > MOST_CELLS:
            raise CodecError(f"form {version}, kind {kind}, {rows} × {columns}")
        size = rows * columns
        most = rows * 8 + 1 + size // 8 + 1 + columns * 8 + size * 8
        content = zlib.decompressobj().decompress(data[HEAD.size :], most)
        times = np.cumsum(np.frombuffer(content, "<i8", rows))
        place = rows * 8 + 1
        missing: NDArray[np.bool_] | None = None
        if content[place - 1]:
            length = -(-size // 8)
            missing = np.unpackbits(np.frombuffer(content, np.uint8, length, place), count=size).astype(bool).reshape(rows, columns)
            place += length
        values = _values(content[place:], kind, rows, columns)
    except (struct.error, zlib.error, ValueError, IndexError) as error:
        raise CodecError(f"it is damaged, or of a newer poise: {error}") from error
    if missing is not None:
        values[missing] = np.nan
    return times / 1000.0, values


def _values(body: bytes, kind: int, rows: int, columns: int) -> Floats:
    if kind == FLOAT:
        bits = _matrix(body, np.dtype("<u4"), rows, columns)
        return np.bitwise_xor.accumulate(bits, axis=0).view("<f4").astype(np.float64)
    here = min(rows, 1)
    first = _matrix(body[: here * columns * 8], np.dtype("<i8"), here, columns)
    later = _matrix(body[here * columns * 8 :], INTEGERS[kind], rows - here, columns)
    return np.cumsum(np.concatenate([first, later.astype(np.int64)]), axis=0).astype(np.float64)


def _filled(values: Floats, missing: NDArray[np.bool_]) -> Floats:
    """Each hole with the value before it (0 where there is none): it costs nothing then."""
    if not missing.any():
        return values
    rows = np.where(missing, -1, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    return np.where(last < 0, 0.0, np.take_along_axis(values, np.maximum(last, 0), axis=0))


def _fits(steps: NDArray[np.int64], kind: "np.dtype[np.signedinteger]") -> bool:
    limits = np.iinfo(kind)
    return bool(steps.min() >= limits.min and steps.max() <= limits.max)


def _rounded(values: Floats, low_bits: int) -> NDArray[np.float32]:
    """Without so many low bits. With 11 of them 13 bits are left: the mantissa's 12 and the one that is not written."""
    with np.errstate(over="ignore"):
        bits = values.astype("<f4").view("<u4")
    finite = (bits & 0x7F800000) != 0x7F800000
    rounded = (bits + np.uint32((1 << low_bits) >> 1)) & np.uint32(0xFFFFFFFF << low_bits & 0xFFFFFFFF)
    return np.where(finite, rounded, bits).astype("<u4").view("<f4")


def _planes(matrix: NDArray[np.generic]) -> bytes:
    """All first bytes, then all second ones, of each component's course."""
    size = matrix.dtype.itemsize
    return np.ascontiguousarray(matrix.T).view(np.uint8).reshape(-1, size).T.tobytes()


def _matrix(body: bytes, kind: "np.dtype[np.generic]", rows: int, columns: int) -> NDArray[np.generic]:
    if len(body) != rows * columns * kind.itemsize:
        raise CodecError(f"{len(body)} bytes for {rows} × {columns}")
    planes = np.frombuffer(body, np.uint8).reshape(kind.itemsize, -1)
    return np.ascontiguousarray(np.ascontiguousarray(planes.T).reshape(-1).view(kind).reshape(columns, rows).T)
