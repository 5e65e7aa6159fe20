"""What `location` lines may say, alone and inside each other (ngx_http_core_module)."""

from functools import lru_cache

from poise.balancers.nginx.check.regexes import regex_problem
from poise.model.light import dataclass

_MODIFIERS = ("=", "^~", "~", "~*")


@dataclass(frozen=True, slots=True)
class Location:
    """A location's kind (`=`, `^~`, `~`, `~*`, `@` or "" for a prefix) and its path, name or expression."""

    kind: str
    path: str

    @property
    def is_regex(self) -> bool:
        """Whether a regular expression decides."""
        return self.kind in ("~", "~*")


@lru_cache(maxsize=512)
def location_of(args: tuple[str, ...]) -> Location:
    """Cut the words behind `location`; the modifier may touch the path."""
    if len(args) == 2:
        return Location(args[0], args[1])
    word = args[0] if args else ""
    for kind in ("=", "^~", "~*", "~"):
        if word.startswith(kind):
            return Location(kind, word[len(kind) :])
    return Location("@" if word.startswith("@") else "", word)


def location_problem(args: tuple[str, ...], outer: Location | None) -> str | None:
    """What nginx would refuse of this location inside `outer` (None: directly inside server)."""
    if len(args) == 2 and args[0] not in _MODIFIERS:
        return f"`{args[0]}` is no modifier of a location: nginx knows =, ^~, ~ and ~*"
    inner = location_of(args)
    if inner.is_regex and (problem := regex_problem(inner.path)):
        return f"the regular expression `{inner.path}` is broken: {problem}"
    if outer is None:
        return None
    if outer.kind in ("=", "@"):
        return f"a location cannot stand inside the {'exact' if outer.kind == '=' else 'named'} location `{outer.path}`"
    if inner.kind == "@":
        return f"the named location `{inner.path}` can stand directly in a server block only"
    if not inner.is_regex and not inner.path.startswith(outer.path):
        return f"location `{inner.path}` is outside of location `{outer.path}`, in which it stands"
    return None
