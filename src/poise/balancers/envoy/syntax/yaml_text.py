"""Reads YAML into a tree: libyaml's events, composed as Envoy's reader (yaml-cpp) composes them.

Only the first document of a file counts, a doubled key's last value counts, `<<` is a key like any other, keys tagged `!ignore` are left
out (all checked with Envoy 1.40). Never raises on any text; aliases are shared, not copied, and what they may stand for is bounded.
"""

from collections.abc import Iterator
from typing import Any

from poise.balancers.envoy.document import Array, Member, Node, Object, Scalar
from poise.balancers.envoy.syntax.problem import DEEPEST, MOST_PROBLEMS, TOO_DEEP, TOO_MANY, Problem, most_values
from poise.balancers.envoy.syntax.readable import Readable
from poise.balancers.envoy.syntax.scalars import resolve

# How many values aliases may repeat in all. Envoy writes every one of them out, so a file far below this already takes it seconds.
MOST_REPEATED = 1_000_000


def read_with_care(text: str) -> tuple[Node | None, list[Problem]]:
    """The tree of the first document and what is wrong with it; None with a problem where the text is no YAML."""
    return _Composer(text).read()


class _Open:
    """A collection that is being read: `key` waits for its value."""

    __slots__ = ("anchor", "before", "height", "ignored", "key", "node")

    def __init__(self, node: Object | Array, anchor: str | None, before: int) -> None:
        self.node, self.anchor, self.before = node, anchor, before
        self.key: Member | None = None
        self.ignored = False
        self.height = 1


