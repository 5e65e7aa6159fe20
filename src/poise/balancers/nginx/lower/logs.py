"""Which requests are logged where, and in which format: `access_log` with its inheritance, `log_format`, and what nginx does without.

Source: ngx_http_log_module; an inner block's lines replace the outer ones, `off` wins over others of its level, and without any line
requests go to the log that nginx was built with, in the format `combined`. In a stream block there is no such log.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.lower.scope import MOST_DEPTH, PASSES
from poise.model.access_log import AccessLog, Escape, LogFormat, Logged
from poise.model.topology import Listener, Mode

COMBINED = LogFormat(
    "combined", '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
_ENDING = re.compile(r"\$([A-Za-z0-9_]+)\Z")
_NESTED = frozenset(("location", "if", "limit_except"))


def log_formats(body: Iterable[Directive]) -> dict[str, LogFormat]:
    """The formats that an http or stream block declares, by name. The pieces of a format are put together without anything in between."""
    found = {}
    for line in body:
        if line.name == "log_format" and line.args:
            name, *pieces = line.args
            escape = "default"
            if pieces and pieces[0].startswith("escape="):
                escape = pieces.pop(0).removeprefix("escape=")
            found[name] = LogFormat(name, _put_together(pieces), cast(Escape, escape), line.location())
    return found


def _put_together(pieces: Sequence[str]) -> str:
    """One text of a format's pieces. A variable ends with its piece: `'$a' 'b'` is `${a}b` and not `$ab`."""
    whole = ""
    for piece in pieces:
        if piece[:1].isascii() and (piece[:1].isalnum() or piece[:1] == "_"):
            whole = _ENDING.sub(r"${\1}", whole)
        whole += piece
    return whole


class Logs:
    """The logs of one http or stream block."""

    def __init__(self, body: Sequence[Directive], mode: Mode) -> None:
        self._formats = log_formats(body)
        if mode == "http":
            self._formats.setdefault("combined", COMBINED)
        self._mode = mode
        self._read: dict[int, AccessLog] = {}
        self._outer = _own(body)
        self._asked = _subrequests(line for line in body if line.body is None)

    def logged(self, block: Directive, listener: Listener) -> tuple[Logged, ...]:
        """What one `server` block logs, requests that are logged alike together."""
        pools: dict[tuple[str, int, int], list[str]] = {}
        for route in listener.routes:
            pools.setdefault((route.location.file, route.location.line, route.location.column), []).append(route.pool)
        asked = {**self._asked, **_subrequests([block])}
        hidden: list[Logged] = []
        groups: dict[tuple[int, ...], tuple[list[Directive] | None, dict[str, None]]] = {}
        waiting: list[tuple[Directive, list[Directive] | None, int]] = [(block, self._outer, 0)]
        while waiting:
            inner, lines, depth = waiting.pop()
            body = inner.body or []
            own = _own(body)
            lines = lines if own is None else own
            by = asked.get(inner.args[-1]) if inner.name == "location" and inner.args else None
            key = tuple(id(line) for line in lines) if lines is not None else ()
            passed = groups.setdefault(key, (lines, {}))[1] if by is None else {}
            for each in body:
                if each.body is None and each.name in PASSES:
                    place = each.location()
                    passed.update(dict.fromkeys(pools.get((place.file, place.line, place.column), ())))
                elif each.body is not None and each.name in _NESTED and depth < MOST_DEPTH:
                    waiting.append((each, lines, depth + 1))
            if by is not None and passed:
                hidden.append(Logged(listener.name, (), tuple(passed), by.location(), by.name))
        return (*(self._group(lines, tuple(passed), listener) for lines, passed in groups.values()), *hidden)

    def _group(self, lines: list[Directive] | None, pools: tuple[str, ...], listener: Listener) -> Logged:
        if lines is None:
            built_in = AccessLog("", COMBINED, listener.location)
            return Logged(listener.name, (built_in,) if self._mode == "http" else (), pools, listener.location)
        off = next((line for line in lines if line.args == ("off",)), None)
        logs = tuple(self._log(line) for line in lines if line.args) if off is None else ()
        return Logged(listener.name, logs, pools, (off or lines[0]).location())

    def _log(self, line: Directive) -> AccessLog:
        if id(line) not in self._read:
            target, *words = line.args
            name = words.pop(0) if words and not _is_option(words[0]) else "combined"
            self._read[id(line)] = AccessLog(target, self._formats.get(name), line.location(), _options(words))
        return self._read[id(line)]


def _subrequests(body: Iterable[Directive]) -> dict[str, Directive]:
    """The paths that nginx asks for beside a request, by the line that says so; none where such requests are logged too."""
    found: dict[str, Directive] = {}
    waiting = list(body)
    while waiting:
        each = waiting.pop()
        if each.name == "log_subrequest" and each.args == ("on",):
            return {}
        if each.name in ("auth_request", "mirror") and each.args and each.args[0] != "off":
            found.setdefault(each.args[0], each)
        if each.name in _NESTED or each.name == "server":
            waiting += each.body or []
    return found


def _own(body: Iterable[Directive]) -> list[Directive] | None:
    """The lines of this level itself; None where it has none and the outer ones hold."""
    return [line for line in body if line.name == "access_log" and line.body is None] or None


def _is_option(word: str) -> bool:
    return word.partition("=")[0] in ("buffer", "flush", "gzip", "if")


def _options(words: Iterable[str]) -> Mapping[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}
