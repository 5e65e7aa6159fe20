"""Looks things up in a read configuration: by path, under both spellings of a key (`load_assignment`, `loadAssignment`). Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta

from poise.balancers.envoy.document import Array, Member, Node, Object, Scalar
from poise.balancers.envoy.names import camel

TYPE = "@type"
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s")


def get(node: Node | None, *path: str) -> Node | None:
    """The node at the end of this path of keys (snake_case), None where it stops or is null."""
    for key in path:
        if not isinstance(node, Object):
            return None
        member = node.member(key, camel(key) if "_" in key else key)
        if member is None:
            return None
        node = member.value
    return None if isinstance(node, Scalar) and node.kind == "null" else node


def items(node: Node | None, *path: str) -> list[Node]:
    """The items of the list at the end of this path. One item may stand there alone, and lists in lists are one list, as in Envoy."""
    found = get(node, *path)
    if not isinstance(found, Array):
        return [] if found is None else [found]
    if not any(isinstance(item, Array) for item in found.items):
        return found.items
    flat: list[Node] = []
    waiting = list(reversed(found.items))
    while waiting:
        item = waiting.pop()
        if isinstance(item, Array):
            waiting.extend(reversed(item.items))
        else:
            flat.append(item)
    return flat


def scalar(node: Node | None, *path: str) -> Scalar | None:
    """The scalar at the end of this path."""
    found = get(node, *path)
    return found if isinstance(found, Scalar) else None


def text(node: Node | None, *path: str) -> str | None:
    """The scalar's value at the end of this path."""
    found = get(node, *path)
    return found.value if isinstance(found, Scalar) else None


def number(node: Node | None, *path: str) -> int | None:
    """The whole number at the end of this path, also where it is written as text; None where there is none that Envoy takes."""
    value = text(node, *path)
    if value is None:
        # A wrapper may be spelt out: `{value: 3}`.
        value = text(node, *path, "value") if path else None
    if value is None or len(value) > 20 or not _WHOLE.fullmatch(value):
        return None
    return int(value)


def true(node: Node | None, *path: str) -> bool:
    """Whether `true` stands at the end of this path."""
    found = scalar(node, *path)
    return found is not None and found.kind == "bool" and found.value == "true"


def duration(node: Node | None, *path: str) -> timedelta | None:
    """The duration (`0.25s`) at the end of this path."""
    found = _DURATION.fullmatch(text(node, *path) or "")
    if found is None:
        # It may be spelt out: `{seconds: 1}`.
        seconds, nanos = number(node, *path, "seconds"), number(node, *path, "nanos")
        if (seconds, nanos) == (None, None) or abs(seconds or 0) >= 10**11 or abs(nanos or 0) >= 10**11:
            return None
        return timedelta(seconds=seconds or 0, microseconds=(nanos or 0) // 1000)
    micro = int((found[3] or "0").ljust(9, "0")[:6])
    length = timedelta(seconds=int(found[2]) if len(found[2]) < 12 else 0, microseconds=micro)
    return -length if found[1] else length


def type_of(node: Node | None) -> str:
    """The message type that `@type` names, without its host: `envoy.config.cluster.v3.Cluster`; "" where none is named."""
    return (text(node, TYPE) or "").rpartition("/")[2]


def typed(node: Node | None, kind: str) -> Node | None:
    """The `typed_config` of an extension if it is of a type that ends so (`HttpConnectionManager`)."""
    found = get(node, "typed_config")
    return found if type_of(found).endswith(kind) else None


def key(node: Node | None, name: str) -> Member | None:
    """The member of that name (snake_case) with its key's place; None where there is none."""
    return node.member(name, camel(name) if "_" in name else name) if isinstance(node, Object) else None


def last_members(node: Object) -> Iterable[Member]:
    """The members of an object, each key once, in order; of a doubled key the last."""
    return {member.key: member for member in node.members}.values()


def entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Keys and values of an object, each key once, in order; of a doubled key the last value."""
    if isinstance(node, Object):
        yield from ((member.key, member.value) for member in last_members(node))
