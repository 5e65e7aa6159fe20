"""Numbers, durations and addresses the way HAProxy reads them, which is often laxer than one would think.

Checked against 2.6.12 and 2.8.25: a weight of `abc` is accepted as 0 and `1x` as 1 (C's atol), a port above 65535 is refused.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from poise.model.regexp import regexp

_INTEGER = re.compile(r"[ \t\v\f\r\n]*([+-]?\d{1,18})")
_DURATION = re.compile(r"(\d{1,20})(us|ms|s|m|h|d)?")
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_VARIABLE = regexp(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_PREFIX = re.compile(r"(?:(?:stream|dgram|tcp|udp|quic|mptcp|proxy|rhttp|ipv4|ipv6|quic4|quic6|tcp4|tcp6|udp4|udp6)[+@])*")
# The longest time HAProxy holds: 2147483647 ms, about 24.8 days.
LONGEST = timedelta(milliseconds=2147483647)


def integer(text: str) -> int:
    """The number at the beginning of `text`, 0 if there is none: C's atol, which HAProxy uses for weights, limits and counts."""
    if text.isdecimal() and text.isascii() and len(text) < 19:
        return int(text)
    match = _INTEGER.match(text)
    return int(match.group(1)) if match else 0


def duration(text: str, default_unit: str = "ms") -> timedelta | str:
    """The time that `text` says, or what is wrong with it. What follows a first unit is ignored, as HAProxy does (with a warning)."""
    # The same few times stand in every server's line; only they are remembered, not what somebody fills a line with.
    return _short_duration(text, default_unit) if len(text) < 12 else _duration(text, default_unit)


@lru_cache(maxsize=256)
def _short_duration(text: str, default_unit: str) -> timedelta | str:
    return _duration(text, default_unit)


def _duration(text: str, default_unit: str) -> timedelta | str:
    match = _DURATION.match(text)
    if match is None:
        return f"`{text}` is not a time: write a number with us, ms, s, m, h or d behind it, e.g. 5s"
    rest = text[match.end() :]
    if match.group(2) is None and rest:
        return f"`{text}` is not a time: `{rest[0]}` is none of the units us, ms, s, m, h, d"
    microseconds = int(match.group(1)) * _UNITS[match.group(2) or default_unit]
    if microseconds > LONGEST // timedelta(microseconds=1):
        return f"`{text}` is longer than HAProxy can hold (2147483647 ms, about 24.8 days)"
    return timedelta(microseconds=microseconds)


def split_address(address: str) -> tuple[str, str | None]:
    """Host and port of an address as written; the port is None where none is written or for a socket's path. No prefix is removed."""
    bare = _PREFIX.sub("", address, count=1) if "@" in address else address
    if bare.startswith(("/", "unix@", "abns@", "abnsz@", "fd@", "sockpair@")) or ":" not in bare:
        return address, None
    host, _, port = address.rpartition(":")
    if port.endswith("]"):
        return address, None
    return host, port


def expand(address: str, environment: Mapping[str, str]) -> tuple[str, str | None]:
    """`address` with `$NAME` and `${NAME}` replaced, and the first name that has no value.

    HAProxy does this in addresses, even outside quotes.
    """
    if "$" not in address:
        return address, None
    unset: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        if name not in environment:
            unset.append(name)
        return environment.get(name, "")

    return _VARIABLE.sub(value, address), unset[0] if unset else None


def address_error(address: str) -> str | None:
    """Why HAProxy would refuse `address` as a server's, None if it would not. Names are not resolved."""
    if not address:
        return "the address is empty"
    if address.startswith("fd@"):
        return f"a file descriptor (`{address}`) cannot be a server's address"
    _, port = split_address(address)
    if not port or (len(port) < 5 and port.isdecimal() and port.isascii()):
        return None
    if re.fullmatch(r"\d+-\d+", port):
        return f"a range of ports is not permitted in a server's address (`{address}`)"
    if not re.fullmatch(r"[+-]?\d+", port):
        return f"`{port}` is not a port number in `{address}`"
    if abs(int(port[-9:])) > 65535 or len(port) > 9:
        return f"port {port} is above 65535 in `{address}`"
    return None


def bind_error(address: str) -> str | None:
    """Why HAProxy would refuse `address` on a `bind` line, None if it would not."""
    bare = _PREFIX.sub("", address, count=1)
    if bare.startswith(("/", "unix@", "abns@", "abnsz@", "fd@", "sockpair@")):
        return None
    _, port = split_address(address)
    if not port:
        return f"`{address}` has no port: write it as address:port"
    if not re.fullmatch(r"\d+(-\d+)?", port):
        return f"`{port}` is not a port number in `{address}`"
    if any(int(part[-9:]) > 65535 or len(part) > 9 for part in port.split("-")):
        return f"port {port} is above 65535 in `{address}`"
    return None
