"""The files of maps that HAProxy looks backends up in, added to what was read of its configuration."""

import os
from collections.abc import Iterator
from dataclasses import replace

from poise.balancers.haproxy.map_names import files, key, map_of
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.model.variable import Variable
from poise.reading.files import read_regular

# As empty as it always is.
NOTHING = "/dev/null"


def with_maps(topology: Topology, on_disk: bool) -> Topology:
    """The topology with the maps of its `use_backend` rules as `variables`, by `map FILE`; what cannot be read of them is told.

    A file is looked for as HAProxy does, from the working folder, then beside the configuration, then by the end of its path below that:
    a copy of a configuration seldom stands where it runs. Without `on_disk` none is read.
    """
    maps: dict[str, Variable] = {}
    could_not: list[CouldNot] = []
    for file, location in files(topology):
        found = _read(file, location.file) if on_disk else "poise was given a text. Name the path where it stands"
        if isinstance(found, Variable):
            maps[key(file)] = found
        else:
            reason = f"the backends of this rule stand in the map {file}, which could not be read ({found})"
            could_not.append(CouldNot(location.file, f"{reason}: whether they exist is not known. Put the file beside it", location.line))
    return replace(topology, variables=maps, could_not=(*topology.could_not, *could_not)) if maps or could_not else topology


def _read(file: str, named_in: str) -> Variable | str:
    if file == NOTHING:
        return map_of("", file)
    if "\0" in file:
        return "that is no path"
    for place in _places(file, named_in):
        try:
            return map_of(read_regular(place), place)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as problem:
            return getattr(problem, "strerror", None) or str(problem)
    return "there is no such file, nor one of that name beside the configuration"


def _places(file: str, named_in: str) -> Iterator[str]:
    yield file
    folder = os.path.dirname(named_in)  # noqa: PTH120 - keeps names as they were given
    parts = file.strip("/").split("/")
    for first in range(len(parts)):
        yield os.path.join(folder, *parts[first:])  # noqa: PTH118
