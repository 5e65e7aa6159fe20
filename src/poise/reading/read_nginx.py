"""Reads nginx configurations with the files that they include. The place where `include` meets the file system."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.balancers.nginx.assemble import Assembly, Found, Partly, assemble
from poise.balancers.nginx.globs import is_glob
from poise.balancers.nginx.lower import lower
from poise.balancers.nginx.stock import FOLDERS, below_the_package, stock_text
from poise.balancers.nginx.syntax.dump import cut_dump, is_dump
from poise.model.topology import Topology
from poise.reading.files import MOST_BYTES, STANDARD_INPUT_NAME, read_regular
from poise.reading.globbing import Globbing, Listed, TooManyError

# A pattern of stars from the root could otherwise walk through a whole disk's worth of files.
MOST_FILES = 10_000
# Where the configuration of the machine itself stands.
SYSTEM = ("/etc/", "/usr/", "/opt/homebrew/")


class _Finder:
    """Finds includes where nginx does: relative names begin at the main file's folder.

    Away from the server, a path below /etc/nginx that is not there is looked for beside the main file, and the files that every package
    of nginx brings are known.
    """

    def __init__(self, main: str, listed: dict[str, Listed]) -> None:
        self.folders = _folders(main)
        self.left = MOST_BYTES
        self.globbing = Globbing(listed)

    def __call__(self, pattern: str, from_file: str) -> Found:
        try:
            return self._find(pattern)
        except ValueError:
            return f"`include {pattern}`: no file can have such a name"

    def _find(self, pattern: str) -> Found:
        places = [os.path.join(folder, pattern) for folder in self.folders]  # noqa: PTH118 - keeps names as they were given
        if pattern.startswith("/"):
            beside = below_the_package(pattern)
            places = [pattern, *(os.path.join(folder, beside) for folder in self.folders if beside)]  # noqa: PTH118
        if is_glob(pattern):
            try:
                names = next((found for place in places if (found := self.globbing.matches(place))), [])
            except TooManyError as many:
                return f"`include {pattern}` was not followed: {many}. Name the folder that is meant"
        else:
            # os.path.exists, as Path.exists raises for names that are too long.
            there = next((place for place in places if os.path.exists(place)), None)  # noqa: PTH110
            if there is None and (text := stock_text(pattern)) is not None and not _installed(pattern):
                return [(places[0], text)]
            names = [there or places[0]]
        if len(names) > MOST_FILES:
            return f"`include {pattern}` names more than {MOST_FILES} files, as no configuration does"
        return self._texts(pattern, names)

    def _texts(self, pattern: str, names: Sequence[str]) -> Found:
        texts, reasons = [], []
        for name in names:
            try:
                text = read_regular(name)
            except (OSError, ValueError) as problem:
                reasons.append(_reason(pattern, name, problem))
                continue
            self.left -= len(text)
            if self.left < 0:
                return f"with what `include {pattern}` names the configuration is larger than {MOST_BYTES // 1024 // 1024} MiB, as none is"
            texts.append((name, text))
        return Partly(texts, reasons)


def _installed(pattern: str) -> bool:
    """Whether nginx's own folder is here, so that a file that is missing in it is really missing."""
    return any(pattern.startswith(folder) and os.path.isdir(folder) for folder in FOLDERS)  # noqa: PTH112 - pathlib takes 6 ms to import


def _folders(main: str) -> list[str]:
    """Where relative names begin: the folder of nginx.conf. That of a fragment is its own, or the one above that holds nginx.conf."""
    own = os.path.dirname(main) if main != STANDARD_INPUT_NAME else ""  # noqa: PTH120 - keeps names as they were given
    above = os.path.dirname(own)  # noqa: PTH120
    whole = os.path.exists(os.path.join(above, "nginx.conf"))  # noqa: PTH110, PTH118 - as above
    return [above, own] if own and not _is_main(main) and whole else [own]


def _is_main(main: str) -> bool:
    return os.path.basename(main) == "nginx.conf"  # noqa: PTH119 - as above


def _reason(pattern: str, name: str, problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError):
        return f"`include {pattern}` names no file here ({name}): nginx refuses it. Give poise the file, or the output of `nginx -T`"
    if isinstance(problem, PermissionError):
        return f"`include {pattern}`: not permitted to read {name}. Run poise as a user who may, or give it the output of `nginx -T`"
    return f"`include {pattern}`: {name} cannot be read: {getattr(problem, 'strerror', None) or problem}"


def _of_no_disk(pattern: str, _: str) -> Found:
    """What an include of a text finds that stands at no path: the files that every package of nginx brings, and no others."""
    text = stock_text(pattern)
    if text is not None:
        return [(pattern, text)]
    said = "poise was given a text. Name the path where it stands, or give it the output of `nginx -T`"
    return f"`include {pattern}` was not followed: {said}"


def topologies(texts: Sequence[tuple[str, str]], target: str | None = None, on_disk: bool = True) -> tuple[Topology, ...]:
    """The topologies of these files, each given as its name and text, together with the files that they include.

    Each is a configuration of its own, unless another of them includes it: then it is a part of that one only. `target` is a version such
    as `1.22`. Without `on_disk` the names are no paths, and no file is read. Raises nothing for what is in a file.
    """
    listed: dict[str, Listed] = {}
    assemblies = [assemble(name, text, _Finder(name, listed) if on_disk else _of_no_disk) for name, text in texts]
    own = [_same(each.file) for each in assemblies]
    # A dump includes nothing of this disk: the names in it are another machine's.
    around = [{_same(file) for file in each.files[1:]} if len(each.files) > 1 and not each.document.dump else set() for each in assemblies]
    including: dict[str, list[int]] = {}
    for index, files in enumerate(around):
        for file in files:
            including.setdefault(file, []).append(index)
    chosen = [each for index, each in enumerate(assemblies) if _stands(index, own, around, including.get(own[index], []))]
    return tuple(replace(lower(each, target), borrowed=_borrowed(each)) for each in chosen)


def shown_in(texts: Sequence[tuple[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """By name of each dump of `nginx -T` among these (name, text), the texts of the files that it shows, by their names."""
    return {name: {file: piece for file, _, piece in reversed(cut_dump(text)[1])} for name, text in texts if is_dump(text)}


def _borrowed(assembly: Assembly) -> tuple[str, ...]:
    """The files of this machine's own configuration that an include took, where the main file stands elsewhere: in a repository, say.

    What every package brings is the same on any machine.
    """
    own = os.path.abspath(assembly.file)  # noqa: PTH100
    if assembly.document.dump or (own.startswith(SYSTEM) and assembly.file != STANDARD_INPUT_NAME):
        return ()
    return tuple(name for name in assembly.files[1:] if name.startswith(SYSTEM) and stock_text(name) is None)


def _stands(index: int, own: Sequence[str], around: Sequence[set[str]], includers: Sequence[int]) -> bool:
    """Whether this file is a configuration of its own: no other includes it, or only such as it includes itself, and it is the first."""
    others = [each for each in includers if own[each] != own[index]]
    return all(own[each] in around[index] and index < each for each in others)


def _same(name: str) -> str:
    return os.path.realpath(name) if name != STANDARD_INPUT_NAME else name
