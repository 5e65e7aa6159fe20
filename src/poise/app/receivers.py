"""The `[receiver.NAME]` tables of poise.toml: who is told of alerts. A secret that stands there itself is refused, and never repeated."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal, TypeGuard, get_args
from urllib.parse import urlsplit

from poise.model.finding import SEVERITY_ORDER
from poise.model.matcher import Matcher, MatchField, WrongMatcherError, parse_matcher
from poise.model.receiver import GROUP_BY, TO_ALERTMANAGER, Encryption, Receiver, ReceiverKind, Reference, Smtp, Timing

Mistake = tuple[tuple[str, ...], str]
KINDS: tuple[ReceiverKind, ...] = get_args(ReceiverKind)
GROUPABLE: tuple[MatchField, ...] = ("load_balancer", "pool", "detector", "component")
TIMES = ("group_wait", "group_interval", "repeat_interval")
COMMON = ("kind", "severity", "pages_only", "match", "send_resolved", "group_by", *TIMES)
OVER_HTTP = ("url", "url_file", "url_env", "user", "password_file", "password_env", "token_file", "token_env", "ca_file")
KEYS: Mapping[ReceiverKind, tuple[str, ...]] = {
    "apprise": (*COMMON, "url_file", "url_env"),
    "webhook": (*COMMON, *OVER_HTTP),
    "alertmanager": (*COMMON, *OVER_HTTP),
    "email": (*COMMON, "server", "from", "to", "tls", "user", "password_file", "password_env", "ca_file"),
}
SECRETS = ("password", "token", "secret", "api_key", "apikey", "key", "bearer", "authorization")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_DURATION = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A part of a path with as many letters and digits mixed is a token sooner than a name: the shortest in use have 16 and more.
_TOKEN = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_.~%+=:-]{16,}")


class _WrongError(ValueError):
    """The key, and what is wrong with its value."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


def receivers(tables: Mapping[str, Any]) -> tuple[tuple[Receiver, ...], list[Mistake]]:
    """All that are right, and every mistake in the others."""
    found: list[Receiver] = []
    mistakes: list[Mistake] = []
    for name, table in tables.items():
        path = ("receiver", name)
        if not isinstance(table, Mapping):
            mistakes.append((path, f"must be a table: write [receiver.{name}]"))
            continue
        if not NAME.fullmatch(name):
            mistakes.append((path, "must have a name of letters, digits, `-`, `_` and `.` alone"))
            continue
        wrong = [((*path, key) if key else path, what) for key, what in _unfit(table)]
        if not wrong:
            try:
                found.append(_receiver(name, table))
            except _WrongError as problem:
                wrong = [((*path, problem.key), str(problem))]
        mistakes += wrong
    return tuple(found), mistakes


