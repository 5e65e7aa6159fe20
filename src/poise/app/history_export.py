"""`poise history export`: a stretch of the history as a recording."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from poise.app.history import HistoryError, chosen
from poise.daemon.recorder import HEADING, event_line, sample_line
from poise.model.sample import Sample, Series
from poise.report.history_json import instant
from poise.report.history_text import ROWS
from poise.store.history.history_reader import HistoryReader, finest
from poise.store.history.sample_history import history_path
from poise.store.history.tiers import RAW
from poise.store.private import make_folder, opened

# Rows as they came are written in stretches: of a large load balancer not all fit into memory.
STRETCH_SECONDS = 600.0


def export(store: Path, config: str | None, load_balancer: str | None, start: datetime, end: datetime, folder: Path) -> Sequence[str]:
    """Write the recording; gives what to tell. Raises HistoryError, StoreError, and OSError where the folder cannot be written."""
    if (folder / "recording.json").exists():
        raise HistoryError(f"{folder} holds a recording: it was left as it is; name another folder")
    with HistoryReader(history_path(store)) as reader:
        subject = chosen(reader, config, load_balancer)
        first, last = start.timestamp(), end.timestamp()
        tier = finest(subject, first)
        make_folder(folder)
        count, seen = 0, (np.inf, -np.inf)
        with FileIO(str(folder / "samples.csv"), "x", opener=opened) as file:
            _write(file, HEADING)
            step = STRETCH_SECONDS if tier is RAW else last - first
            for begin in np.arange(first, last, step).tolist():
                series = reader.series(subject, begin, min(begin + step, last))
                for part in _lines(series):
                    _write(file, "".join(part))
                    count += len(part)
                ends = [(float(each.seconds[0]), float(each.seconds[-1])) for each in series.values()]
                seen = min([seen[0], *(a for a, _ in ends)]), max([seen[1], *(b for _, b in ends)])
        if not count:
            (folder / "samples.csv").unlink()
            raise HistoryError(f"nothing is kept of {subject.name} from {instant(first)} to {instant(last)}: no recording was written")
        events = reader.events(subject, first, last)
        with FileIO(str(folder / "events.jsonl"), "x", opener=opened) as file:
            _write(file, "".join(map(event_line, events)))
        setting = reader.setting(subject, last) or {}
        heading = {"version": 1, "from": instant(seen[0]), "to": instant(seen[1]), **_stack(setting)}
        configs = setting.get("configs", {})
        for name, text in configs.items():
            _file(folder / name, text)
        heading["configs"] = list(configs)
        if isinstance(needs := setting.get("needs"), str):
            _file(folder / "poise.toml", needs)
            heading["needs"] = "poise.toml"
        _file(folder / "recording.json", json.dumps(heading, indent=1))
        lines = [f"{folder}: {count} samples of {subject.name} from {instant(seen[0])} to {instant(seen[1])}, {len(events)} events"]
        if tier is not RAW:
            lines.append(f"could not: single looks are no longer kept of that time; these are {ROWS[tier.name]}")
        if reader.unreadable:
            lines.append(f"could not: {reader.unreadable} chunks of {reader.path} are damaged: their rows are left out")
        return [*lines, f"poise diagnose --recording {folder}"]


def _lines(series: Mapping[tuple[str, str], Series]) -> Iterator[list[str]]:
    """The samples in the order of time, a list for each instant."""
    by_time: dict[float, list[tuple[str, str, float]]] = {}
    for (component, metric), each in series.items():
        for at, value in zip(each.seconds.tolist(), each.values.tolist(), strict=True):
            by_time.setdefault(at, []).append((component, metric, value))
    for at in sorted(by_time):
        moment = datetime.fromisoformat(instant(at))
        yield [sample_line(Sample(moment, *each)) for each in by_time[at]]


def _stack(setting: Mapping[str, Any]) -> dict[str, Any]:
    return {key: setting[key] if isinstance(setting.get(key), list) else [] for key in ("components", "edges")}


def _file(path: Path, text: str) -> None:
    with FileIO(str(path), "x", opener=opened) as file:
        _write(file, text)


def _write(file: FileIO, text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    written = 0
    while written < len(data):
        written += file.write(data[written:])
