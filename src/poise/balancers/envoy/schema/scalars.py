"""What Envoy makes of a scalar in a field of a given kind, or why it refuses it: protobuf's JSON reader in its lenient mode. Pure.

Checked with Envoy 1.40; source: https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/json/internal/parser.cc
"""

import math
import re

from poise.balancers.envoy.document import Scalar
from poise.balancers.envoy.schema.table import enum
from poise.model.regexp import regexp

Value = str | int | float | bool

_WHOLE = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*")
_FLOATING = regexp(
    r"[ \t\n\v\f\r]*[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf(?:inity)?|nan)[ \t\n\v\f\r]*", re.IGNORECASE
)
_HEX = regexp(r"[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]{1,5})?", re.IGNORECASE)
_DURATION = regexp(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,9}))?s")
_BASE64 = regexp(r"[A-Za-z0-9+/_-]*")
_TIMESTAMP = regexp(r"\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_TRUE, _FALSE = frozenset(("true", "t", "yes", "y", "1")), frozenset(("false", "f", "no", "n", "0"))
_RANGES = {"i": (-(2**31), 2**31 - 1), "I": (-(2**63), 2**63 - 1), "u": (0, 2**32 - 1), "U": (0, 2**64 - 1)}
# Envoy counts durations in nanoseconds of 64 bits and refuses those that do not fit, and negative ones.
LONGEST = 2**63 - 1


class WrongError(ValueError):
    """Why a value is refused, as the end of a sentence that names the field; never leaves the schema."""


def scalar_value(node: Scalar, kind: str, type_name: str) -> Value:
    """The value of this scalar for a field of `kind`; raises WrongError. Numbers are exact, enums their number."""
    if kind == "s":
        if node.kind != "string":
            raise WrongError(f"must be text, but Envoy reads `{node.value}` as a {_called(node)}: put it in quotes")
        return node.value
    if kind == "b":
        return _boolean(node)
    if kind == "e":
        return _enumerated(node, type_name)
    if kind == "y":
        return _encoded(node)
    if node.kind not in ("number", "string"):
        raise WrongError(f"must be a number, not {_shown(node)}")
    return _whole(node.value, kind) if kind in _RANGES else _floating(node.value)


def duration_value(node: Scalar) -> int:
    """Nanoseconds of `0.25s`; raises WrongError."""
    found = _DURATION.fullmatch(node.value) if node.kind == "string" else None
    if found is None:
        raise WrongError(f"must be a duration in seconds such as `0.25s` or `30s`, not {_shown(node)}")
    length = int(found[2]) * 10**9 + int((found[3] or "0").ljust(9, "0"))
    return checked_duration(-length if found[1] else length)


def checked_duration(nanoseconds: int) -> int:
    """The same, if Envoy can count it."""
    if nanoseconds < 0 or nanoseconds > LONGEST:
        raise WrongError("must not be negative" if nanoseconds < 0 else "is longer than Envoy can count (292 years)")
    return nanoseconds


def timestamp_value(node: Scalar) -> str:
    """The text of a timestamp; raises WrongError."""
    if node.kind != "string" or not _TIMESTAMP.fullmatch(node.value):
        raise WrongError(f"must be a time such as `2026-01-31T12:00:00Z`, not {_shown(node)}")
    return node.value


def _called(node: Scalar) -> str:
    return {"bool": "boolean", "number": "number"}.get(node.kind, node.kind)


def _shown(node: Scalar) -> str:
    value = node.value if len(node.value) <= 60 else node.value[:57] + "…"
    return f"`{value}`" if node.kind != "null" else "null"


def _boolean(node: Scalar) -> bool:
    word = node.value.lower()
    if node.kind == "bool" or (node.kind == "string" and word in _TRUE | _FALSE):
        return word in _TRUE
    raise WrongError(f"must be true or false, not {_shown(node)}")


def _enumerated(node: Scalar, type_name: str) -> int:
    values = enum(type_name)
    if node.kind == "string" and node.value.upper() in values:
        number, refused = values[node.value.upper()]
        if refused:
            raise WrongError(f"is `{node.value}`, which Envoy no longer takes")
        return number
    found = _WHOLE.fullmatch(node.value) if node.kind in ("number", "string") and len(node.value) < 40 else None
    if found is not None and -(2**31) <= int(found[1]) < 2**31:
        return int(found[1])
    raise WrongError(f"must be one of {', '.join(sorted(values)) or 'the known values'}, not {_shown(node)}")


def _encoded(node: Scalar) -> str:
    body = node.value
    if len(body) % 4 == 0:
        body = body[:-2] if body.endswith("==") else body.removesuffix("=")
    if node.kind != "string" or len(body) % 4 == 1 or not _BASE64.fullmatch(body):
        raise WrongError("must be Base64 text; write plain text as `inline_string`")
    return body


def _whole(value: str, kind: str) -> int:
    lowest, highest = _RANGES[kind]
    bits = "64" if kind in "IU" else "32"
    found = _WHOLE.fullmatch(value) if len(value) < 400 else None
    if found is not None and value == value.strip():
        number = int(found[1])
        if kind in "uU" and found[1].startswith("-") and number:
            raise WrongError("must not be negative")
    else:
        floating = _floating(value) if value == value.strip() else math.nan
        if not math.isfinite(floating) or floating != int(floating) or abs(floating) > 2**54:
            raise WrongError(f"must be a whole number, not `{value[:60]}`")
        number = int(floating)
    if not lowest <= number <= highest:
        raise WrongError("must not be negative" if number < 0 and lowest == 0 else f"does not fit into a number of {bits} bits")
    return number


def _floating(value: str) -> float:
    if _FLOATING.fullmatch(value):
        return float(value.strip(" \t\n\v\f\r"))
    if _HEX.fullmatch(value.strip()):
        try:
            return float.fromhex(value.strip())
        except (OverflowError, ValueError):
            return math.inf
    raise WrongError(f"must be a number, not `{value[:60]}`")