class _Composer:
    def __init__(self, text: str) -> None:
        self.text = text
        # libyaml does not count a byte order mark.
        self.skip = 1 if text.startswith("\ufeff") else 0
        self.readable = Readable(text[self.skip :])
        self.problems: list[Problem] = []
        self.stack: list[_Open] = []
        # By name: the node (None while it is being read), how many values it stands for, how many levels deep it is.
        self.anchors: dict[str, tuple[Node | None, int, int]] = {}
        self.count = self.repeated = 0
        self.names: dict[str, str] = {}
        self.root: Node | None = None

    def read(self) -> tuple[Node | None, list[Problem]]:
        import yaml  # noqa: PLC0415 - importing it takes 15 ms, which JSON and the other products need not pay
        from yaml.events import AliasEvent, DocumentEndEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent  # noqa: PLC0415
        from yaml.events import CollectionEndEvent as End  # noqa: PLC0415

        skip = self.skip
        left = most_values(self.text)
        try:
            for event in _events(self.readable.text):
                kind = type(event)
                left -= not isinstance(event, End)
                if left < 0:
                    self.refuse(event.start_mark.index + skip, TOO_MANY)
                    return None, self.problems
                if kind is ScalarEvent:
                    self.scalar(event, skip)
                elif kind is MappingStartEvent or kind is SequenceStartEvent:
                    start = event.start_mark.index + skip
                    if len(self.stack) >= DEEPEST:
                        self.problems.append(Problem(start, TOO_DEEP))
                        return None, self.problems
                    node: Object | Array = Object([], start, start) if kind is MappingStartEvent else Array([], start, start)
                    self.stack.append(_Open(node, event.anchor, self.count))
                    if event.anchor is not None:
                        self.anchors[event.anchor] = (None, 0, 0)
                    self.count += 1
                elif isinstance(event, End):
                    self.end(event, skip)
                elif kind is AliasEvent:
                    self.alias(event, skip)
                elif kind is DocumentEndEvent:
                    break
        except yaml.YAMLError as problem:
            self.problems.append(_broken(problem, self.text, skip))
            return None, self.problems
        return self.root, self.problems

    def refuse(self, at: int, reason: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(at, reason))

    def scalar(self, event: Any, skip: int) -> None:
        value, tag, style = event.value, event.tag, event.style
        if not value.isascii():
            value = self.readable.restored(value)
        start, end = event.start_mark.index + skip, event.end_mark.index + skip
        if style in ("|", ">"):
            # libyaml ends a block behind the line ends that follow it.
            end = start + len(self.text[start:end].rstrip())
        if tag is not None or event.anchor is not None:
            start = self.behind_properties(start, end, event)
        self.count += 1
        top = self.stack[-1] if self.stack else None
        if top is not None and top.key is None and isinstance(top.node, Object):
            # yaml-cpp calls a key that is nothing "null".
            plain_null = not style and tag is None and value in ("", "~", "null", "Null", "NULL")
            # Keys repeat: each is kept once.
            name = "null" if plain_null else self.names.setdefault(value, value)
            self.key(Member(name, start, end, _NOTHING), tag)
            if event.anchor is not None:
                self.anchors[event.anchor] = (Scalar("string", value, start, end), 1, 0)
        else:
            kind, meaning = resolve(value, style is None or style == "", tag is not None and tag != "!")
            if tag == "!":
                kind, meaning = "string", value
            node = Scalar(kind, meaning, start, end)
            self.put(node)
            if event.anchor is not None:
                self.anchors[event.anchor] = (node, 1, 0)

    def behind_properties(self, start: int, end: int, event: Any) -> int:
        """Where the value itself begins, behind its anchor and tag."""
        at = start
        for _ in range((event.tag is not None) + (event.anchor is not None)):
            while at < end and not self.text[at].isspace():
                at += 1
            while at < end and self.text[at].isspace():
                at += 1
        return at if at < end else end

    def key(self, member: Member, tag: str | None) -> None:
        self.stack[-1].key = member
        self.stack[-1].ignored = tag == "!ignore"

    def put(self, node: Node) -> None:
        """Give a finished value to the collection that waits for it."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node, Array):
            top.node.items.append(node)
        elif top.key is None:
            self.refuse(node.start, "a key must be a word, not a list or a map: Envoy refuses the file")
            self.key(Member("", node.start, node.end, _NOTHING), "!ignore")
        else:
            top.key.value = node
            if not top.ignored:
                top.node.members.append(top.key)
            top.key = None

    def end(self, event: Any, skip: int) -> None:
        closed = self.stack.pop()
        node = closed.node
        start, end = event.start_mark.index + skip, event.end_mark.index + skip
        if end > start:
            node.end = end
        elif isinstance(node, Object):
            # The end of a block has no character of its own: it ends where its last value does.
            last = node.members[-1] if node.members else None
            node.end = node.start if last is None else max(last.end, last.value.end if last.value.start >= last.start else 0)
        else:
            node.end = max([node.start, *(item.end for item in node.items[-1:])])
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, closed.height + 1)
        if closed.anchor is not None:
            self.anchors[closed.anchor] = (node, self.count - closed.before, closed.height)
        self.put(node)

    def alias(self, event: Any, skip: int) -> None:
        start, end = event.start_mark.index + skip, event.end_mark.index + skip
        node, size, height = self.anchors.get(event.anchor, (None, -1, 0))
        if node is None:
            why = "no anchor of that name stands above" if size < 0 else "it stands within what it names, without end"
            self.refuse(start, f"the alias `*{event.anchor}` cannot be followed: {why}. Envoy refuses the file")
        elif len(self.stack) + height > DEEPEST:
            self.refuse(start, TOO_DEEP)
            node = None
        elif self.repeated + size > MOST_REPEATED:
            if self.repeated <= MOST_REPEATED:
                reason = f"the aliases stand for more than {MOST_REPEATED:,} values: Envoy would write them all out. Write what is meant"
                self.problems.append(Problem(start, reason))
            self.repeated, node = MOST_REPEATED + 1, None
        else:
            self.repeated += size
            self.count += size
            if self.stack:
                self.stack[-1].height = max(self.stack[-1].height, height + 1)
        if self.stack and isinstance(self.stack[-1].node, Object) and self.stack[-1].key is None:
            if isinstance(node, Scalar):
                self.key(Member(node.value if node.kind != "null" else "null", start, end, _NOTHING), None)
                return
            self.put(node or Scalar("null", "", start, end))
        else:
            self.put(node or Scalar("null", "", start, end))


_NOTHING = Scalar("null", "", 0, 0)


def _events(text: str) -> Iterator[Any]:
    try:
        from yaml._yaml import CParser  # noqa: PLC0415
    except ImportError:
        return _events_in_python(text)
    events: Iterator[Any] = iter(CParser(text).get_event, None)
    return events


def _events_in_python(text: str) -> Iterator[Any]:
    """The same events where PyYAML came without libyaml: some twenty times slower."""
    import yaml  # noqa: PLC0415

    yield from yaml.parse(text, yaml.SafeLoader)


def _broken(problem: Any, text: str, skip: int) -> Problem:
    # What has no end is said where it begins.
    endless = "unexpected end of stream" in str(getattr(problem, "problem", ""))
    marks = ("context_mark", "problem_mark") if endless else ("problem_mark", "context_mark")
    mark = next((found for found in (getattr(problem, name, None) for name in marks) if found is not None), None)
    at = min(getattr(mark, "index", 0) + skip, max(0, len(text) - 1))
    what = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "it cannot be read"
    if "nesting depth" in what:
        return Problem(at, TOO_DEEP)
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    if "\t" in line[: len(line) - len(line.lstrip())] or text[at : at + 1] == "\t":
        return Problem(at, "a tab stands in the indentation: YAML wants spaces, and Envoy refuses the file")
    context = getattr(problem, "context", None)
    return Problem(
        at, f"this is not YAML ({context + ', ' if context else ''}{what}): Envoy refuses the file. Check indentation and quotes"
    )
