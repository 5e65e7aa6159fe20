"""The table of Envoy's configuration messages, as Envoy 1.40 itself carries them (scripts/envoy_vocabulary.py writes it). Pure.

One line for each message and enum, read when somebody asks for it: a configuration uses some thirty of the 1,500.

    M <message> TAB <oneofs, "!" behind one that must be set> TAB <field> TAB …
    E <enum> TAB <value>=<number, "!" behind one that Envoy refuses> TAB …

A field is its name, its kind and words about it: kinds are b(ool), s(tring), (b)y(tes), i/I/u/U (whole, 32 or 64 bits), f/d (floating),
e<enum>, m<message>, with `*` before a repeated one and `{key kind}` before a map's values; the words are constraints of protoc-gen-validate
(`min_len=1`, durations in nanoseconds), `one=` with the number of a oneof, `json=` an odd JSON name, `disallowed`.
"""

import pkgutil
import re
from functools import cache

from poise.balancers.envoy.names import camel
from poise.model.light import dataclass
from poise.model.regexp import regexp

_ESCAPE = regexp("%([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` is a letter, `type` the message or enum that `m` and `e` stand for; `oneof` the number of its oneof."""

    name: str
    kind: str
    type: str
    repeated: bool
    key: str | None
    oneof: int | None
    optional: bool
    disallowed: bool
    rules: dict[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `fields` by every spelling that Envoy takes, `oneofs` with whether one of its fields must be set."""

    name: str
    fields: dict[str, Field]
    oneofs: tuple[tuple[str, bool], ...]
    own: tuple[Field, ...]


@cache
def _text() -> str:
    data = pkgutil.get_data("poise.balancers.envoy.schema", "v1_40.txt")
    assert data is not None
    return "\n" + data.decode("ascii")


def _line(start: str) -> str | None:
    text = _text()
    at = text.find(f"\n{start}\t")
    return None if at < 0 else text[at + 3 : text.find("\n", at + 1)]


def knows_package(name: str) -> bool:
    """Whether the table has any message of this package."""
    return f"\nM {name}." in _text()


def names_in(package: str) -> list[str]:
    """The messages of a package, for a hint at what may have been meant."""
    return re.findall(rf"^M ({re.escape(package)}\.\w+)\t", _text(), re.MULTILINE)


@cache
def message(name: str) -> Message | None:
    """The message of this full name, None where Envoy 1.40 has none."""
    line = _line(f"M {name}")
    if line is None:
        return None
    _, ones, *rest = line.split("\t")
    own = tuple(_field(each) for each in rest)
    fields: dict[str, Field] = {}
    for field, written in zip(own, rest, strict=True):
        fields[field.name] = fields[camel(field.name)] = field
        odd = re.search(r" json=(\S+)", written)
        if odd:
            fields[odd[1]] = field
    oneofs = tuple((one.rstrip("!"), one.endswith("!")) for one in ones.split(",") if one)
    return Message(name, fields, oneofs, own)


@cache
def enum(name: str) -> dict[str, tuple[int, bool]]:
    """The values of an enum by upper-case name: number, and whether Envoy refuses it."""
    values = {}
    for each in (_line(f"E {name}") or "").split("\t")[1:]:
        word, _, number = each.partition("=")
        values[word.upper()] = (int(number.rstrip("!")), number.endswith("!"))
    return values


def _field(written: str) -> Field:
    name, kind, *words = written.split(" ")
    key = None
    if kind.startswith("{"):
        key, kind = kind[1], kind[3:]
    repeated = kind.startswith("*")
    kind = kind.removeprefix("*")
    rules = {}
    for word in words:
        rule, _, value = word.partition("=")
        rules[rule] = value
    oneof = rules.pop("one", None)
    return Field(
        name=name,
        kind=kind[0],
        type=kind[1:],
        repeated=repeated,
        key=key,
        oneof=None if oneof is None else int(oneof),
        optional=rules.pop("optional", None) is not None,
        disallowed=rules.pop("disallowed", None) is not None,
        rules={rule: value for rule, value in rules.items() if rule != "json"},
    )


def plain(value: str) -> str:
    """A constraint's text without the escapes of the table."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
