"""Reads a recording's folder into the window that was watched."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from poise.app.needs import read_needs
from poise.diagnosis.recording import EVENTS, MANIFEST, SAMPLES, configurations, read
from poise.model.could_not import CouldNot
from poise.model.sample import Window


def recordings(folder: Path) -> Mapping[str, Path]:
    """The recordings in a folder by name: the folder itself, or those in the folders below it where `poise watch` recorded several."""
    if (folder / MANIFEST).exists():
        return {folder.name: folder}
    try:
        below = sorted(place for place in folder.iterdir() if (place / MANIFEST).is_file())
    except OSError:
        below = []
    return {place.name: place for place in below} or {folder.name: folder}


def read_recording(folder: Path) -> Window:
    """The window of the recording in that folder. What cannot be read is in its `could_not`; raises nothing for what the folder holds."""
    files: dict[str, str] = {}
    could_not: list[CouldNot] = []
    if not folder.is_dir():
        could_not.append(CouldNot(str(folder), "there is no such folder: name one that `poise watch --record` wrote"))
    _read(folder, (MANIFEST, SAMPLES, EVENTS), files, could_not)
    # Logs and whatever else lies there are not read: a recording may be large.
    _read(folder, configurations(files), files, could_not)
    needs_file = folder / "poise.toml"
    needs, problems = read_needs(str(needs_file) if needs_file.is_file() else None)
    window = read(files, needs)
    return replace(window, could_not=(*could_not, *problems, *window.could_not))


def _read(folder: Path, names: Iterable[str], files: dict[str, str], could_not: list[CouldNot]) -> None:
    for path in (folder / name for name in names):
        try:
            files[path.name] = path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            continue  # `read` says what it misses
        except OSError as error:
            could_not.append(CouldNot(str(path), f"it cannot be read: {error.strerror}"))
