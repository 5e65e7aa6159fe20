"""Gets the texts of configurations from files, folders, pipes and standard input. The only place that meets the bytes of a file.

Nothing here hangs, and nothing takes unbounded memory: pipes are waited for so long and not longer, devices are not read, sizes and
numbers of files have limits. Whatever cannot be read is told.
"""

import os
import select
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from functools import lru_cache
from typing import TextIO

from poise.model.could_not import CouldNot
from poise.model.light import dataclass

# The largest configuration seen in the wild is a few megabytes; a log given by mistake has no end.
MOST_BYTES = 64 * 1024 * 1024
TOO_LARGE = f"it is larger than {MOST_BYTES // 1024 // 1024} MiB, as no configuration is"
MOST_FILES = 20_000
STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "<stdin>"
# A pipe such as `<(nginx -T)`: how long nothing may come, and how long it may take in all.
PIPE_SILENCE_SECONDS = 10.0
PIPE_SECONDS = 60.0
# What configurations are called in folders; others (certificates, scripts, .bak, .dpkg-dist, ~) are not looked into.
SUFFIXES = frozenset((".cfg", ".conf", ".yaml", ".yml", ".json", ""))
TEMPLATE_SUFFIXES = frozenset((".j2", ".jinja", ".jinja2", ".erb", ".epp", ".tmpl", ".tpl", ".ctmpl", ".gotmpl", ".template", ".in"))
MOST_DEPTH = 40
_DEVICE = "it is a device or a socket, not a file. Give poise the configuration itself, or `-` for standard input"


# Where a shell's `<(…)` stands.
SHELLS_PIPES = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
# A pipe gives its text once, and two of a command's questions may ask for it: what came out of each, by its device and number.
_piped: dict[tuple[int, int], bytes] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """One file's text; `name` as it is reported, `folder` the folder whose walk met it, None where it was named itself.

    Bytes that are not UTF-8 are surrogates (`surrogateescape`), so that spans and edits stay exact.
    """

    name: str
    text: str
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A configuration that was handed over as text. `product` is None where poise is to tell; `on_disk` says that its name is a path, from
    which what it includes may be read."""

    text: Text
    product: str | None = None
    on_disk: bool = False


@dataclass(slots=True)
class Walked:
    """What a folder holds: paths worth a look in order, those of them that are left out, and how many others were met."""

    paths: list[str]
    templates: list[str]
    others: int = 0
    could_not: list[CouldNot] | None = None
    excluded: list[str] = field(default_factory=list)
    exclude: Callable[[str], bool] | None = None
    tell: Callable[[str], None] | None = None


def identity(path: str) -> tuple[int, int] | str:
    """What makes a file the same under another name: its device and number; the path where it cannot be looked at."""
    try:
        found = os.stat(path)  # noqa: PTH116 - hot path
    except (OSError, ValueError):
        return path
    return (found.st_dev, found.st_ino)


def is_folder(path: str) -> bool:
    """Whether a folder stands there. False for what may not be looked at."""
    return path != STANDARD_INPUT and os.path.isdir(path)  # noqa: PTH112 - pathlib raises where a folder on the way is closed to us


def read_text(path: str, folder: str | None = None) -> Text | CouldNot:
    """The text of that file, pipe or (`-`) standard input, or why there is none."""
    name, data = reported(path), read_bytes(path)
    if isinstance(data, CouldNot):
        return data
    if len(data) > MOST_BYTES:
        return CouldNot(name, f"{TOO_LARGE}. Check the path")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return CouldNot(name, "it is UTF-16, which no load balancer reads. Save it as UTF-8")
    return Text(name, data.decode("utf-8", "surrogateescape"), folder)


def reported(path: str) -> str:
    """What a path is called in messages."""
    return STANDARD_INPUT_NAME if path == STANDARD_INPUT else path


def read_bytes(path: str) -> bytes | CouldNot:
    """What that file, pipe or (`-`) standard input holds, at most MOST_BYTES + 1, or why it cannot be read."""
    name = reported(path)
    if not path:
        return CouldNot('""', "that is no path. Where a variable should hold one, it is empty")
    try:
        data = _standard_input() if path == STANDARD_INPUT else _bytes(path)
    except FileNotFoundError:
        dangling = os.path.islink(path)  # noqa: PTH114
        return CouldNot(name, "it is a link to a file that does not exist" if dangling else "there is no such file. Check the path")
    except PermissionError:
        return CouldNot(name, "not permitted to read it. Run poise as a user who may, or give it a copy")
    except IsADirectoryError:
        return CouldNot(name, "it is a folder, where a file was expected")
    except (OSError, ValueError) as problem:
        return CouldNot(name, f"it cannot be read: {getattr(problem, 'strerror', None) or problem}")
    return CouldNot(name, data) if isinstance(data, str) else data


def read_regular(path: str) -> str:
    """The text of a file that a configuration names: a pipe would be waited for, a device has no end. Raises OSError and ValueError."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - hot path
        raise ValueError("it is no regular file")
    with open(path, "rb") as file:  # noqa: PTH123 - hot path
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    return data.decode("utf-8", "surrogateescape")


