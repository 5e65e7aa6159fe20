"""Reads Envoy's files into topologies: a bootstrap with the files that it names, from the command line or from disk."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.lower.clusters import endpoints_name
from poise.balancers.envoy.lower.resources import Resources
from poise.balancers.envoy.lower.sources import is_remote
from poise.balancers.envoy.syntax import parse
from poise.balancers.envoy.tree import get
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.files import read_regular

if TYPE_CHECKING:
    from pathlib import Path


def topologies(texts: Sequence[tuple[str, str]], target: str | None = None, on_disk: bool = True) -> tuple[Topology, ...]:
    """One topology for each bootstrap among these files (name, text), with the files that it names; one for each file that none names, with
    the endpoints beside it that only its clusters ask for.

    A path in a bootstrap is looked for as Envoy does, from the working directory, then beside the bootstrap, then by its file name among
    the files given: a copy of a configuration seldom stands where it runs. Without `on_disk`
    no file is read. Raises nothing for what is in a file.
    """
    finder = _Finder([parse(text, name) for name, text in texts], on_disk)
    first = [document for document in finder.given if _is_bootstrap(document)]
    read = {id(document): lower([document], finder.find, target) for document in first}
    rest = [document for document in finder.given if id(document) not in read and document.file not in finder.used]
    read.update({id(group[0]): lower(group, finder.find, target) for group in _joined(rest)})
    return tuple(read[id(document)] for document in finder.given if id(document) in read)


def _joined(documents: Sequence[Document]) -> list[list[Document]]:
    """Each file by itself, but what a management server hands out together: endpoints with the clusters of their folder that ask for them
    by name, which is Envoy's own key, where one file alone asks for any of a file's and no other one of the folder holds the same name. Of
    two environments in one folder nobody knows which is whose."""
    held = [_resources(document) for document in documents]
    places = [os.path.dirname(document.file) for document in documents]  # noqa: PTH120 - of thousands of files, quickly
    asking: dict[tuple[str, str], set[int]] = {}
    holding: dict[tuple[str, str], set[int]] = {}
    for number, (place, resources) in enumerate(zip(places, held, strict=True)):
        for cluster in resources.clusters:
            # What a path names is found by its path.
            if is_remote(get(cluster.node, "eds_cluster_config", "eds_config")):
                asking.setdefault((place, endpoints_name(cluster)), set()).add(number)
        for each in resources.endpoints:
            holding.setdefault((place, each.name), set()).add(number)
    groups = {number: [document] for number, document in enumerate(documents)}
    for number, (place, resources) in enumerate(zip(places, held, strict=True)):
        names = {(place, each.name) for each in resources.endpoints}
        askers = set().union(*(asking.get(name, ()) for name in names))
        if len(askers) == 1 and not resources.clusters and all(holding[name] == {number} for name in names):
            groups[askers.pop()] += groups.pop(number)
    return list(groups.values())


def _is_bootstrap(document: Document) -> bool:
    return bool(_resources(document).bootstraps)


def _resources(document: Document) -> Resources:
    resources = Resources()
    resources.add(document)
    return resources


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
