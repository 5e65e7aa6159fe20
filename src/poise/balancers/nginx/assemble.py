"""Puts a configuration together from its files: every `include` is followed by the directives of the files that it names.

Pure: what a pattern finds is asked of a function that the caller gives. Files are read once however often they are included; cycles and a
multiplication of includes that would exceed the budget are cut and reported.
"""

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import field

from poise.balancers.nginx.document import Directive, Document, Part
from poise.balancers.nginx.globs import glob_pattern, is_glob
from poise.balancers.nginx.syntax import parse
from poise.model.brief import brief
from poise.model.could_not import CouldNot
from poise.model.light import dataclass

# Bytes of all files together, each counted as often as it is included, and at least _SMALLEST: an include of nothing costs time too.
BUDGET = 64 * 1024 * 1024
_SMALLEST = 1024


@dataclass(frozen=True, slots=True)
class Partly:
    """Those files of a pattern that can be read, and why each of the others cannot."""

    texts: Sequence[tuple[str, str]]
    reasons: Sequence[str]


Found = Sequence[tuple[str, str]] | Partly | str
"""The files that a pattern names, each with its text, in nginx's order; or the reason why they cannot be had."""
Find = Callable[[str, str], Found]


@dataclass(slots=True)
class Assembly:
    """A configuration put together. `body` holds its directives; an included file's stand behind their `include`.

    `files` are all that were read, the named one first. `document` is the one that was given, `documents` all of them.
    """

    file: str
    document: Document
    body: list[Directive]
    could_not: list[CouldNot] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    """One file: its part, and which files each of its includes names."""

    part: Part
    at: int = 0
    ahead: list[str] = field(default_factory=list)
    names: dict[int, list[str]] = field(default_factory=dict)
    cost: int = 0


class _Assembler:
    def __init__(self, document: Document, find: Find) -> None:
        self.find = find
        self.could_not = list(document.could_not)
        self.documents = {document.file: document}
        self.nodes: dict[str, _Node] = {}
        self.done: set[str] = set()
        self.found: dict[str, Found] = {}
        self.told: set[str] = set()
        main = document.parts[0]
        if document.dump:
            self.find = _within_dump(document)
            for part in reversed(document.parts):
                self.node(part.source.file, part)
        self.main = main.source.file
        self.node(self.main, main)
        self.files = [document.file, *(part.source.file for part in document.parts if part.source.file != document.file)]

    def node(self, name: str, part: Part) -> _Node:
        self.nodes[name] = _Node(part, cost=max(_SMALLEST, len(part.source.text)))
        return self.nodes[name]

    def look(self, pattern: str, file: str) -> tuple[list[str], Sequence[str]]:
        """The names that a pattern stands for, their files read; and why others are not."""
        if pattern not in self.found:
            self.found[pattern] = self.find(pattern, file)
        found = self.found[pattern]
        if isinstance(found, str):
            return [], (found,)
        texts, reasons = (found.texts, found.reasons) if isinstance(found, Partly) else (found, ())
        for name, text in texts:
            if name not in self.nodes:
                document = parse(text, name)
                self.documents[name] = document
                self.files.append(name)
                self.could_not += document.could_not
                self.node(name, document.parts[0])
        self.found[pattern] = Partly([(name, "") for name, _ in texts], reasons)
        return [name for name, _ in texts], reasons

    def run(self) -> None:
        """Walk the includes depth first, with a stack of its own; a file is spliced when all that it includes is."""
        path = [self.main]
        on_path = {self.main}
        while path:
            name = path[-1]
            node = self.nodes[name]
            if node.ahead:
                child = node.ahead.pop()
                if child not in self.done and child not in on_path:
                    path.append(child)
                    on_path.add(child)
            elif node.at < len(node.part.includes):
                self.step(node, on_path)
            else:
                self.splice(node)
                self.done.add(name)
                on_path.discard(path.pop())

    def step(self, node: _Node, on_path: set[str]) -> None:
        """Look up the next include of this file."""
        index, directive = node.at, node.part.includes[node.at][1]
        node.at += 1
        if len(directive.args) != 1:
            return
        names, reasons = self.look(directive.args[0], directive.file)
        # The same snippet is often included in many places: that it is missing is said at the first.
        for reason in reasons if directive.args[0] not in self.told else ():
            self.cannot(directive, reason)
        if reasons:
            self.told.add(directive.args[0])
        if any(name in on_path for name in names):
            reason = f"`include {directive.args[0]}` leads back to this file: nginx reads in a circle until it fails. Remove one of them"
            self.cannot(directive, reason)
        node.names[index] = [name for name in names if name not in on_path]
        node.ahead = list(reversed(node.names[index]))

    def splice(self, node: _Node) -> None:
        """Put the directives of included files behind their `include`."""
        content: dict[int, list[Directive]] = {}
        for index, (_, directive) in enumerate(node.part.includes):
            names = node.names.get(index, [])
            cost = sum(self.nodes[name].cost for name in names)
            if node.cost + cost > BUDGET:
                limit = BUDGET // 1024 // 1024
                self.cannot(
                    directive, f"with what it includes the configuration is larger than {limit} MiB, as none is: this include was left out"
                )
                continue
            node.cost += cost
            content[id(directive)] = [each for name in names for each in self.nodes[name].part.body]
        bodies = {id(body): body for body, directive in node.part.includes if content.get(id(directive))}
        for body in bodies.values():
            body[:] = [each for directive in body for each in (directive, *content.get(id(directive), ()))]

    def cannot(self, directive: Directive, reason: str) -> None:
        self.could_not.append(CouldNot(directive.file, brief(reason), directive.line))


def _within_dump(document: Document) -> Find:
    """Looks for includes among the parts of a dump of `nginx -T`, whose relative names begin at the folder of its first file."""
    folder = posixpath.dirname(document.parts[0].source.file)
    names = list(document.by_name)

    def find(pattern: str, _: str) -> Found:
        full = posixpath.normpath(posixpath.join(folder, pattern))
        if is_glob(pattern):
            matches = glob_pattern(full).fullmatch
            return [(name, "") for name in sorted(names) if matches(posixpath.normpath(name))]
        if name := next((each for each in names if posixpath.normpath(each) == full), None):
            return [(name, "")]
        return f"the dump holds no file {full}, which `include {pattern}` names. Make it again with `nginx -T`"

    return find


def assemble(name: str, text: str, find: Find) -> Assembly:
    """The configuration whose main file has this name and text. `find(pattern, from_file)` answers what an include names.

    For a dump of `nginx -T` the answer comes from the dump itself. Never raises for anything in the texts.
    """
    document = parse(text, name)
    if not document.parts:
        return Assembly(name, document, [], list(document.could_not), [name], {name: document})
    work = _Assembler(document, find)
    work.run()
    return Assembly(name, document, work.nodes[work.main].part.body, work.could_not, work.files, work.documents)
