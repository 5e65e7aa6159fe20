"""Reads Envoy's files into topologies: a bootstrap with the files that it names, from the command line or from disk."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.lower.resources import Resources
from poise.balancers.envoy.syntax import parse
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.files import read_regular

if TYPE_CHECKING:
    from pathlib import Path


def topologies(texts: Sequence[tuple[str, str]], target: str | None = None, on_disk: bool = True) -> tuple[Topology, ...]:
    """One topology for each bootstrap among these files (name, text), with the files that it names; one for each file that none names.

    A path in a bootstrap is looked for as Envoy does, from the working directory, then beside the bootstrap, then by its file name among
    the files given: a copy of a configuration seldom stands where it runs. Without `on_disk`
    no file is read. Raises nothing for what is in a file.
    """
    finder = _Finder([parse(text, name) for name, text in texts], on_disk)
    first = [document for document in finder.given if _is_bootstrap(document)]
    read = {id(document): lower([document], finder.find, target) for document in first}
    rest = [document for document in finder.given if id(document) not in read and document.file not in finder.used]
    read.update({id(document): lower([document], finder.find, target) for document in rest})
    return tuple(read[id(document)] for document in finder.given if id(document) in read)


def _is_bootstrap(document: Document) -> bool:
    resources = Resources()
    resources.add(document)
    return bool(resources.bootstraps)


class _Finder:
    def __init__(self, given: Sequence[Document], on_disk: bool) -> None:
        self.given = given
        self.on_disk = on_disk
        self.used: set[str] = set()

    def find(self, path: str, named_in: str) -> Document | CouldNot:
        """The file at this path, as given on the command line or as it stands on the disk."""
        if not self.on_disk:
            return CouldNot(path, "poise was given a text. Name the path where it stands")
        from pathlib import Path  # noqa: PLC0415 - 6 ms that only a configuration in several files needs to pay

        beside = Path(named_in).parent
        if "\0" in path or not path:
            return CouldNot(path, "that is no path")
        places = [Path(path), beside / path]
        known = {os.path.realpath(document.file): document for document in self.given}
        for place in places:
            document = known.get(os.path.realpath(place))
            if document is not None:
                return self.use(document)
            found = _read(place)
            if found is not None:
                return found
        name = Path(path).name
        same = [document for document in self.given if Path(document.file).name == name and Path(document.file).parent == beside]
        if len(same) == 1:
            return self.use(same[0])
        return _read(beside / name) or CouldNot(path, "there is no such file, nor one of that name beside it")

    def use(self, document: Document) -> Document:
        self.used.add(document.file)
        return document


def _read(place: "Path") -> Document | CouldNot | None:
    """None where there is no file."""
    try:
        text = read_regular(str(place))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as problem:
        return CouldNot(str(place), getattr(problem, "strerror", None) or str(problem))
    return parse(text, str(place))
