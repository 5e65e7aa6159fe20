"""Durations as each product reads them. Pure."""

import re
from datetime import timedelta
from functools import lru_cache

from poise.model.regexp import regexp

# Units of HAProxy's manual, section 2.5; without a unit the options that rules read are in milliseconds.
HAPROXY_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1e-3}
# The longest time HAProxy holds: 2147483647 ms, about 24.8 days.
LONGEST = timedelta(milliseconds=2147483647)
# ngx_parse_time: without a unit seconds.
NGINX_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "M": 2592000.0, "y": 31536000.0}
_PROTOBUF = regexp(r"(\d{1,11})(?:\.(\d{1,9}))?s")


@lru_cache(maxsize=256)
def haproxy_span(text: str) -> timedelta | None:
    """A duration as HAProxy's options have it, "500ms" or "2s"; None if it is not one."""
    found = re.fullmatch(r"(\d{1,12})(us|ms|s|m|h|d|)", text.strip())
    return min(timedelta(seconds=min(int(found[1]) * HAPROXY_UNITS[found[2]], 1e9)), LONGEST) if found else None


@lru_cache(maxsize=256)
def nginx_span(text: str | None) -> timedelta | None:
    """A duration as nginx reads it, "1h 30m", "500ms" or "60"; None if it is not one."""
    words = re.findall(r"(\d{1,9})(ms|[smhdwMy]?)\s*", text or "")
    if not words or "".join(n + u for n, u in words) != re.sub(r"\s+", "", text or ""):
        return None
    try:
        return timedelta(seconds=sum(int(number) * NGINX_UNITS[unit] for number, unit in words))
    except OverflowError:
        return None


def envoy_span(text: str | None) -> timedelta | None:
    """A duration as Protobuf writes it, "0.25s"; None if it is not one."""
    found = _PROTOBUF.fullmatch(text) if text else None
    return timedelta(seconds=int(found[1]), microseconds=int((found[2] or "").ljust(6, "0")[:6])) if found else None
