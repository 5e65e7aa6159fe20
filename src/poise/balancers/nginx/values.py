"""Values as nginx reads them: numbers, sizes, times, addresses.

Sources: nginx.org "Configuration file measurement units"; ngx_parse.c, whose refusals were checked with 1.22 and 1.31.
"""

from datetime import timedelta
from functools import lru_cache

from poise.model.regexp import regexp

_TIME = regexp(r"(\d+)(y|M|w|d|h|ms|m|s)?[ ]*")
_SECONDS = {"y": 31_536_000, "M": 2_592_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_ORDER = ("y", "M", "w", "d", "h", "m", "s", "ms")
_SIZE = regexp(r"(\d+)([kKmM]?)")
_OFFSET = regexp(r"(\d+)([kKmMgG]?)")
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
# nginx keeps numbers in a signed 64-bit integer.
_MOST = 2**63 - 1


def number(text: str) -> int | None:
    """A number of digits only; None where nginx refuses it."""
    if not text.isascii() or not text.isdigit():
        return None
    if len(text) < 19:
        return int(text)
    if len(text) > 19 + text.count("0"):
        return None
    value = int(text) if len(text) < 40 else _MOST + 1
    return value if value <= _MOST else None


def size(text: str, most: str = "m") -> int | None:
    """Bytes of a size such as `8k` or `1m` (with `most="g"` also `1g`); None where nginx refuses it."""
    found = (_OFFSET if most == "g" else _SIZE).fullmatch(text) if text.isascii() else None
    value = number(found[1]) if found else None
    if found is None or value is None:
        return None
    value *= _UNITS[found[2].lower()]
    return value if value <= _MOST else None


def _time(text: str, order: tuple[str, ...]) -> int | None:
    # The same few times stand in a large file again and again; only they are remembered, not what somebody fills a line with.
    return _short_time(text, order) if len(text) < 12 else _any_time(text, order)


@lru_cache(maxsize=256)
def _short_time(text: str, order: tuple[str, ...]) -> int | None:
    return _any_time(text, order)


def _any_time(text: str, order: tuple[str, ...]) -> int | None:
    if not text or not text.isascii():
        return None
    total, at, last = 0, 0, -1
    while at < len(text):
        found = _TIME.match(text, at)
        if found is None or number(found[1]) is None:
            return None
        unit, at = found[2], found.end()
        if unit is None:
            # A number without a unit counts as seconds, and may only end the time.
            if at < len(text):
                return None
        elif unit not in order or order.index(unit) <= last:
            return None
        else:
            last = order.index(unit)
        total += int(found[1]) * (1 if unit == "ms" else _SECONDS[unit or "s"] * 1000)
        if total > _MOST:
            return None
    return total


def milliseconds(text: str) -> int | None:
    """A time such as `1h 30m`, `60s`, `500ms` or `5` (seconds) in milliseconds, for directives that count those; None where nginx refuses
    it. Units must fall in size; months and years are refused."""
    return _time(text, _ORDER[2:])


def seconds(text: str) -> int | None:
    """A time in seconds, for directives that count those; None where nginx refuses it, milliseconds included."""
    value = _time(text, _ORDER[:-1])
    return None if value is None else value // 1000


def duration(text: str) -> timedelta | None:
    """A time as a timedelta; None where nginx refuses it or it is longer than a timedelta holds."""
    return _short_duration(text) if len(text) < 12 else _any_duration(text)


@lru_cache(maxsize=256)
def _short_duration(text: str) -> timedelta | None:
    return _any_duration(text)


def _any_duration(text: str) -> timedelta | None:
    value = _time(text, _ORDER)
    try:
        return None if value is None else timedelta(milliseconds=value)
    except OverflowError:
        return None


def host_and_port(address: str) -> tuple[str, str | None]:
    """Cuts `host:port` or `[v6]:port`; the port is None where none is written, the host keeps its brackets."""
    if address.startswith("["):
        host, bracket, rest = address.partition("]")
        return host + bracket, rest[1:] if rest.startswith(":") else rest or None
    host, colon, port = address.partition(":")
    return (host, port) if colon else (address, None)


def server_address(written: str, default_port: int | None) -> str:
    """The address as host:port, or the path of a socket (`unix:/x` → `/x`). Without any port it stays as written."""
    if written.startswith("unix:"):
        return written.removeprefix("unix:")
    port = host_and_port(written)[1]
    host = written
    if port is None and default_port is not None:
        return f"{host}:{default_port}"
    return written
