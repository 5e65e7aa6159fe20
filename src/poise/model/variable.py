"""A variable that a configuration defines, and what it may hold."""

from typing import Literal

from poise.model.light import dataclass
from poise.model.location import Location


@dataclass(frozen=True, slots=True)
class Value:
    """One value: the first entry that leads to it (`default`, `50%`, a pattern), the value as written, and where the entry stands."""

    key: str
    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class Variable:
    """nginx's `map`, `geo`, `split_clients` or `set`, or the file of a map of HAProxy. `source` is what chooses the value (`$remote_addr`),
    empty for `set` and for a file.

    `values` are distinct, in the file's order. `complete` False: there are more than are kept here, or some stand in another file.
    """

    kind: Literal["map", "geo", "split_clients", "set"]
    source: str
    values: tuple[Value, ...]
    location: Location
    complete: bool = True
