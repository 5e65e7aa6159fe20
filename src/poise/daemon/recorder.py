"""Writes down what was watched, as a folder that `poise diagnose --recording` reads."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from poise.daemon.watcher import Tick
from poise.model.sample import Event, Sample, Stack

HEADING = "time,component,metric,value\n"
# The heading file is written again at this many turns, so that a killed watch leaves a recording that can be read.
HEADING_EVERY = 10
PASSWORD = re.compile(r"(://[^:/@\s\"']+):[^@\s\"']+@")


class Recorder:
    """Appends to a recording in `directory`, which is made if it is missing; a recording that is there already is gone on with.

    Raises OSError where it cannot be written. Passwords of DSNs are left out of the copy of poise.toml.
    """

    def __init__(self, directory: Path, configs: Path | Sequence[Path], needs: Path | None = None) -> None:
        self.directory = directory
        self._configs = [configs] if isinstance(configs, Path) else list(configs)
        self._needs = needs
        directory.mkdir(parents=True, exist_ok=True)
        self._from = self._began()
        self._samples = _append(directory / "samples.csv")
        self._events = _append(directory / "events.jsonl")
        if self._samples.tell() == 0:
            self._samples.write(HEADING)
        self._turns = 0
        self._last: Tick | None = None
        self._copied: dict[Path, str] = {}

    def record(self, tick: Tick) -> None:
        """Append this turn."""
        self._from = self._from or _instant(tick.at)
        self._last = tick
        self._samples.writelines(sample_line(sample) for sample in tick.samples)
        self._events.writelines(event_line(event) for event in tick.events)
        self._samples.flush()
        self._events.flush()
        if self._turns % HEADING_EVERY == 0 or tick.events:
            self._write_heading()
        self._turns += 1

    def close(self) -> None:
        """Complete the recording."""
        if self._last is not None:
            self._write_heading()
        self._samples.close()
        self._events.close()

    def _began(self) -> str | None:
        try:
            found: Any = json.loads((self.directory / "recording.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found.get("from") if isinstance(found, dict) else None

    def _write_heading(self) -> None:
        assert self._last is not None
        names = self._copy_configs()
        heading: dict[str, Any] = {"version": 1, "from": self._from, "to": _instant(self._last.at), **stack_json(self._last.window.stack)}
        heading["configs"] = names
        if self._needs is not None:
            text = self._needs.read_text("utf-8")
            self._copy(self.directory / "poise.toml", PASSWORD.sub(r"\1:…@", text))
            heading["needs"] = "poise.toml"
        new = self.directory / ".recording.json"
        new.write_text(json.dumps(heading, ensure_ascii=False, indent=1))
        new.replace(self.directory / "recording.json")

    def _copy_configs(self) -> list[str]:
        """The files as they stand; the first text of one that was edited since is kept beside it as `before-NAME`."""
        names: list[str] = []
        for i, path in enumerate(self._configs):
            name = path.name if path.name not in names else f"{i}-{path.name}"
            names.append(name)
            place = self.directory / name
            text = path.read_text("utf-8", "replace")
            before = self._copied.get(place)
            if before is not None and before != text and not (self.directory / f"before-{name}").exists():
                (self.directory / f"before-{name}").write_text(before)
            self._copy(place, text)
        return names

    def _copy(self, place: Path, text: str) -> None:
        if self._copied.get(place) != text:
            place.write_text(text, "utf-8")
            self._copied[place] = text


def sample_line(sample: Sample) -> str:
    """One line of samples.csv."""
    return f"{_instant(sample.at)},{sample.component},{sample.metric},{sample.value:.9g}\n"


def event_line(event: Event) -> str:
    """One line of events.jsonl."""
    return (
        json.dumps({"at": _instant(event.at), "kind": event.kind, "component": event.component, "text": event.text}, ensure_ascii=False)
        + "\n"
    )


def stack_json(stack: Stack) -> dict[str, Any]:
    """Components and edges as the recording contract has them."""
    components = [{"name": c.name, "kind": c.kind, "address": c.address} for c in stack.components]
    return {"components": components, "edges": [list(edge) for edge in stack.edges]}


def _append(path: Path) -> TextIO:
    return path.open("a", encoding="utf-8")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
