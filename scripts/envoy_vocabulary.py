"""Writes the table of Envoy's configuration messages: their fields, types and constraints, as the binary itself carries them.

    python scripts/envoy_vocabulary.py [ENVOY] > src/poise/balancers/envoy/schema/v1_40.txt

Envoy is built from protocol buffers and holds a FileDescriptorProto of each in its read-only data. This reads them there, so that the table
says what that binary accepts. Facts only (names, types, limits); the format is described in poise.balancers.envoy.schema.table.
"""

import mmap
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from poise.lab.binaries import find_envoy
from poise.model.could_not import CouldNot

Fields = dict[int, list[int | bytes]]

# Numbers from google/protobuf/descriptor.proto, validate/validate.proto and envoy/annotations/deprecation.proto.
_RULES, _REQUIRED, _DISALLOWED, _DISALLOWED_VALUE = 1071, 1071, 189503207, 70100853
_TYPES = {
    1: "d", 2: "f", 3: "I", 4: "U", 5: "i", 6: "U", 7: "u", 8: "b", 9: "s", 11: "m", 12: "y", 13: "u", 14: "e", 15: "i", 16: "I", 17: "i",
    18: "I",
}  # fmt: skip
_NUMBERS = {1: "const", 2: "lt", 3: "lte", 4: "gt", 5: "gte", 6: "in", 7: "not_in", 8: "ignore_empty"}
_STRINGS = {
    1: "const", 2: "min_len", 3: "max_len", 4: "min_bytes", 5: "max_bytes", 6: "pattern", 7: "prefix", 8: "suffix", 9: "contains", 10: "in",
    11: "not_in", 12: "email", 13: "hostname", 14: "ip", 15: "ipv4", 16: "ipv6", 17: "uri", 18: "uri_ref", 19: "len", 21: "address",
    24: "well_known_regex", 25: "strict", 26: "ignore_empty",
}  # fmt: skip
_BYTES = {1: "const", 2: "min_len", 3: "max_len", 13: "len", 14: "ignore_empty"}
_ENUMS = {1: "const", 2: "defined_only", 3: "in", 4: "not_in"}
_REPEATED = {1: "min_items", 2: "max_items", 3: "unique", 4: "items", 5: "ignore_empty"}
_MAPS = {1: "min_pairs", 2: "max_pairs", 4: "keys", 5: "values", 6: "ignore_empty"}
_DURATIONS = {1: "required", 2: "const", 3: "lt", 4: "lte", 5: "gt", 6: "gte"}


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins here, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        shift += 7
        if byte < 128:
            return value, at


def fields(data: bytes) -> Fields:
    """A serialized message as field number to values."""
    found: Fields = {}
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        value: int | bytes
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            length = {1: 8, 5: 4}[tag & 7]
            value, at = data[at : at + length], at + length
        found.setdefault(tag >> 3, []).append(value)
    return found


def text(found: Fields, number: int) -> str:
    """A string field."""
    value = found.get(number, [b""])[-1]
    assert isinstance(value, bytes)
    return value.decode()


def number(found: Fields, which: int, default: int = 0) -> int:
    """A numeric field."""
    value = found.get(which, [default])[-1]
    assert isinstance(value, int)
    return value


def inner(found: Fields, which: int) -> list[Fields]:
    """Message fields."""
    return [fields(value) for value in found.get(which, []) if isinstance(value, bytes)]


def descriptors(path: Path) -> dict[str, Fields]:
    """Every FileDescriptorProto in the binary, by file name."""
    found: dict[str, bytes] = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for start in re.finditer(rb"\n([\x05-\x7f])([\x21-\x7e]{5,127})", data):
            name = start[2][: start[1][0]]
            if len(name) == start[1][0] and name.endswith(b".proto"):
                descriptor = bytes(data[start.start() : _end(data, start.start())])
                found[name.decode()] = max(found.get(name.decode(), b""), descriptor, key=len)
    return {name: fields(descriptor) for name, descriptor in found.items() if len(descriptor) > len(name) + 2}


def _end(data: mmap.mmap, at: int) -> int:
    """protoc writes the fields of a descriptor by ascending number and ends with the syntax (12) or the edition (14)."""
    last = 0
    while last not in (12, 14):
        tag, behind = varint(data, at)  # type: ignore[arg-type]  # a map of a file is indexed like bytes
        which = tag >> 3
        if which < last or which not in (1, 2, 3, 4, 5, 6, 7, 8, 12, 14) or tag & 7 != (0 if which == 14 else 2):
            return at
        value, behind = varint(data, behind)  # type: ignore[arg-type]
        at, last = behind + (0 if which == 14 else value), which
    return at


def escaped(value: str) -> str:
    """Without the characters that the table's format uses."""
    return re.sub(r"[\s%,=]", lambda found: f"%{ord(found[0]):02X}", value)


def rules(options: Fields, kind: str, repeated: bool) -> Iterator[str]:
    """The constraints of a field, one word each."""
    for rule in inner(options, _RULES):
        yield from _rule(rule, kind, repeated)


def _rule(rule: Fields, kind: str, repeated: bool) -> Iterator[str]:
    for message in inner(rule, 17):
        if number(message, 1):
            yield "skip"
        if number(message, 2):
            yield "required"
    for which in rule:
        for each in inner(rule, which) if which != 17 else ():
            names = {
                14: _STRINGS,
                15: _BYTES,
                16: _ENUMS,
                18: _REPEATED,
                19: _MAPS,
                20: {1: "required"},
                21: _DURATIONS,
                22: {1: "required"},
            }.get(which, _NUMBERS)
            for key, values in each.items():
                name = names.get(key)
                if name in ("items", "keys", "values"):
                    for below in inner(each, key):
                        yield from (f"{name}.{word}" for word in _rule(below, kind, False))
                elif name is not None:
                    yield from _word(name, values, which)


