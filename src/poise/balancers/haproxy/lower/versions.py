"""Which keywords a target version knows. Without a target, what 2.6 or 2.8 knows is taken to be known."""

import re
from functools import lru_cache

from poise.balancers.haproxy import keywords

# Keywords of `server` that came after 2.8 (configuration manuals of 3.0 to 3.2), with one value unless listed in _FLAGS_SINCE.
_SERVER_SINCE = {
    "set-proxy-v2-tlv-fmt": "2.9",
    "log-bufsize": "2.9",
    "guid": "3.0",
    "hash-key": "3.0",
    "init-state": "3.1",
    "check-sni-auto": "3.3",
    "pool-conn-name": "3.2",
    "idle-ping": "3.2",
    "strict-maxconn": "3.2",
    "check-reuse-pool": "3.2",
    "check-pool-conn-name": "3.2",
}
_FLAGS_SINCE = frozenset(("strict-maxconn", "check-reuse-pool"))


def release(target: str | None) -> tuple[int, int] | None:
    """Major and minor of a version such as `2.6.12`; None if there is none in it."""
    match = re.match(r"(\d+)\.(\d+)", target or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


class Vocabulary:
    """The keyword tables of one target version."""

    def __init__(self, target: str | None) -> None:
        version = release(target)
        old = version is None or version <= (2, 6)
        new = version is None or version > (2, 6)
        none: frozenset[str] = frozenset()
        self.version = version
        # Later versions have names that the tables lack, so a name that is not in them proves nothing there.
        self.complete = version is None or version <= (2, 8)
        self.global_ = keywords.GLOBAL | keywords.GLOBAL_BUILD | (keywords.GLOBAL_28 if new else none)
        self.proxy = keywords.PROXY | (keywords.PROXY_26 if old else none)
        self.options = keywords.OPTIONS | (keywords.OPTIONS_28 if new else none)
        self.server_values = keywords.SERVER_VALUES | (keywords.SERVER_VALUES_28 if new else none)
        self.server_flags = keywords.SERVER_FLAGS
        self.bind_values = keywords.BIND_VALUES | (keywords.BIND_VALUES_28 if new else none)
        self.bind_flags = keywords.BIND_FLAGS | (keywords.BIND_FLAGS_28 if new else none)
        later = {name for name, since in _SERVER_SINCE.items() if version is not None and version >= (release(since) or version)}
        self.server_values |= later - _FLAGS_SINCE
        self.server_flags |= later & _FLAGS_SINCE

    def unknown(self, keyword: str, where: str) -> str:
        """What to say of a keyword that is in none of the tables."""
        since = _SERVER_SINCE.get(keyword) if where.startswith("server") else None
        if since:
            return f"`{keyword}` exists from HAProxy {since} on. Name the version to read it for: --target haproxy={since}"
        if self.version is not None and self.version > (2, 8):
            return f"poise does not know `{keyword}` in {where}: it knows the keywords of HAProxy up to 2.8. Check it with `haproxy -c`"
        return f"`{keyword}` is not a keyword of {where}: HAProxy refuses the line. Correct or remove it"


@lru_cache(maxsize=16)
def vocabulary(target: str | None) -> Vocabulary:
    """The keyword tables for that version."""
    return Vocabulary(target)
