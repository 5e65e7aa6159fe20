"""Writes a window as a recording that `poise diagnose --recording` reads."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from poise.app.needs import needs_file
from poise.daemon.recorder import HEADING, event_line, sample_line, stack_json
from poise.model.could_not import CouldNot
from poise.model.instants import rfc3339
from poise.model.sample import Sample, Window
from poise.model.without_secrets import masked_copy, variables_needed, without_userinfo
from poise.reading.files import read_regular
from poise.store.private import make_folder, replace_text

# So many samples are one write.
TOGETHER = 20_000


def write_recording(
    folder: Path, windows: Mapping[str, Window], configurations: Sequence[str] = (), needs_path: str | None = None
) -> tuple[CouldNot, ...]:
    """The recording of each window: in `folder`, in a folder of its own below it where there are several. Only into folders that are
    empty or not there yet. Gives what could not be written."""
    try:
        make_folder(folder)
        if any(folder.iterdir()):
            return (CouldNot(str(folder), "is not empty: nothing was written there; name a folder that is empty or not there yet"),)
        for number, (name, window) in enumerate(windows.items(), 1):
            place = folder if len(windows) == 1 else folder / (re.sub(r"[^\w.-]+", "-", name).strip(".-") or f"lb{number}")
            make_folder(place)
            _write(place, window, configurations, needs_path)
    except (OSError, ValueError) as error:
        where = getattr(error, "filename", None) or folder
        return (CouldNot(str(where), f"{getattr(error, 'strerror', None) or error}: the recording is not complete, do not use it"),)
    return ()


def _write(place: Path, window: Window, configurations: Sequence[str], needs_path: str | None) -> None:
    needs = needs_file(needs_path, configurations[0] if configurations else None)
    files = tuple(dict.fromkeys(f for t in window.topologies for f in (t.files or (t.file,))))
    texts = {file: read_regular(file) for file in files}
    kept = variables_needed(texts.values())
    names: dict[str, str] = {}
    for number, (file, text) in enumerate(texts.items()):
        base = Path(file).name
        taken = {*names.values(), "recording.json", "samples.csv", "events.jsonl", "poise.toml"}
        names[file] = base if base not in taken else f"{number}-{base}"
        replace_text(place / names[file], masked_copy(text, kept).encode("utf-8", "surrogateescape"))
    replace_text(place / "samples.csv", HEADING.encode())
    # What was opened by replace_text is 0600 from its first moment.
    with (place / "samples.csv").open("a", encoding="utf-8", errors="backslashreplace") as file_of_samples:
        for lines in _samples(window):
            file_of_samples.write(lines)
    replace_text(place / "events.jsonl", "".join(map(event_line, window.events)).encode("utf-8", "backslashreplace"))
    first = min((float(s.seconds[0]) for s in window.series.values() if len(s.seconds)), default=window.now.timestamp())
    heading = {
        "version": 1,
        "from": rfc3339(datetime.fromtimestamp(first, UTC)),
        "to": rfc3339(window.now),
        **stack_json(window.stack),
        "configs": list(names.values()),
    }
    if needs is not None and needs.is_file():
        replace_text(place / "poise.toml", without_userinfo(read_regular(str(needs))).encode("utf-8", "surrogateescape"))
        heading["needs"] = "poise.toml"
    # Last, for without it the folder is no recording.
    replace_text(place / "recording.json", json.dumps(heading, indent=1).encode())


def _samples(window: Window) -> Iterator[str]:
    lines: list[str] = []
    for (component, metric), series in window.series.items():
        for at, value in zip(series.seconds.tolist(), series.values.tolist(), strict=True):
            lines.append(sample_line(Sample(datetime.fromtimestamp(at, UTC), component, metric, value)))
            if len(lines) >= TOGETHER:
                yield "".join(lines)
                lines = []
    yield "".join(lines)
