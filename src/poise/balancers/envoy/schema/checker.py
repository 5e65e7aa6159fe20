"""Walks a tree with the message that it should be, and notes what Envoy refuses. Pure.

Checked with Envoy 1.40; source: protobuf's JSON reader in its lenient mode (a single item may stand for a list, lists in lists are
flattened, a wrapper or duration may be spelt out as a message).
"""

from collections.abc import Mapping

from poise.balancers.envoy.document import Array, Member, Node, Object, Scalar
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.schema.alike import Passed
from poise.balancers.envoy.schema.constraints import broken
from poise.balancers.envoy.schema.extensions import missing_implementation, unknown_type
from poise.balancers.envoy.schema.hints import meant, of_v2
from poise.balancers.envoy.schema.meaning import MEANING
from poise.balancers.envoy.schema.missing import missing
from poise.balancers.envoy.schema.scalars import Value, WrongError, checked_duration, duration_value, scalar_value, timestamp_value
from poise.balancers.envoy.schema.table import Field, Message, message
from poise.balancers.envoy.syntax.alike import Alike
from poise.balancers.envoy.syntax.problem import MOST_PROBLEMS, Problem
from poise.balancers.envoy.tree import items

_ANY, _STRUCT, _VALUE, _LIST = (f"google.protobuf.{name}" for name in ("Any", "Struct", "Value", "ListValue"))
_DURATION, _TIMESTAMP, _MASK = (f"google.protobuf.{name}" for name in ("Duration", "Timestamp", "FieldMask"))
_WRAPPERS = {
    f"google.protobuf.{name}Value": kind
    for name, kind in zip(
        ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"),
        ("d", "f", "I", "U", "i", "u", "b", "s", "y"),
        strict=True,
    )
}
_WELL_KNOWN = frozenset((_ANY, _STRUCT, _VALUE, _LIST, _DURATION, _TIMESTAMP, _MASK, *_WRAPPERS))

# Comparing names takes a thousand times as long as looking them up.
_MOST_HINTS = 20


