"""Compares what a file uses with the version that it is read for."""

import re

from poise.balancers.nginx.directives.since import COMMERCIAL, SINCE, SINCE_BEGINNING, UNTIL

Version = tuple[int, int, int]
# What a version without its last number stands for: the last of its line.
_LAST = 999


def version_of(target: str | None) -> Version | None:
    """The numbers of a version such as `1.22` or `1.27.3`; None without one."""
    found = re.match(r"\s*(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", target or "")
    return (int(found[1]), int(found[2]), int(found[3]) if found[3] else _LAST) if found else None


def told(version: Version) -> str:
    """A version as text."""
    return ".".join(map(str, version))


def too_new_or_old(name: str, context: str, version: Version) -> str | None:
    """Why that version has no such directive there; None when it has."""
    since = SINCE.get(name) or SINCE.get((name, context))
    since = since or next((found for beginning, found in SINCE_BEGINNING.items() if name.startswith(beginning)), None)
    if since and version < since:
        return f"`{name}` exists {'here ' if (name, context) in SINCE else ''}from nginx {told(since)} on"
    until = UNTIL.get(name) or UNTIL.get((name, context))
    if until and version >= until:
        return f"`{name}` was removed with nginx {told(until)}"
    if name in COMMERCIAL:
        return f"`{name}` exists in the commercial nginx Plus only"
    return None
