"""Reads configurations from files, folders and standard input into topologies. The only place that meets the bytes of a file."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from poise.balancers.haproxy.document import Document
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import recognise
from poise.balancers.haproxy.together import parse_together
from poise.model.could_not import CouldNot
from poise.model.topology import Topology

# The largest configuration seen in the wild is a few megabytes; a device file or a log given by mistake has no end.
MOST_BYTES = 64 * 1024 * 1024
STANDARD_INPUT = "-"

_OTHERS = (
    ("nginx", ("http {", "upstream ", "proxy_pass ", "worker_connections")),
    ("Envoy", ("static_resources", "load_assignment", "envoy.")),
)


@dataclass(frozen=True, slots=True)
class _Text:
    """One file's text, `name` as it is reported."""

    name: str
    text: str


def _decode(data: bytes) -> str:
    # surrogateescape keeps every byte, so that spans and edits stay exact in files that are not UTF-8.
    return data.decode("utf-8", "surrogateescape")


def _read(path: str) -> _Text | CouldNot:
    try:
        if path == STANDARD_INPUT:
            data = _standard_input()
        else:
            with Path(path).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return CouldNot(path, "there is no such file. Check the path")
    except PermissionError:
        return CouldNot(path, "not permitted to read it. Run poise as a user who may, or give it a copy")
    except (OSError, ValueError) as problem:
        return CouldNot(path, f"it cannot be read: {getattr(problem, 'strerror', None) or problem}")
    name = "<stdin>" if path == STANDARD_INPUT else path
    if len(data) > MOST_BYTES:
        return CouldNot(name, f"it is larger than {MOST_BYTES // 1024 // 1024} MiB, as no configuration is. Check the path")
    return _Text(name, _decode(data))


def _folder(path: str) -> tuple[list[_Text], list[CouldNot]]:
    try:
        names = sorted(entry.name for entry in Path(path).iterdir() if entry.name.endswith(".cfg") and not entry.name.startswith("."))
    except OSError as problem:
        return [], [CouldNot(path, f"the folder cannot be listed: {problem.strerror}")]
    if not names:
        return [], [CouldNot(path, "the folder holds no *.cfg file, which is what HAProxy reads of a folder. Name the files themselves")]
    read = [_read(str(Path(path) / name)) for name in names]
    return [each for each in read if isinstance(each, _Text)], [each for each in read if isinstance(each, CouldNot)]


def _unknown(text: _Text) -> CouldNot:
    if not text.text.strip():
        return CouldNot(text.name, "it is empty: there is nothing to judge")
    for product, signs in _OTHERS:
        if any(sign in text.text for sign in signs):
            return CouldNot(text.name, f"it looks like a configuration of {product}; this version of poise reads only HAProxy's")
    return CouldNot(
        text.name, "it holds no HAProxy section (global, defaults, frontend, backend, listen …). Check that it is the right file"
    )


def _documents(texts: Sequence[_Text], environment: Mapping[str, str], target: str | None) -> list[Document]:
    return parse_together([(each.name, each.text) for each in texts], environment, target)


def _belong_together(documents: Sequence[Document]) -> bool:
    """Whether the files of a folder are one configuration (as for `haproxy -f FOLDER`) and not a collection of several.

    They are when exactly one of them has a global section and no proxy is declared in two of them, which HAProxy would refuse.
    """
    processes = sum(any(section.kind == "global" for section in document.sections) for document in documents)
    seen: set[tuple[bool, str]] = set()
    for document in documents:
        own = {
            (front, section.name)
            for section in document.sections
            for front, kinds in ((True, ("frontend", "listen")), (False, ("backend", "listen")))
            if section.kind in kinds
        }
        if own & seen:
            return False
        seen |= own
    return processes == 1


@cache
def _standard_input() -> bytes:
    """Standard input can be read once, and two of a command's questions may ask for it."""
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def read_configuration(
    paths: Sequence[str | os.PathLike[str]], together: bool = False, target: str | None = None, environment: Mapping[str, str] | None = None
) -> tuple[tuple[Topology, ...], tuple[CouldNot, ...]]:
    """The topologies of these files and folders, and what could not be read; `-` is standard input.

    A file is one topology, and so is a folder whose *.cfg files (in the order of their names) make one configuration. With `together`,
    all files in the order given are one, as for `haproxy -f a -f b`. `target` is a version such as `2.8`; `environment` holds the
    variables, by default poise's own. Each topology's own `could_not` is also in the second value. Raises nothing for what is in a file.
    """
    given = dict(os.environ) if environment is None else environment
    groups: list[list[_Text]] = []
    could_not: list[CouldNot] = []
    for path in (os.fspath(each) for each in paths):
        if path != STANDARD_INPUT and os.path.isdir(path):  # noqa: PTH112 - pathlib raises where a folder on the way is closed to us
            texts, missed = _folder(path)
            could_not += missed
        else:
            found = _read(path)
            texts = [found] if isinstance(found, _Text) else []
            could_not += [found] if isinstance(found, CouldNot) else []
        known = [text for text in texts if recognise(text.text)]
        could_not += [_unknown(text) for text in texts if not recognise(text.text)]
        if len(known) > 1 and not together and not _belong_together(_documents(known, given, target)):
            groups += [[text] for text in known]
        elif known:
            groups.append(known)
    if together and groups:
        groups = [[text for group in groups for text in group]]
    topologies = tuple(lower(_documents(group, given, target), target) for group in groups)
    could_not += [entry for topology in topologies for entry in topology.could_not]
    return topologies, tuple(could_not)
