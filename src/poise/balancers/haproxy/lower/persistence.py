"""Lowers what keeps clients on their server: `cookie`, `stick`, `stick-table`, `persist`."""

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.place import Place
from poise.balancers.haproxy.lower.settings import Settings

_COOKIE_FLAGS = frozenset(("rewrite", "insert", "prefix", "indirect", "nocache", "postonly", "preserve", "httponly", "secure", "dynamic"))
_COOKIE_VALUES = frozenset(("domain", "maxidle", "maxlife", "attr"))


def cookie(settings: Settings, line: Line, place: Place) -> str | None:
    """Apply `cookie`; what HAProxy would refuse."""
    problem = None if len(line.words) > 1 and line.words[1].value else "`cookie` needs the cookie's name: HAProxy refuses the line"
    at = 2
    while problem is None and at < len(line.words):
        word = line.words[at].value
        if word in _COOKIE_VALUES:
            if at + 1 >= len(line.words):
                problem = f"`cookie … {word}` needs a value: HAProxy refuses the line"
            at += 2
        elif word in _COOKIE_FLAGS:
            at += 1
        else:
            problem = f"`cookie … {word}` is not a word that HAProxy knows there: it refuses the line"
    if problem is None:
        settings.persistence = " ".join(line.values)
        settings.persistence_location = line.location(place.file)
    return problem


def stick(settings: Settings, line: Line, place: Place) -> str | None:
    """Apply one `stick` line; what HAProxy would refuse."""
    what = line.values[1] if len(line.words) > 1 else ""
    if what not in ("match", "on", "store-request", "store-response"):
        return f"`stick {what}` is not one that HAProxy knows: write match, on, store-request or store-response"
    if len(line.words) < 3 or line.words[2].value in ("", "if", "unless"):
        return f"`stick {what}` needs an expression such as src: HAProxy refuses the line"
    if what in ("match", "on") and settings.persistence is None:
        settings.persistence = " ".join(line.values)
        settings.persistence_location = line.location(place.file)
    return None


def persist(settings: Settings, line: Line, place: Place) -> str | None:
    """Apply `persist rdp-cookie`; what HAProxy would refuse."""
    if len(line.words) < 2 or not line.words[1].value.startswith("rdp-cookie"):
        return "`persist` needs rdp-cookie: HAProxy refuses the line"
    settings.persistence = " ".join(line.values)
    settings.persistence_location = line.location(place.file)
    return None


_TABLE_VALUES = frozenset(("type", "len", "size", "expire", "peers", "srvkey", "store", "write-to", "brates-factor"))
_TABLE_FLAGS = frozenset(("nopurge", "recv-only"))


def stick_table(settings: Settings, line: Line, place: Place) -> str | None:
    """Check `stick-table`; what HAProxy would refuse."""
    at, seen = 1, set()
    while at < len(line.words) and line.words[at].value:
        word = line.words[at].value
        if word not in _TABLE_VALUES | _TABLE_FLAGS:
            return f"`stick-table … {word}` is not a word that HAProxy knows there: it refuses the line"
        if word in _TABLE_VALUES and (at + 1 >= len(line.words) or not line.words[at + 1].value):
            return f"`stick-table … {word}` needs a value: HAProxy refuses the line"
        seen.add(word)
        at += 2 if word in _TABLE_VALUES else 1
    missing = next((word for word in ("size", "type") if word not in seen), None)
    return f"`stick-table` needs `{missing}`: HAProxy refuses the line" if missing else None