def _word(name: str, values: list[int | bytes], which: int) -> Iterator[str]:
    if which == 21 and name != "required":
        duration = fields(values[-1] if isinstance(values[-1], bytes) else b"")
        yield f"{name}={number(duration, 1) * 1_000_000_000 + number(duration, 2)}"
    elif which in (1, 2):
        values = [struct.unpack("<f" if which == 1 else "<d", value)[0] for value in values if isinstance(value, bytes)]
        yield f"{name}={','.join(format(value, 'g') for value in values)}"
    elif all(isinstance(value, bytes) for value in values):
        if name in ("in", "not_in") and which != 14:
            values = [each for value in values if isinstance(value, bytes) for each in _packed(value)]
            yield f"{name}={','.join(map(str, values))}"
        else:
            yield f"{name}={','.join(escaped(value.decode()) for value in values if isinstance(value, bytes))}"
    elif values[-1] == 1 and name in (
        "required",
        "defined_only",
        "unique",
        "ignore_empty",
        "ip",
        "ipv4",
        "ipv6",
        "uri",
        "uri_ref",
        "hostname",
        "address",
        "email",
    ):
        yield name
    elif values[-1] or name not in ("defined_only", "required", "ignore_empty"):
        yield f"{name}={','.join(str(_signed(value)) for value in values if isinstance(value, int))}"


def _packed(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield _signed(value)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


class Table:
    """Collects lines: `M name …` for messages, `E name …` for enums."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.entries: dict[str, Fields] = {}

    def file(self, descriptor: Fields) -> None:
        package = text(descriptor, 2)
        for message in inner(descriptor, 4):
            self.find_maps(f"{package}.{text(message, 1)}", message)
        for message in inner(descriptor, 4):
            self.message(f"{package}.{text(message, 1)}", message)
        for enum in inner(descriptor, 5):
            self.enum(f"{package}.{text(enum, 1)}", enum)

    def find_maps(self, name: str, message: Fields) -> None:
        for options in inner(message, 7):
            if number(options, 7):
                self.entries[name] = message
        for nested in inner(message, 3):
            self.find_maps(f"{name}.{text(nested, 1)}", nested)

    def message(self, name: str, message: Fields) -> None:
        for nested in inner(message, 3):
            self.message(f"{name}.{text(nested, 1)}", nested)
        for enum in inner(message, 4):
            self.enum(f"{name}.{text(enum, 1)}", enum)
        if name in self.entries:
            return
        members = inner(message, 2)
        synthetic = {number(field, 9) for field in members if number(field, 17)}
        oneofs = [text(one, 1) + ("!" * any(number(options, _REQUIRED) for options in inner(one, 2))) for one in inner(message, 8)]
        words = [name, ",".join(one for index, one in enumerate(oneofs) if index not in synthetic)]
        self.lines[name] = "\t".join(["M " + words[0], words[1], *(self.field(field) for field in members)])

    def field(self, field: Fields) -> str:
        name, kind = text(field, 1), self.kind(field)
        repeated = number(field, 4) == 3
        options = next(iter(inner(field, 8)), {})
        entry = self.entries.get(text(field, 6).lstrip("."))
        if entry is not None:
            key, value = inner(entry, 2)
            kind = f"{{{self.kind(key)}}}{self.kind(value)}"
        elif repeated:
            kind = "*" + kind
        words = [name, kind]
        head, *rest = name.split("_")
        if text(field, 10) not in ("", head + "".join(part[:1].upper() + part[1:] for part in rest)):
            words.append(f"json={text(field, 10)}")
        if number(field, 17):
            words.append("optional")
        elif 9 in field:
            words.append(f"one={number(field, 9)}")
        if number(options, _DISALLOWED):
            words.append("disallowed")
        return " ".join([*words, *rules(options, kind, repeated)])

    def kind(self, field: Fields) -> str:
        letter = _TYPES[number(field, 5)]
        return letter + text(field, 6).lstrip(".") if letter in "me" else letter

    def enum(self, name: str, enum: Fields) -> None:
        values = []
        for value in inner(enum, 2):
            options = next(iter(inner(value, 3)), {})
            values.append(f"{text(value, 1)}={_signed(number(value, 2))}" + "!" * bool(number(options, _DISALLOWED_VALUE)))
        self.lines[name] = "\t".join([f"E {name}", *values])


def reachable(table: Table, roots: list[str]) -> list[str]:
    """The lines of the roots and all types that they lead to."""
    seen: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen and name in table.lines:
            seen[name] = None
            waiting += re.findall(r"[ *}][em]([\w.]+)", table.lines[name])
    return [table.lines[name] for name in sorted(seen)]


def main() -> None:
    """Print the table of the Envoy named, or of the one installed."""
    found = find_envoy()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path() if isinstance(found, CouldNot) else found.path
    table = Table()
    for descriptor in descriptors(path).values():
        table.file(descriptor)
    # Any of Envoy's own messages may stand where `@type` names it.
    prefixes = ("envoy.", "xds.", "udpa.")
    for line in reachable(table, [name for name in table.lines if name.startswith(prefixes)]):
        print(line)  # noqa: T201 - this is its output


if __name__ == "__main__":
    main()
