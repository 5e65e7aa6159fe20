"""Which keywords a target version knows. Without a target, what any version from 2.6 on knows is taken to be known."""

import re
from functools import lru_cache

from poise.balancers.haproxy import keywords
from poise.balancers.haproxy import vocabulary as words
from poise.balancers.haproxy.later import brought, since_when

# Where nobody says which version it is for: as poise.rules.version assumes.
ASSUMED = "2.8"


def release(target: str | None) -> tuple[int, int] | None:
    """Major and minor of a version such as `2.6.12`; None if there is none in it."""
    match = re.match(r"(\d+)\.(\d+)", target or "")
    return (int(match.group(1)), int(match.group(2))) if match else None


_PLACES = {"global section": ("global",), "server lines": ("server value", "server flag"), "bind lines": ("bind value", "bind flag")}


class Vocabulary:
    """The keyword tables of one target version. Without one: what 2.6, 2.8 or any later version that poise knows of takes.

    `judged` is the version that decides where versions disagree on what is no keyword: the target, or else the one installed or assumed.
    """

    def __init__(self, target: str | None, judged: str | None = None) -> None:
        version = release(target)
        self.judged_name = target or judged or ASSUMED
        self.judged = release(self.judged_name) or version or (0, 0)
        old = version is None or version <= (2, 6)
        new = version is None or version > (2, 6)
        none: frozenset[str] = frozenset()
        self.version = version
        # Later versions have names that the tables lack, so a name that is not in them proves nothing there.
        self.complete = version is None or version <= (2, 8)

        def later(place: str) -> frozenset[str]:
            return frozenset(word for word, since in brought(place) if version is None or version >= (release(since) or version))

        self.global_ = keywords.GLOBAL | keywords.GLOBAL_BUILD | (keywords.GLOBAL_28 if new else none) | later("global")
        self.proxy = keywords.PROXY | (keywords.PROXY_26 if old else none) | later("proxy")
        self.options = keywords.OPTIONS | (keywords.OPTIONS_28 if new else none) | later("option")
        self.server_values = keywords.SERVER_VALUES | (keywords.SERVER_VALUES_28 if new else none) | later("server value")
        self.server_flags = keywords.SERVER_FLAGS | later("server flag")
        self.server_prefixes = tuple(later("server prefix"))
        self.bind_values = keywords.BIND_VALUES | (keywords.BIND_VALUES_28 if new else none) | later("bind value")
        self.bind_flags = keywords.BIND_FLAGS | (keywords.BIND_FLAGS_28 if new else none) | later("bind flag")
        self.fetches = words.FETCHES | later("fetch")
        self.converters = words.CONVERTERS | later("converter")
        self.filters = words.FILTERS | later("filter")
        self.actions = {kind: known | later(kind) for kind, known in words.ACTIONS.items()}

    def unknown(self, keyword: str, where: str) -> str:
        """What to say of a keyword that is in none of the tables."""
        places = next((found for part, found in _PLACES.items() if part in where), ("proxy", "option"))
        later = self.later(keyword, keyword, *places)
        if later:
            return later
        if self.version is not None and self.version > (2, 8):
            return f"poise does not know `{keyword}` in {where} of HAProxy {self._named}. Check the line with `haproxy -c`"
        return f"`{keyword}` is not a keyword of {where}: HAProxy refuses the line. Correct or remove it"

    def later(self, word: str, said: str, *places: str) -> str | None:
        """What to say of `said` where `word` is one of a later version."""
        since = since_when(word, *places)
        return f"`{said}` exists from HAProxy {since} on: {self._named} refuses the line" if since and self.version else None

    @property
    def _named(self) -> str:
        return ".".join(map(str, self.version or ()))


@lru_cache(maxsize=16)
def vocabulary(target: str | None, judged: str | None = None) -> Vocabulary:
    """The keyword tables for that version."""
    return Vocabulary(target, judged)
