"""nginx's `log_format`, compiled."""

import re
from collections.abc import Collection

from poise.model.access_log import LogFormat
from poise.model.could_not import CouldNot
from poise.traffic.formats.line_format import LineFormat, Part, Value, line_format
from poise.traffic.formats.nginx_variables import kind_of

# What one look needs to credit each attempt to its server, and each request to its listener.
WANTED = frozenset(
    (
        *("status", "request_time", "session_time", "server_name", "host", "http_host", "server_port", "proxy_host", "upstream_name"),
        *("upstream_addr", "upstream_status", "upstream_response_time", "upstream_connect_time", "upstream_header_time"),
        *("upstream_session_time", "upstream_first_byte_time"),
    )
)
TIMES = ("msec", "time_iso8601", "time_local")
# As ngx_http_log_compile_format cuts it: letters, digits and the underline, with braces or without.
_CUT = re.compile(r"\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


def parts_of(log_format: LogFormat) -> list[Part]:
    """The format's fixed texts and values, in order. Names of variables are in lower case, as nginx compares them."""
    parts: list[Part] = []
    at = 0
    for found in _CUT.finditer(log_format.template):
        parts.append(log_format.template[at : found.start()].encode("utf-8", "surrogateescape"))
        name = (found[1] or found[2]).lower()
        parts.append(Value(name, kind_of(name, log_format.escape)))
        at = found.end()
    parts.append(log_format.template[at:].encode("utf-8", "surrogateescape"))
    return [part for part in parts if part]


def compile_log_format(log_format: LogFormat, wanted: Collection[str] = WANTED) -> LineFormat | CouldNot:
    """A reader of that format's lines that gives those of the `wanted` variables that are in it."""
    place = f"log_format {log_format.name}"
    return line_format(place, parts_of(log_format), wanted)