def _unfit(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys that do not belong there, secrets first."""
    kind = table.get("kind")
    if kind not in KINDS:
        yield "kind", f"must be one of {', '.join(KINDS)}"
        return
    for key in table:
        if key in KEYS[kind]:
            continue
        if key in SECRETS:
            which = "token" if key in ("token", "bearer", "authorization") else "password"
            yield key, f"holds a secret, which must not stand in this file: put it into a file or a variable and write {_remedy(which)}"
        elif key == "url" and kind == "apprise":
            yield key, f"holds the service's token, as all URLs of Apprise do: put it into a file or a variable and write {_remedy('url')}"
        else:
            close = get_close_matches(key, KEYS[kind], 1)
            yield (
                key,
                "is not a key of this kind of receiver. " + (f"Did you mean `{close[0]}`?" if close else f"Keys: {', '.join(KEYS[kind])}"),
            )
    needed = ("server", "from", "to") if kind == "email" else ()
    for key in needed:
        if key not in table:
            yield "", f"lacks the key `{key}`. Add it"
    urls = [key for key in ("url", "url_file", "url_env") if key in table]
    if kind != "email" and len(urls) != 1:
        yield (
            "",
            f"needs one of {'' if kind == 'apprise' else 'url, '}url_file and url_env" + (f", not {' and '.join(urls)}" if urls else ""),
        )


def _remedy(what: str) -> str:
    return f'{what}_file = "/etc/poise/…" or {what}_env = "NAME"'


def _receiver(name: str, table: Mapping[str, Any]) -> Receiver:
    kind: ReceiverKind = table["kind"]
    timing = TO_ALERTMANAGER if kind == "alertmanager" else Timing()
    times = {key: _duration(key, table[key]) for key in TIMES if key in table}
    severity = table.get("severity", "warning")
    if severity not in SEVERITY_ORDER:
        raise _WrongError("severity", f"must be one of {', '.join(SEVERITY_ORDER)}")
    if "repeat_interval" in times and times["repeat_interval"] < timedelta(minutes=1):
        raise _WrongError("repeat_interval", 'must be at least "1m"')
    return Receiver(
        name,
        kind,
        _plain_url(table["url"]) if "url" in table else None,
        _reference(table, "url"),
        _text(table, "user"),
        _reference(table, "password"),
        _reference(table, "token"),
        _smtp(table) if kind == "email" else None,
        _text(table, "ca_file"),
        severity,
        _flag(table, "pages_only", kind != "alertmanager"),
        _matchers(table.get("match", [])),
        _flag(table, "send_resolved", True),
        _group_by(table.get("group_by", list(GROUP_BY))),
        Timing(*(times.get(key, getattr(timing, key)) for key in TIMES)),
    )


def _plain_url(value: Any) -> str:
    """A URL that may stand in the file: it says where, and opens nothing."""
    if not isinstance(value, str):
        raise _WrongError("url", 'must be text in quotes, e.g. "https://hooks.example.com/poise"')
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise _WrongError("url", "must be a URL that begins with http:// or https://")
    if parts.username or parts.password or parts.query or any(_TOKEN.fullmatch(part) for part in parts.path.split("/")):
        raise _WrongError(
            "url", f"seems to hold a secret, which must not stand in this file: put it into a file and write {_remedy('url')}"
        )
    return value


def _reference(table: Mapping[str, Any], what: str) -> Reference | None:
    kinds: tuple[Literal["file", "env"], ...] = ("file", "env")
    found = [Reference(kind, text) for kind in kinds if (text := _text(table, f"{what}_{kind}")) is not None]
    if len(found) > 1:
        raise _WrongError(f"{what}_env", f"stands beside {what}_file: write one of them")
    for reference in found:
        if "://" in reference.name:
            raise _WrongError(f"{what}_{reference.kind}", "holds a URL itself. It must name the file or the variable that holds it")
    return found[0] if found else None


def _smtp(table: Mapping[str, Any]) -> Smtp:
    server, sender, to, encryption = table["server"], _text(table, "from") or "", table["to"], table.get("tls", "starttls")
    host, colon, port = str(server).rpartition(":")
    if not isinstance(server, str) or not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise _WrongError("server", 'must be host:port, e.g. "mail.example.com:587"')
    to = [to] if isinstance(to, str) else to
    if not isinstance(to, list) or not to or not all(_is_address(each) for each in to):
        raise _WrongError("to", 'must be addresses, e.g. ["oncall@example.com"]')
    if not _is_address(sender):
        raise _WrongError("from", 'must be an address, e.g. "poise@example.com"')
    if not _is_encryption(encryption):
        raise _WrongError("tls", f"must be one of {', '.join(get_args(Encryption))}")
    if encryption == "none" and any(key.startswith("password_") for key in table):
        raise _WrongError("tls", 'is "none", so the password would go through the network for all to read. Write "starttls" or "tls"')
    return Smtp(server, sender, tuple(to), encryption)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[^\s@<>,;\x00-\x1f\x7f]+@[^\s@<>,;\x00-\x1f\x7f]+", value) is not None


def _is_encryption(value: Any) -> TypeGuard[Encryption]:
    return value in get_args(Encryption)


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value.strip() or "\x00" in value):
        raise _WrongError(key, "must be text in quotes")
    return value


def _flag(table: Mapping[str, Any], key: str, default: bool) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise _WrongError(key, "must be true or false")
    return value


def _duration(key: str, value: Any) -> timedelta:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _WrongError(key, 'must be a duration in quotes: "30s", "5m", "4h" or "1d"')
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _matchers(value: Any) -> tuple[Matcher, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _WrongError("match", 'must be a list of matchers, e.g. ["pool=web*", "severity!=info"]')
    try:
        return tuple(parse_matcher(each) for each in value)
    except WrongMatcherError as problem:
        raise _WrongError("match", f"holds what is no matcher: {problem}") from None


def _group_by(value: Any) -> tuple[MatchField, ...]:
    if not isinstance(value, list) or not all(each in GROUPABLE for each in value):
        raise _WrongError("group_by", f"must be a list of {', '.join(GROUPABLE)}; [] puts all into one message")
    return tuple(dict.fromkeys(value))
