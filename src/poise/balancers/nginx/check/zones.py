"""Directives of caches, limits and shared memory. Source: nginx.org; each was held against 1.22 and 1.31."""

import re
from collections.abc import Callable

from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import milliseconds, number, seconds, size

_CACHE_PATH = frozenset(
    "levels use_temp_path keys_zone inactive max_size min_free manager_files manager_sleep manager_threshold loader_files loader_sleep "  # noqa: SIM905
    "loader_threshold purger purger_files purger_sleep purger_threshold".split()
)


def _cache_path(directive: Directive, context: str) -> str | None:
    for word in directive.args[1:]:
        name, sign, value = word.partition("=")
        if not sign or name not in _CACHE_PATH:
            return f"`{word}` is not a parameter of `{directive.name}`"
        if name == "levels" and not re.fullmatch(r"[12](?::[12]){0,2}", value):
            return f"`{value}` are no levels of folders: nginx takes up to three of 1 or 2, such as 1:2"
        if name == "keys_zone" and (size(value.partition(":")[2]) or 0) < 8192:
            return f"`{value}` is no zone with a size of at least 8k"
        if name in ("inactive", "loader_sleep", "loader_threshold", "manager_sleep", "manager_threshold") and _any_time(value) is None:
            return f"`{value}` is no time such as 60m"
        if name in ("max_size", "min_free") and size(value, "g") is None:
            return f"`{value}` is no size such as 10g"
    return None


def _any_time(text: str) -> int | None:
    found = seconds(text)
    return milliseconds(text) if found is None else found


def _shared_zone(directive: Directive, context: str) -> str | None:
    for word in directive.args[1:]:
        name, sign, value = word.partition("=")
        if sign and name == "zone":
            amount = value.partition(":")[2]
            if amount and (size(amount) or 0) < 32 * 1024:
                return f"`{word}` is no zone with a size of at least 32k"
        elif sign and name == "rate" and directive.name == "limit_req_zone":
            if not number(value.removesuffix("r/s").removesuffix("r/m")):
                return f"`{value}` is no rate such as 10r/s or 30r/m"
        elif word != "sync":
            return f"`{word}` is not a parameter of `{directive.name}`"
    return None


def _limit_req(directive: Directive, context: str) -> str | None:
    for word in directive.args:
        name, sign, value = word.partition("=")
        if (name == "zone" and sign) or word == "nodelay" or (name in ("burst", "delay") and number(value)):
            continue
        return f"`{word}` is not a parameter of `limit_req`"
    return None


def _zone(directive: Directive, context: str) -> str | None:
    if len(directive.args) < 2:
        return None
    found = size(directive.args[1])
    # Eight pages of 4 KiB (ngx_http_upstream_zone_module).
    return None if found is not None and found >= 32 * 1024 else f"`{directive.args[1]}` is no size of at least 32k"


def _rate(directive: Directive, context: str) -> str | None:
    word = directive.args[0]
    return None if "$" in word or size(word) is not None else f"`{word}` is no size such as 100k"


def _cache_valid(directive: Directive, context: str) -> str | None:
    *codes, time = directive.args
    if seconds(time) is None:
        return f"`{time}` is no time in whole seconds"
    wrong = next((word for word in codes if word != "any" and not 100 <= (number(word) or 0) <= 599), None)
    return f"`{wrong}` is neither a status nor `any`" if wrong is not None else None


def _open_file_cache(directive: Directive, context: str) -> str | None:
    if directive.args == ("off",):
        return None
    for word in directive.args:
        name, _, value = word.partition("=")
        good = (name == "max" and number(value)) or (name in ("inactive", "valid") and seconds(value) is not None)
        if not good and not (name == "min_uses" and number(value) and directive.name == "open_log_file_cache"):
            return f"`{word}` is not a parameter of `{directive.name}`"
    return None if any(word.startswith("max=") for word in directive.args) else f"`{directive.name}` must say `max=NUMBER`"


def _session_cache(directive: Directive, context: str) -> str | None:
    for word in directive.args:
        kind, _, rest = word.partition(":")
        name, _, amount = rest.partition(":")
        shared = kind == "shared" and name and (size(amount) or 0) >= 8 * 4096
        if word not in ("off", "none", "builtin") and not shared and not (kind == "builtin" and number(rest) is not None):
            return f"`{word}` is no cache of sessions: nginx knows off, none, builtin and shared:NAME:SIZE"
    return None


def _connections(directive: Directive, context: str) -> str | None:
    return (
        None if 0 < (number(directive.args[1]) or 0) < 65536 else f"`{directive.args[1]}` is no number of connections between 1 and 65535"
    )


ZONES: dict[str, Callable[[Directive, str], str | None]] = {
    "zone": _zone,
    **dict.fromkeys(("proxy_download_rate", "proxy_upload_rate", "limit_rate", "limit_rate_after"), _rate),
    **dict.fromkeys(("proxy_limit_rate", "fastcgi_limit_rate", "uwsgi_limit_rate", "scgi_limit_rate"), _rate),
    **dict.fromkeys(("proxy_cache_valid", "fastcgi_cache_valid", "uwsgi_cache_valid", "scgi_cache_valid"), _cache_valid),
    **dict.fromkeys(("open_file_cache", "open_log_file_cache"), _open_file_cache),
    "ssl_session_cache": _session_cache,
    "limit_req": _limit_req,
    "limit_req_zone": _shared_zone,
    "limit_conn_zone": _shared_zone,
    **dict.fromkeys(("proxy_cache_path", "fastcgi_cache_path", "uwsgi_cache_path", "scgi_cache_path"), _cache_path),
    "limit_conn": _connections,
}
