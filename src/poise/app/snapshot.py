"""The files of a commit in a folder of their own, as git has them: no filter, attribute or hook of the repository has a say."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from poise.app.git import GitError, Repository, asked, objects
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.reading.files import MOST_BYTES

# What is not asked for is taken along because a configuration may include it: not what is larger than any (1 MiB), and of a tree with
# more files than this only what lies in the same folders of the top.
MOST_BESIDE_BYTES = 1024 * 1024
MOST_FILES = 20_000
_LINK = "120000"


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    object: str
    size: int
    path: str


def snapshot(commit: str, label: str, wanted: Sequence[str], repository: Repository, folder: Path) -> list[CouldNot]:
    """Writes the commit's files into the folder; `wanted` are paths from the repository's top, "" for all of it.

    What of it is not there is told under `label:path`, as git names it. Raises GitError.
    """
    entries = _entries(commit)
    missing = [path for path in wanted if not any(_below(entry.path, path) for entry in entries)]
    chosen = [entry for entry in entries if _chosen(entry, wanted, len(entries))]
    could_not = [CouldNot(f"{label}:{path}", _absent(path)) for path in missing]
    files = [entry for entry in chosen if entry.mode != _LINK]
    links = [entry for entry in chosen if entry.mode == _LINK]
    with tempfile.TemporaryFile() as listed, tempfile.TemporaryFile() as out:
        listed.write(b"".join(entry.object.encode() + b"\n" for entry in (*files, *links)))
        listed.seek(0)
        objects(listed, out)
        out.seek(0)
        contents = _contents(out, len(files) + len(links))
        for entry, data in zip((*files, *links), contents, strict=False):
            if data is None:
                if any(_below(entry.path, path) for path in wanted):
                    reason = "git does not have its text here, as in a partial clone. Fetch it first, for example with `git checkout`"
                    could_not.append(CouldNot(f"{label}:{entry.path}", reason))
            elif entry.mode == _LINK:
                _link(folder, entry.path, os.fsdecode(data), repository)
            else:
                place = folder / entry.path
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("xb") as file:
                    file.write(data)
    for entry in links:
        if _leads_out(folder, entry.path):
            (folder / entry.path).unlink(missing_ok=True)
            if any(_below(entry.path, path) for path in wanted):
                could_not.append(CouldNot(f"{label}:{entry.path}", "it is a link out of the repository: what it led to then is not known"))
    return could_not


def _absent(path: str) -> str:
    there = f"there is no {path or 'file'} at that revision"
    return f"{there}: it is new, deleted or renamed. To compare it all the same, name the folder that it is in"


def _entries(commit: str) -> list[_Entry]:
    found = []
    for line in asked("ls-tree", "-r", "-z", "-l", "--full-tree", commit).split("\0"):
        head, _, path = line.partition("\t")
        fields = head.split()
        # Submodules (`commit`) are another repository's. A crafted tree may hold names that no checkout would write.
        if len(fields) == 4 and fields[1] == "blob" and not any(part in ("", ".", "..", ".git") for part in path.split("/")):
            found.append(_Entry(fields[0], fields[2], int(fields[3]) if fields[3].isdigit() else 0, path))
    return found


def _below(path: str, wanted: str) -> bool:
    return not wanted or path == wanted or path.startswith(f"{wanted}/")


def _chosen(entry: _Entry, wanted: Sequence[str], count: int) -> bool:
    if any(_below(entry.path, path) for path in wanted):
        return entry.size <= MOST_BYTES + 1
    if entry.size > MOST_BESIDE_BYTES:
        return False
    top = entry.path.partition("/")[0]
    return count <= MOST_FILES or any(path.partition("/")[0] == top for path in wanted)


def _contents(out: BinaryIO, count: int) -> Iterator[bytes | None]:
    """Each object's bytes in order; None for one that is missing."""
    for _ in range(count):
        header = out.readline().split()
        if len(header) != 3:
            yield None
            continue
        data = out.read(int(header[2]))
        out.read(1)
        yield data


def _link(folder: Path, path: str, target: str, repository: Repository) -> None:
    """A link of the tree. An absolute one that leads into the working tree leads into the snapshot."""
    if target.startswith("/"):
        top = repository.top
        if top is None or not (target == top or target.startswith(f"{top}/")):
            return
        target = str(folder / target[len(top) :].lstrip("/"))
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError, ValueError):
        place.symlink_to(target)


def _leads_out(folder: Path, path: str) -> bool:
    place = folder / path
    inside = os.path.realpath(folder)
    return not place.is_symlink() or not os.path.realpath(place).startswith(f"{inside}/")


__all__ = ["GitError", "snapshot"]
