"""What the values of nginx's variables look like in a log, as far as it lets a reader know where they end.

Checked with lines that nginx 1.22 and 1.31 wrote. With the default escaping no value holds a quote, a control byte or one above 126
(`\\xHH` stands for it); with `json` a quote only behind a backslash; with `none` anything.
"""

from poise.model.access_log import Escape
from poise.traffic.formats.line_format import Kind

_CONTROL = frozenset(range(32))
_ABOVE = frozenset(range(127, 256))
_NOT_IN_WORDS = frozenset(b" \"',;|[]()<>{}=")
_NOT_IN_NUMBERS = frozenset(range(256)) - frozenset(b"0123456789.-")
_NOT_IN_LISTS = _NOT_IN_NUMBERS - frozenset(b",: ")

_INTEGER = Kind(_NOT_IN_NUMBERS, rb"[0-9]++")
_NUMBER = Kind(_NOT_IN_NUMBERS, rb"(?:[0-9]++(?:\.[0-9]++)?|-|)")
_SECONDS = Kind(_NOT_IN_NUMBERS, rb"[0-9]++\.[0-9]{3}")
_LOCAL = Kind(frozenset(b'"]'), rb"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}")
_ISO = Kind(frozenset(b'" ]'), rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{2}:[0-9]{2}")
_WORD = Kind(_CONTROL | _ABOVE | _NOT_IN_WORDS)
# One value for each attempt: ", " stands between attempts, " : " between groups of them.
_LIST = Kind(_NOT_IN_LISTS, rb"[0-9.-]*+(?:(?:,| :) [0-9.-]*+)*", lax=True)
_ADDRESS = rb"(?:[A-Za-z0-9_.:~/@%+-]++|\[[0-9A-Fa-f:.]++\](?::[0-9]++)?|)"
_ADDRESSES = Kind(_CONTROL | _ABOVE | frozenset(b'"'), _ADDRESS + rb"(?:(?:,| :) " + _ADDRESS + rb")*", lax=True)

_TEXT = {
    "default": Kind(_CONTROL | _ABOVE | frozenset(b'"')),
    "json": Kind(_CONTROL, before_quote=rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*'),
    "none": Kind(),
}
_KINDS = {
    "status": Kind(_NOT_IN_NUMBERS, rb"[0-9]{3,}+"),
    "request_time": _SECONDS,
    "msec": _SECONDS,
    "time_local": _LOCAL,
    "time_iso8601": _ISO,
    "upstream_addr": _ADDRESSES,
    **dict.fromkeys(("bytes_sent", "body_bytes_sent", "request_length"), _INTEGER),
    **dict.fromkeys(
        ("connection", "connection_requests", "connection_time", "server_port", "remote_port", "pid", "session_time", "bytes_received"),
        _NUMBER,
    ),
    **dict.fromkeys(
        (
            *("upstream_status", "upstream_response_time", "upstream_connect_time", "upstream_header_time", "upstream_session_time"),
            *("upstream_first_byte_time", "upstream_bytes_received", "upstream_bytes_sent", "upstream_response_length"),
            "upstream_queue_time",
        ),
        _LIST,
    ),
    **dict.fromkeys(("remote_addr", "server_addr", "realip_remote_addr", "request_id", "scheme", "pipe", "request_method"), _WORD),
}


def kind_of(variable: str, escape: Escape) -> Kind:
    """What is known of that variable's values."""
    return _KINDS.get(variable, _TEXT[escape])