class Checker:
    """Collects `problems`; the depth of its recursion is bounded by that of the syntax."""

    def __init__(self, json: bool) -> None:
        self.json = json
        self.problems: list[Problem] = []
        self.passed = Passed(self.takes, _WELL_KNOWN)

    def refuse(self, at: int, reason: str) -> None:
        """Note a problem."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(at, f"{reason}: Envoy refuses the file"))

    def item(self, node: Node, field: Field) -> Value | None:
        """Hold an item of a list against its field. Of items that are written alike one is gone through, of the others the words."""
        alike = node if isinstance(node, Alike) and field.kind == "m" else None
        if alike and self.passed.holds(alike, field.type):
            return None
        before, value = len(self.problems), self.single(node, field, node.start, "items.")
        if alike and len(self.problems) == before < MOST_PROBLEMS:
            self.passed.add(alike, field.type)
        return value

    def takes(self, node: Scalar, field: Field, which: str) -> bool:
        """Whether Envoy takes that value there."""
        (trial := Checker(self.json)).single(node, field, node.start, which)
        return not trial.problems

    def message(self, node: Node, name: str, at: int, within_any: bool = False) -> None:
        """Hold an object against a message; `at` is where to say that it is none."""
        found = message(name)
        if found is None:
            return
        short = name.rpartition(".")[2]
        if not isinstance(node, Object):
            self.refuse(at, f"{short} must be a map of fields, not {_shape(node)}")
            return
        taken: dict[str, Node] = {}
        ones: dict[int, str] = {}
        for member in self.members(node):
            if within_any and member.key == "@type":
                continue
            field = found.fields.get(member.key)
            if field is None:
                if (old := of_v2(short, member.key)) is not None:
                    self.refuse(member.start, old)
                    continue
                hint = meant(snake(member.key), (field.name for field in found.own)) if len(self.problems) < _MOST_HINTS else ""
                self.refuse(member.start, f"{short} has no field `{member.key[:60]}`{hint}")
            elif not (isinstance(member.value, Scalar) and member.value.kind == "null"):
                self.one(member, field, ones, taken)
                taken[field.name] = member.value
                self.field(member.value, field, member.start)
            elif field.type == _VALUE:
                taken[field.name] = member.value
        self.complete(node, found, taken, ones)

    def members(self, node: Object) -> list[Member]:
        """In YAML the last of equal keys alone counts; JSON's reader looks at each."""
        if self.json:
            return node.members
        return list({member.key: member for member in node.members}.values())

    def one(self, member: Member, field: Field, ones: dict[int, str], taken: Mapping[str, Node]) -> None:
        """Of a oneof only one field may be set."""
        if field.disallowed:
            self.refuse(member.start, f"`{field.name}` was taken out of use")
        if field.oneof is None:
            return
        other = ones.setdefault(field.oneof, field.name)
        if other != field.name:
            self.refuse(member.start, f"`{field.name}` excludes `{other}`, which is set too")
        elif field.name in taken:
            self.refuse(member.start, f"`{field.name}` is set twice")

    def complete(self, node: Object, found: Message, taken: dict[str, Node], ones: Mapping[int, str]) -> None:
        """Note what must be set and is not."""
        for index, (one, required) in enumerate(found.oneofs):
            if required and index not in ones and not any(field.oneof == index and field.name in taken for field in found.own):
                names = ", ".join(f"`{field.name}`" for field in found.own if field.oneof == index)
                self.refuse(node.start, f"one of {names} must be set ({one} of {found.name.rpartition('.')[2]})")
        for name, why in missing(found.name):
            if name not in taken:
                self.refuse(node.start, why)
        if found.name in MEANING:
            for place, why in MEANING[found.name](node):
                self.refuse(place.start, why)
        reason = missing_implementation(found.name, taken)
        if reason is not None and node.member("config") is None:
            self.refuse(node.start, reason)

    def field(self, node: Node, field: Field, at: int) -> None:
        """Hold a value that is not null against its field."""
        if field.key is not None:
            self.map(node, field, at)
        elif field.repeated:
            found = self.flattened(node, field)
            values = [self.item(item, field) for item in found]
            self.count(len(found), values, field, at)
        else:
            self.single(node, field, at, "")

    def flattened(self, node: Node, field: Field) -> list[Node]:
        if not isinstance(node, Array) or field.type == _LIST:
            return [node]
        return node.items if field.type == _VALUE else items(node)

    def count(self, many: int, values: list[Value | None], field: Field, at: int) -> None:
        """A list's own limits."""
        rules = field.rules
        if many < int(rules.get("min_items", "0")) and "ignore_empty" not in rules:
            self.refuse(at, f"`{field.name}` needs at least {rules['min_items']}")
        if many > int(rules.get("max_items", str(many))):
            self.refuse(at, f"`{field.name}` takes at most {rules['max_items']}")
        if "unique" in rules and None not in values and len(set(values)) < len(values):
            self.refuse(at, f"`{field.name}` holds a value twice")

    def map(self, node: Node, field: Field, at: int) -> None:
        """A map field: keys and values."""
        if not isinstance(node, Object):
            self.refuse(at, f"`{field.name}` must be a map, not {_shape(node)}")
            return
        seen: set[str] = set()
        for member in self.members(node):
            if member.key in seen:
                self.refuse(member.start, f"`{field.name}` has the key `{member.key[:60]}` twice")
            seen.add(member.key)
            assert field.key is not None
            key = Scalar("string", member.key, member.start, member.end)
            self.limited(key, field.key, "", field, member.start, "keys.")
            if not (isinstance(member.value, Scalar) and member.value.kind == "null"):
                self.single(member.value, field, member.start, "values.")
        if len(seen) < int(field.rules.get("min_pairs", "0")):
            self.refuse(at, f"`{field.name}` needs at least {field.rules['min_pairs']}")

    def single(self, node: Node, field: Field, at: int, which: str) -> Value | None:
        """Hold one value against its kind, and its limits; the value where it is a scalar that Envoy takes."""
        if isinstance(node, Scalar) and node.kind == "null":
            # An item of a list that is null is an empty one.
            node = Object([], node.start, node.end) if field.kind == "m" and field.type not in _WELL_KNOWN else Scalar("null", "", at, at)
            if isinstance(node, Scalar):
                return None
        kind, type_name = field.kind, field.type
        if kind == "m":
            if type_name in _WRAPPERS and not isinstance(node, Object):
                kind = _WRAPPERS[type_name]
            elif type_name not in (_DURATION, _TIMESTAMP, _MASK) or isinstance(node, Object):
                return self.structured(node, field, at, which)
        return self.limited(node, kind, type_name, field, at, which)

    def limited(self, node: Node, kind: str, type_name: str, field: Field, at: int, which: str) -> Value | None:
        """A scalar of this kind within the limits of its field."""
        try:
            if not isinstance(node, Scalar):
                raise WrongError(f"must be one value, not {_shape(node)}")
            if type_name == _DURATION:
                value: Value = duration_value(node)
            elif type_name == _TIMESTAMP:
                value = timestamp_value(node)
            else:
                value = scalar_value(node, "s" if type_name == _MASK else kind, type_name)
        except WrongError as wrong:
            self.refuse(at, f"`{field.name}` {wrong}")
            return None
        self.limits(value, kind, type_name, field, at, which)
        return value

    def limits(self, value: Value, kind: str, type_name: str, field: Field, at: int, which: str) -> None:
        rules = {rule.removeprefix(which): limit for rule, limit in field.rules.items() if rule.startswith(which)} if which else field.rules
        why = broken(value, rules, kind, type_name) if rules else None
        if why is not None:
            self.refuse(at, f"`{field.name}` {why}")

    def structured(self, node: Node, field: Field, at: int, which: str) -> Value | None:
        """A message, or one of protobuf's own types that is written like one."""
        name = field.type
        if name == _ANY:
            self.any(node, at)
        elif name == _STRUCT:
            self.struct(node, field, at)
        elif name in (_VALUE, _LIST):
            self.free(node)
        elif name in _WRAPPERS or name == _DURATION:
            self.spelt_out(node, field, at, which)
        else:
            self.message(node, name, at)
        return None

    def spelt_out(self, node: Node, field: Field, at: int, which: str) -> None:
        """`{value: 3}` for 3, `{seconds: 1}` for `1s`."""
        before = len(self.problems)
        self.message(node, field.type, at)
        if len(self.problems) > before or not isinstance(node, Object):
            return
        values = {member.key: member.value for member in node.members if isinstance(member.value, Scalar) and member.value.kind != "null"}
        try:
            if field.type == _DURATION:
                parts = [scalar_value(values[key], "I", "") if key in values else 0 for key in ("seconds", "nanos")]
                value: Value = checked_duration(int(parts[0]) * 10**9 + int(parts[1]))
                self.limits(value, "m", _DURATION, field, at, which)
            else:
                kind = _WRAPPERS[field.type]
                value = scalar_value(values["value"], kind, "") if "value" in values else "" if kind in "sy" else kind != "b" and 0
                self.limits(value, kind, "", field, at, which)
        except WrongError as wrong:
            self.refuse(at, f"`{field.name}` {wrong}")

    def struct(self, node: Node, field: Field, at: int) -> None:
        if not isinstance(node, Object):
            self.refuse(at, f"`{field.name}` must be a map, not {_shape(node)}")
        else:
            self.free(node)

    def free(self, node: Node) -> None:
        """What the user may write as they like; only JSON's doubled keys are refused."""
        waiting: list[Node] = [node] if self.json else []
        while waiting:
            node = waiting.pop()
            if isinstance(node, Array):
                waiting.extend(node.items)
            elif isinstance(node, Object):
                seen: set[str] = set()
                for member in node.members:
                    if member.key in seen:
                        self.refuse(member.start, f"the key `{member.key[:60]}` stands here twice")
                    seen.add(member.key)
                    waiting.append(member.value)

    def any(self, node: Node, at: int) -> None:
        """A message of any type, which `@type` names."""
        if not isinstance(node, Object):
            self.refuse(at, f"an extension's configuration must be a map of fields, not {_shape(node)}")
            return
        kind = node.member("@type")
        if kind is None:
            if node.members:
                self.refuse(node.start, 'an extension\'s configuration must name its type: `"@type": type.googleapis.com/…`')
            return
        if not isinstance(kind.value, Scalar) or kind.value.kind not in ("string", "null"):
            self.refuse(kind.start, "`@type` must be text")
            return
        host, slash, name = kind.value.value.rpartition("/")
        if not host or not slash:
            if len(node.members) > 1 or kind.value.value:
                self.refuse(kind.start, f"`@type` must be written `type.googleapis.com/{name[:80] or 'envoy…'}`")
        elif name in _WELL_KNOWN or name == "google.protobuf.Empty":
            for member in node.members:
                if member.key not in ("@type", "value"):
                    self.refuse(member.start, f"{name} has no field `{member.key[:60]}` but `value`")
        elif message(name) is None:
            reason = unknown_type(name)
            if reason is not None:
                self.refuse(kind.start, reason)
        else:
            self.message(node, name, at, within_any=True)


def _shape(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"`{node.value[:60]}`" if node.kind != "null" else "null"
    return "a list" if isinstance(node, Array) else "a map"