def _bytes(path: str) -> bytes | str:
    """The bytes, at most MOST_BYTES + 1; a text says why it is nothing to read. Raises OSError, ValueError."""
    if stat.S_IFMT(os.stat(path).st_mode) in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):  # noqa: PTH116
        return _DEVICE
    # Without O_NONBLOCK the opening of a pipe that nobody writes into would wait for ever.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(number)
        kind, same = found.st_mode, (found.st_dev, found.st_ino)
        if stat.S_ISREG(kind):
            with os.fdopen(number, "rb", closefd=False) as file:
                return file.read(MOST_BYTES + 1)
        if stat.S_ISFIFO(kind):
            return _once(path, same, number)
        if stat.S_ISDIR(kind):
            raise IsADirectoryError
        return _DEVICE
    finally:
        os.close(number)


def _once(path: str, same: tuple[int, int], number: int) -> bytes | str:
    """What comes out of a pipe, which a shell's is asked for once. One with a name of its own may be written into again."""
    if not path.startswith(SHELLS_PIPES):
        return _pipe(number)
    if same not in _piped:
        data = _pipe(number)
        if isinstance(data, str):
            return data
        _piped[same] = data
    return _piped[same]


def _pipe(number: int) -> bytes | str:
    # A pipe that nobody has opened for writing is at its end, but select(2) would wait for it.
    with suppress(BlockingIOError):
        data = bytearray(os.read(number, 1024 * 1024))
        if not data:
            return "it is a pipe that nobody writes into. Start what writes into it first, or give poise a file"
        return _rest(number, data)
    return _rest(number, bytearray())


def _rest(number: int, data: bytearray) -> bytes | str:
    end = time.monotonic() + PIPE_SECONDS
    while len(data) <= MOST_BYTES:
        if not select.select([number], [], [], min(PIPE_SILENCE_SECONDS, max(0.0, end - time.monotonic())))[0]:
            return f"it is a pipe, and nothing more came out of it for {PIPE_SILENCE_SECONDS:g} s. Write into it, or give poise a file"
        got = os.read(number, 1024 * 1024)
        if not got:
            return bytes(data)
        data += got
        if time.monotonic() > end:
            return f"it is a pipe that had not ended after {PIPE_SECONDS:g} s. Give poise a file"
    return bytes(data)


def _standard_input() -> bytes | str:
    return "standard input is closed" if sys.stdin is None else _rest_of(sys.stdin)


@lru_cache(1)
def _rest_of(stream: TextIO) -> bytes:
    """Standard input can be read once, and two of a command's questions may ask for it."""
    return stream.buffer.read(MOST_BYTES + 1)


def unlisted(folder: str, problem: OSError) -> CouldNot:
    """What to say of a folder whose names cannot be read."""
    barred = isinstance(problem, PermissionError)
    helps = "Run poise as a user who may, or name the files in it" if barred else "Check the path and its disk"
    return CouldNot(folder, f"the folder cannot be listed: {problem.strerror}, so nothing in it was read. {helps}")


def walk(folder: str, exclude: Callable[[str], bool] | None = None, tell: Callable[[str], None] | None = None) -> Walked:
    """All files below the folder that may be configurations: each folder's own before those of its folders, by name.

    Links are followed, each folder and file is met once. Hidden ones are left out, and so is `sites-available` beside `sites-enabled` (and
    the like): what is not enabled is not in use. `exclude` is asked whether a file is left out, `tell` hears where it looks.
    """
    found = Walked([], [], 0, [], exclude=exclude, tell=tell)
    seen: set[tuple[int, int] | str] = set()
    _walk(folder, seen, found, 0)
    return found


def _walk(folder: str, seen: set[tuple[int, int] | str], found: Walked, depth: int) -> None:
    assert found.could_not is not None
    own = identity(folder)
    if own in seen or len(found.paths) >= MOST_FILES:
        return
    seen.add(own)
    if found.tell is not None:
        found.tell(f"looking into {folder}")
    if depth > MOST_DEPTH:
        found.could_not.append(CouldNot(folder, f"it lies more than {MOST_DEPTH} folders deep and was not looked into. Name it itself"))
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        found.could_not.append(unlisted(folder, problem))
        return
    names = {entry.name for entry in entries}
    folders: list[str] = []
    # Of the folder at hand, files are named as they are named elsewhere: `web.cfg`, not `./web.cfg`.
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "node_modules":
            continue
        if _is(entry, folder=True):
            if not (entry.name.endswith("-available") and f"{entry.name.removesuffix('available')}enabled" in names):
                folders.append(entry.path.removeprefix("./"))
        else:
            _file(entry, seen, found)
    for inner in folders:
        _walk(inner, seen, found, depth + 1)
    if depth == 0 and len(found.paths) >= MOST_FILES:
        found.could_not.append(
            CouldNot(folder, f"it holds more than {MOST_FILES} files that could be configurations. Name a smaller folder")
        )


def _file(entry: os.DirEntry[str], seen: set[tuple[int, int] | str], found: Walked) -> None:
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
    if suffix in TEMPLATE_SUFFIXES:
        found.templates.append(entry.path.removeprefix("./"))
    elif suffix not in SUFFIXES or not _is(entry, folder=False):
        found.others += 1
    elif found.exclude is not None and found.exclude(entry.path.removeprefix("./")):
        found.excluded.append(entry.path.removeprefix("./"))
    elif len(found.paths) >= MOST_FILES:
        found.others += 1
    else:
        same = identity(entry.path)
        if same not in seen:
            seen.add(same)
            found.paths.append(entry.path.removeprefix("./"))


def _is(entry: os.DirEntry[str], folder: bool) -> bool:
    """Whether it is a folder, or (`folder` False) a regular file or a link that leads nowhere: that one has to be told."""
    try:
        if folder:
            return entry.is_dir()
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path))  # noqa: PTH110
    except OSError:
        return not folder
