"""Lines of nginx's log formats: what was written is read back, what does not fit is counted."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.traffic.unescaped import unescape_default, unescape_json

from poise.model.access_log import Escape, LogFormat
from poise.model.could_not import CouldNot
from poise.traffic.formats.line_format import CUT_SHORT, EMPTY_LINE, FOREIGN, LineFormat
from poise.traffic.formats.nginx import compile_log_format, parts_of

MAIN = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    'rt=$request_time ua="$upstream_addr" us="$upstream_status" ut="$upstream_response_time"'
)
LINE = (
    b'127.0.0.1 - a b [27/Nov/2026:02:55:08 +0000] "GET /p%22a%0Ath HTTP/1.1" 200 2 "-" "we\\x22ird\\x5C \\xC3\\xA9" '
    b'rt=0.001 ua="127.0.0.1:21003, 127.0.0.1:21001" us="502, 200" ut="0.000, 0.001"'
)


def made(template: str, escape: Escape = "default", wanted: tuple[str, ...] | None = None) -> LineFormat:
    log_format = LogFormat("main", template, escape)
    found = compile_log_format(log_format) if wanted is None else compile_log_format(log_format, wanted)
    assert isinstance(found, LineFormat)
    return found


def test_a_line_of_a_retried_request() -> None:
    lines = made(MAIN)
    assert lines.fields == ("status", "request_time", "upstream_addr", "upstream_status", "upstream_response_time")
    found = lines.read(LINE + b"\n")
    assert found.rows == [(b"200", b"0.001", b"127.0.0.1:21003, 127.0.0.1:21001", b"502, 200", b"0.000, 0.001")]
    assert not found.rejected


def test_lines_that_do_not_fit_are_counted_by_reason() -> None:
    other = b'127.0.0.1 - - [27/Nov/2026:02:55:08 +0000] "GET / HTTP/1.1" 200 2 "-" "curl"'
    block = b"\n".join((LINE, LINE[:-20], b"", b"something else", other, LINE[:60], LINE, LINE[:40]))
    found = made(MAIN).read(block)
    assert len(found.rows) == 2
    # A line of a shorter format that begins alike cannot be told from one that was cut.
    assert found.rejected == Counter({CUT_SHORT: 4, EMPTY_LINE: 1, FOREIGN: 1})
    assert found.examples[FOREIGN] == b"something else"


def test_a_cut_line_takes_nothing_of_the_next() -> None:
    quoted = made('"$http_a" "$http_b"', wanted=("http_a", "http_b"))
    assert quoted.read(b'"x" "y\n"z" "w"\n').rows == [(b"z", b"w")]
    assert quoted.read(b'"x\n" "y"\n').rows == []


def test_without_quotes_the_end_of_a_value_is_in_doubt() -> None:
    loose = made("$http_user_agent $upstream_addr $upstream_status", wanted=("upstream_addr", "upstream_status"))
    assert loose.doubtful == ["http_user_agent"]
    assert loose.read(b"curl 8 10.0.0.1:80, 10.0.0.2:80 502, 200\n").rows == [(b"10.0.0.1:80, 10.0.0.2:80", b"502, 200")]
    assert made(MAIN).doubtful == ["remote_user"]
    assert made('{"a":"$http_a","b":"$http_b"}', "json").doubtful == []


def test_values_in_doubt_take_no_time_that_grows_with_a_power_of_the_line() -> None:
    loose = made("$http_a $http_b $http_c $http_d $http_e $status", wanted=("http_a", "http_b", "http_e", "status"))
    assert loose.doubtful == ["http_a", "http_b", "http_c", "http_d", "http_e"]
    assert loose.read(b"1 2 3 4 5 6 200\n").rows == [(b"1", b"2", b"5 6", b"200")]
    # With a choice of five ends among 8,000 blanks this would not end.
    assert loose.read(b" " * 8000 + b"\n").rows == []
    assert made("$http_a$http_b-$status", wanted=("http_a", "http_b", "status")).read(b"x-y-200\n").rows == [(b"", b"x-y", b"200")]


def test_braces_and_names_as_nginx_cuts_them() -> None:
    assert [getattr(part, "name", part) for part in parts_of(LogFormat("f", "${status}x$Request_Time-$$msec{"))] == [
        "status",
        b"x",
        "request_time",
        b"-$",
        "msec",
        b"{",
    ]


def test_formats_that_are_not_read_say_why() -> None:
    for template, why in (("$status\n$request", "several lines"), ("$status " * 400, "parts")):
        found = compile_log_format(LogFormat("odd", template))
        assert isinstance(found, CouldNot) and why in found.reason


SHAPES = {
    "status": r"[2-5][0-9]{2}",
    "request_time": r"[0-9]{1,3}\.[0-9]{3}",
    "msec": r"1[0-9]{9}\.[0-9]{3}",
    "body_bytes_sent": r"[0-9]{1,9}",
    "time_local": r"[0-3][0-9]/Nov/20[0-9]{2}:[0-2][0-9]:[0-5][0-9]:[0-5][0-9] [+-][01][0-9]00",
    "time_iso8601": r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][+-][01][0-9]:00",
    "remote_addr": r"[0-9]{1,3}\.[0-9]{1,3}\.1\.1|[0-9a-f:]{2,12}|unix:",
    "upstream_addr": r"-|(127\.0\.0\.[0-9]:90[0-9]{2}|\[::1\]:80|unix:/run/a\.sock|web)((, | : )(127\.0\.0\.[0-9]:80|web)){0,3}",
    "upstream_status": r"([2-5][0-9]{2}|-)((, | : )([2-5][0-9]{2}|-)){0,3}",
    "upstream_response_time": r"([0-9]{1,2}\.[0-9]{3}|-)((, | : )([0-9]\.[0-9]{3}|-)){0,3}",
}
DEFAULT = {c: rf"\x{c:02X}".encode() for c in (*range(32), 34, 92, *range(127, 256))}
JSON = {c: rf"\u{c:04X}".encode() for c in range(32)} | {34: rb"\"", 92: rb"\\", 10: rb"\n", 13: rb"\r", 9: rb"\t", 8: rb"\b", 12: rb"\f"}
FREE = ("request", "http_user_agent", "remote_user", "host", "server_name", "uri", "arg_a")


def escaped(value: bytes, escape: Escape) -> bytes:
    table = DEFAULT if escape == "default" else JSON
    return b"".join(table.get(byte, bytes((byte,))) for byte in value)


@st.composite
def lines(draw: st.DrawFn, escape: Escape) -> tuple[str, list[str], list[dict[str, bytes]]]:
    """A format, its variables, and what three requests hold. Every free value stands in quotes; numbers stand anywhere."""
    names = draw(st.lists(st.sampled_from((*SHAPES, *FREE)), min_size=1, max_size=9, unique=True))
    separators = draw(st.lists(st.sampled_from((" ", "|", " [", "] ", "\t", " key=", ",x:")), min_size=len(names), max_size=len(names)))
    template = "".join(sep + (f'"${name}"' if name in FREE else f"${{{name}}}") for sep, name in zip(separators, names, strict=True))
    rows = [
        {n: draw(st.from_regex(SHAPES[n], fullmatch=True)).encode() if n in SHAPES else draw(st.binary(max_size=12)) for n in names}
        for _ in range(3)
    ]
    return template, names, rows


@pytest.mark.parametrize("escape", ["default", "json"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back(escape: Escape, data: st.DataObject) -> None:
    template, names, rows = data.draw(lines(escape))
    reader = made(template, escape, tuple(names))
    block = b""
    for row in rows:
        line = template.encode()
        for name in names:
            line = re.sub(rb"\$\{?" + name.encode() + rb"\b\}?", lambda _, row=row, name=name: escaped(row[name], escape), line)
        block += line + b"\n"
    found = reader.read(block)
    unescape = unescape_default if escape == "default" else unescape_json
    read = [dict(zip(reader.fields, map(unescape, row), strict=False)) for row in found.rows]
    assert not found.rejected, (block, template)
    assert read == rows


PIECES = ("$status", "$http_a", "$upstream_addr", "${upstream_status}", '"', " ", "|", "$time_local")
TEMPLATES = st.text(st.sampled_from('${}"\\ |,:-[]()^*+?.abc_1\n\tä') | st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=80, deadline=None)
@given(
    template=TEMPLATES | st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    block=st.binary(max_size=200),
    escape=st.sampled_from(("default", "json", "none")),
)
def test_any_format_is_read_or_refused_with_a_reason(template: str, block: bytes, escape: Escape) -> None:
    found = compile_log_format(LogFormat("any", template, escape))
    if isinstance(found, CouldNot):
        assert found.reason
        return
    lines = found.read(block)
    whole = block.count(b"\n") + (bool(block) and not block.endswith(b"\n"))
    assert len(lines.rows) + lines.rejected.total() == whole
    assert len(lines.left) == lines.rejected.total()
