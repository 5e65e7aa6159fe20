"""Pools whose names HAProxy looks up in a map while it runs: `use_backend %[req.hdr(host),lower,map(hosts.map,web)]`. Pure.

Whether such a name is that of a backend is asked with the request only: `haproxy -c` accepts any (2.6.12, 2.8.25).
"""

from collections.abc import Iterable

from poise.model.light import dataclass
from poise.model.location import Location
from poise.model.regexp import regexp
from poise.model.topology import Topology
from poise.model.variable import Value, Variable

# Converters that give texts; the map's is the last of the expression, or what comes out of it is none of its values. `map_regm` puts parts
# of the key into them.
_MAPPED = regexp(
    r"(?P<head>[^%]*)%\[.*,map(?:_(?:str|beg|sub|dir|dom|end|reg|regm|int|ip))?\((?P<file>[^(),]+)(?:,(?P<default>[^(),]*))?\)\]"
    r"(?P<tail>[^%]*)"
)
# `virt@name` stands in no file, `opt@name` in none that must be there (3.0 and later).
_NO_FILE = ("virt@", "opt@")
# A name that begins so is the number of a backend.
BY_NUMBER = "#"


@dataclass(frozen=True, slots=True)
class Mapped:
    """What stands around the map's value in the pool's name, the map's file, and the value of what is not in it (None: none)."""

    head: str
    file: str
    default: str | None
    tail: str

    def name(self, value: str) -> str:
        """The pool that a value of the map leads to."""
        return f"{self.head}{value}{self.tail}"


def mapped(pool: str) -> Mapped | None:
    """The map that a route's pool is looked up in; None where it is a plain name, or made otherwise."""
    found = _MAPPED.fullmatch(pool) if "map" in pool else None
    if found is None:
        return None
    default = found["default"]
    return Mapped(found["head"], _bare(found["file"]), None if default is None else _bare(default), found["tail"])


def _bare(argument: str) -> str:
    return argument.strip().strip("\"'")


def in_file(pool: str) -> str | None:
    """The file that holds the map of a route's pool, None where there is none."""
    found = mapped(pool)
    return None if found is None or found.file.startswith(_NO_FILE) else found.file


def key(file: str) -> str:
    """Where the map of that file is kept among a topology's variables."""
    return f"map {file}"


def map_of(text: str, name: str) -> Variable:
    """The values of a map's file, each where it stands first.

    A line is a key, blanks, and the rest as value, blanks at both ends apart; `#` begins a comment only where the line does (measured).
    """
    values: dict[str, Value] = {}
    offset = 0
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip(" \t\r").split(None, 1)
        if words and not words[0].startswith("#"):
            value = words[1] if len(words) > 1 else ""
            if value not in values:
                column = len(line) - len(line.lstrip(" \t"))
                column = line.index(value, column + len(words[0])) if value else column
                start = offset + _bytes(line[:column])
                values[value] = Value(words[0], value, Location(name, number, column + 1, start, start + _bytes(value or words[0])))
        offset += _bytes(line) + 1
    return Variable("map", "", tuple(values.values()), Location(name, 1, 1))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def files(topology: Topology) -> Iterable[tuple[str, Location]]:
    """The maps' files that pools are looked up in, each with the first line that names it."""
    found: dict[str, Location] = {}
    for listener in topology.listeners:
        for route in listener.routes:
            if (file := in_file(route.pool)) is not None:
                found.setdefault(file, route.location)
    return found.items()
