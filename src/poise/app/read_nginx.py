"""Reads nginx configurations with the files that they include. The place where `include` meets the file system."""

import glob
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from poise.balancers.nginx.assemble import Assembly, Found, assemble
from poise.balancers.nginx.globs import is_glob
from poise.balancers.nginx.lower import lower
from poise.model.topology import Topology

# As for a file that is named: what is larger is no configuration.
MOST_BYTES = 64 * 1024 * 1024
_STANDARD_INPUT = "<stdin>"


class _Finder:
    """Finds includes where nginx does: relative names begin at the main file's folder."""

    def __init__(self, main: str) -> None:
        self.folders = _folders(main)

    def __call__(self, pattern: str, from_file: str) -> Found:
        places = [pattern] if pattern.startswith("/") else [os.path.join(folder, pattern) for folder in self.folders]  # noqa: PTH118
        if is_glob(pattern):
            names = next((found for place in places if (found := sorted(glob.glob(place)))), [])  # noqa: PTH207 - as glob(3) does it
        else:
            names = [next((place for place in places if Path(place).exists()), places[0])]
        texts = []
        for name in names:
            text = _read(name)
            if isinstance(text, Exception):
                return _reason(pattern, name, text)
            texts.append((name, text))
        return texts


def _folders(main: str) -> list[str]:
    """Where relative names begin: the folder of nginx.conf. That of a fragment is its own, or the one above that holds nginx.conf."""
    own = os.path.dirname(main) if main != _STANDARD_INPUT else ""  # noqa: PTH120 - keeps names as they were given
    above = os.path.dirname(own)  # noqa: PTH120
    return [above, own] if own and not _is_main(main) and (Path(above) / "nginx.conf").exists() else [own]


def _is_main(main: str) -> bool:
    return Path(main).name == "nginx.conf"


def _read(name: str) -> str | OSError | ValueError:
    try:
        # Opening a pipe would wait for who writes into it, and a device has no end.
        if not stat.S_ISREG(Path(name).stat().st_mode):
            return ValueError("it is no regular file")
        with Path(name).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        return problem
    if len(data) > MOST_BYTES:
        return ValueError(f"it is larger than {MOST_BYTES // 1024 // 1024} MiB, as no configuration is")
    return data.decode("utf-8", "surrogateescape")


def _reason(pattern: str, name: str, problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError):
        return f"`include {pattern}` names no file here ({name}): nginx refuses it. Give poise the file, or the output of `nginx -T`"
    if isinstance(problem, PermissionError):
        return f"`include {pattern}`: not permitted to read {name}. Run poise as a user who may, or give it the output of `nginx -T`"
    return f"`include {pattern}`: {name} cannot be read: {getattr(problem, 'strerror', None) or problem}"


def topologies(texts: Sequence[tuple[str, str]], target: str | None = None) -> tuple[Topology, ...]:
    """The topologies of these files, each given as its name and text, together with the files that they include.

    Each is a configuration of its own, unless another of them includes it: then it is a part of that one only. `target` is a version such
    as `1.22`. Raises nothing for what is in a file.
    """
    assemblies = [assemble(name, text, _Finder(name)) for name, text in texts]
    inside = {_same(file) for each in assemblies for file in each.files[1:]}
    chosen = [each for each in assemblies if _same(each.file) not in inside or _alone(each, assemblies)]
    return tuple(lower(each, target) for each in chosen)


def _alone(assembly: Assembly, assemblies: Sequence[Assembly]) -> bool:
    """Files that include each other in a circle would otherwise all vanish: the first of them stands."""
    own = _same(assembly.file)
    around = [each for each in assemblies if own in {_same(file) for file in each.files[1:]}]
    circle = [each for each in around if _same(each.file) in {_same(file) for file in assembly.files[1:]}]
    return bool(circle) and len(circle) == len(around) and assemblies.index(assembly) < min(assemblies.index(each) for each in circle)


def _same(name: str) -> str:
    return os.path.realpath(name) if name != _STANDARD_INPUT else name
