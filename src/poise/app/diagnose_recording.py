"""Reads a recording's folder into the window that was watched."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from poise.app.needs import read_needs
from poise.app.samples_parquet import PARQUET, read_parquet
from poise.diagnosis.recording import EVENTS, MANIFEST, SAMPLES, configurations, read
from poise.model.could_not import CouldNot
from poise.model.sample import Series, Window
from poise.traffic.recorded_logs import with_logs

MOST_LOGS, MOST_LOG_BYTES = 30, 8_000_000


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
    _read(folder, configurations(files), files, could_not)
    needs_file = folder / "poise.toml"
    needs, problems = read_needs(str(needs_file) if needs_file.is_file() else None)
    samples: Mapping[tuple[str, str], Series] | None = None
    if SAMPLES not in files and (folder / PARQUET).is_file():
        samples, unread = read_parquet(folder / PARQUET)
        could_not += unread
    window = with_logs(read(files, needs, samples), _logs(folder, could_not))
    return replace(window, could_not=(*could_not, *problems, *window.could_not))


def _logs(folder: Path, could_not: list[CouldNot]) -> Mapping[str, bytes]:
    """The ends of the logs that were kept: a day of them may be gigabytes, and what is diagnosed is the last minutes."""
    place = folder / "logs"
    found: dict[str, bytes] = {}
    try:
        paths = sorted(p for p in place.iterdir() if p.is_file() and not p.is_symlink())[:MOST_LOGS]
        for path in paths:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - MOST_LOG_BYTES))
                text = file.read(MOST_LOG_BYTES)
            found[path.name] = text if size <= MOST_LOG_BYTES else text.partition(b"\n")[2]
    except FileNotFoundError:
        pass
    except OSError as error:
        could_not.append(CouldNot(str(error.filename or place), f"it cannot be read: {error.strerror}"))
    return found


def _read(folder: Path, names: Iterable[str], files: dict[str, str], could_not: list[CouldNot]) -> None:
    for path in (folder / name for name in names):
        try:
            files[path.name] = path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            continue  # `read` says what it misses
        except OSError as error:
            could_not.append(CouldNot(str(path), f"it cannot be read: {error.strerror}"))
