"""Writes down what was watched, as a folder that `poise diagnose --recording` reads."""

import errno
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

from poise.daemon.copies import files_of, names_of, texts_of
from poise.daemon.watcher import Tick
from poise.model.could_not import CouldNot
from poise.model.recorded_metric import to_recording
from poise.model.sample import Block, Event, Sample, Stack
from poise.model.topology import Topology
from poise.model.without_secrets import masked_copy, variables_needed, without_userinfo
from poise.report.printable import one_line
from poise.store.private import make_folder, opened, replace_text

HEADING = "time,component,metric,value\n"
# The heading file is written again at this many turns, so that a killed watch leaves a recording that can be read.
HEADING_EVERY = 10
# What waits for a disk that is full: half an hour of a large stack (100 samples of 50 bytes a second is 9 MB).
MOST_WAITING_BYTES = 16 * 1024 * 1024


class Recorder:
    """Appends to a recording in `directory`, which is made if it is missing; a recording that is there already is gone on with.

    Only making the folder and its first files raises OSError. Afterwards what cannot be read or written is in `could_not`, the watch goes
    on, and what waits is written once that is possible again. New files are 0600, new folders 0700. Passwords and other secrets are
    masked in the copies, byte for byte, so that the files can still be lowered and the spans hold.
    """

    def __init__(self, directory: Path, configs: Path | Sequence[Path], needs: Path | None = None) -> None:
        self.directory = directory
        self._configs = [configs] if isinstance(configs, Path) else list(configs)
        self._needs = needs
        make_folder(directory)
        self._from = self._began()
        self._samples = _Appended(directory / "samples.csv", HEADING)
        self._events = _Appended(directory / "events.jsonl")
        self._turns = 0
        self._last: Tick | None = None
        self._heading_due = True
        self._copied: dict[Path, bytes] = {}
        self._seen: dict[Path, str] = {}
        self._read_texts: dict[Path, str] = {}
        self._masked: dict[Path, str] = {}
        self._standing: dict[str, CouldNot] = {}
        self._ends = False

    def follow(self, configs: Sequence[Path], needs: Path | None) -> None:
        """From now on these files are copied, beside what the recording holds of those before."""
        if (list(configs), needs) != (self._configs, self._needs):
            self._configs, self._needs = list(configs), needs
            self._heading_due = True

    @property
    def could_not(self) -> tuple[CouldNot, ...]:
        """What cannot be recorded at present; empty again once it can."""
        return tuple(self._standing.values())

    def record(self, tick: Tick) -> tuple[CouldNot, ...]:
        """Append this turn. Gives what could not be recorded, each reason once until it has passed; raises no OSError."""
        before = set(self._standing.values())
        self._from = self._from or _instant(tick.at)
        self._last = tick
        self._samples.add("".join((*map(sample_line, tick.samples), *map(block_lines, tick.blocks))))
        self._events.add("".join(map(event_line, tick.events)))
        self._heading_due = self._heading_due or self._turns % HEADING_EVERY == 0 or bool(tick.events)
        self._turns += 1
        self._write()
        return tuple(each for each in self.could_not if each not in before)

    def close(self) -> tuple[CouldNot, ...]:
        """Complete the recording. Gives what could not be."""
        self._heading_due, self._ends = self._last is not None, True
        self._write()
        for file in (self._samples, self._events):
            file.close()
        return self.could_not

    def _began(self) -> str | None:
        try:
            found: Any = json.loads((self.directory / "recording.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        began = found.get("from") if isinstance(found, dict) else None
        return began if isinstance(began, str) else None

    def _write(self) -> None:
        for file in (self._samples, self._events):
            self._try(file.path, file.write)
        if self._heading_due and self._last is not None:
            heading = self._heading(self._last)
            place = self.directory / "recording.json"
            self._heading_due = not self._try(place, lambda: replace_text(place, json.dumps(heading, indent=1).encode()))

    def _try(self, place: Path, act: Callable[[], object]) -> bool:
        try:
            act()
        except OSError as error:
            what = str(error.filename or place)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            helps = f". Make room there: {MOST_WAITING_BYTES // 1024 // 1024} MB of figures wait meanwhile" if full else ""
            goes_on = "what waited for it is not in the recording" if self._ends else "the recording goes on and tries again each turn"
            self._standing[str(place)] = CouldNot(what, f"{error.strerror or error}: {goes_on}{'' if self._ends else helps}")
            return False
        self._standing.pop(str(place), None)
        return True

    def _heading(self, last: Tick) -> dict[str, Any]:
        heading: dict[str, Any] = {"version": 1, "from": self._from, "to": _instant(last.at), **stack_json(last.window.stack)}
        heading["configs"] = self._copy_configs(next(iter(last.window.topologies), None))
        needs = self._needs
        if needs is not None:
            self._try(self.directory / "poise.toml", lambda: self._copy("poise.toml", without_userinfo(_text(needs))))
            if (self.directory / "poise.toml").exists():
                heading["needs"] = "poise.toml"
        return heading

    def _copy_configs(self, topology: Topology | None) -> list[str]:
        """The files as they stand; the first text of one that was edited since is kept beside it as `before-NAME`.

        A file that is missing, as in the middle of an editor's save, keeps its last copy.
        """
        files = files_of(self._configs, topology)
        texts = {path: text for path, text in self._read_texts.items() if path in files}
        for path in files:
            self._try(path, partial(_read, path, texts))
        self._read_texts = dict(texts)
        files, texts = texts_of(files, texts, topology)
        names = names_of(files)
        if texts != self._seen:
            # Masking a large configuration takes a second: only what was edited is masked again.
            needed = variables_needed(texts.values())
            self._masked = {path: masked_copy(text, needed) for path, text in texts.items()}
            self._seen = texts
        for path, text in self._masked.items():
            if path not in names:
                continue
            self._try(self.directory / names[path], partial(self._copy, names[path], text, keep=True))
        return [name for name in names.values() if (self.directory / name).exists()]

    def _copy(self, name: str, text: str, keep: bool = False) -> None:
        place = self.directory / name
        data = text.encode("utf-8", "surrogateescape")
        before = self._copied.get(place)
        if before == data:
            return
        earlier = self.directory / f"before-{name}"
        if keep and before is not None and not earlier.exists():
            replace_text(earlier, before)
        replace_text(place, data)
        self._copied[place] = data


class _Appended:
    """A file that grows by whole blocks: one that could not be written entirely is cut off and waits, so that no line is torn."""

    def __init__(self, path: Path, heading: str = "") -> None:
        self.path = path
        self._file = FileIO(str(path), "a", opener=opened)
        self._waiting = bytearray(heading.encode() if self._file.tell() == 0 else b"")

    def add(self, text: str) -> None:
        """To be written. Above the bound the oldest lines that wait are given up."""
        # Text of others may hold lone surrogates: in JSON their escape is the same text.
        self._waiting += text.encode("utf-8", "backslashreplace")
        if len(self._waiting) > MOST_WAITING_BYTES:
            del self._waiting[: self._waiting.index(b"\n", len(self._waiting) - MOST_WAITING_BYTES) + 1]

    def write(self) -> None:
        """All that waits, or nothing. Raises OSError."""
        good = self._file.seek(0, 2)
        written = 0
        try:
            while written < len(self._waiting):
                written += self._file.write(memoryview(self._waiting)[written:])
        except OSError:
            if written:
                self._file.truncate(good)
            raise
        self._waiting = bytearray()

    def close(self) -> None:
        self._file.close()


def sample_line(sample: Sample) -> str:
    """One line of samples.csv."""
    metric, times = to_recording(sample.metric)
    return f"{_instant(sample.at)},{_field(sample.component)},{metric},{_figure(sample.value * times)}\n"


def block_lines(block: Block) -> str:
    """The lines of samples.csv for a block."""
    at = _instant(block.at)
    names = [to_recording(metric) for metric in block.metrics]
    return "".join(
        f"{at},{_field(component)},{metric},{_figure(value * times)}\n"
        for component, row in zip(block.components, block.values.tolist(), strict=True)
        for (metric, times), value in zip(names, row, strict=True)
        if value == value  # noqa: PLR0124 - NaN is not itself
    )


def _field(name: str) -> str:
    """As CSV has it (RFC 4180): clusters of Envoy and upstreams of nginx may be called anything. A line stays one."""
    if "," not in name and '"' not in name and name.isprintable():
        return name
    return '"' + one_line(name).replace('"', '""') + '"'


def event_line(event: Event) -> str:
    """One line of events.jsonl."""
    fields = {"at": _instant(event.at), "kind": event.kind, "component": event.component, "text": event.text}
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _figure(value: float) -> str:
    """Nine digits, and a counter whole however far it has come."""
    return f"{value:.15g}" if value.is_integer() else f"{value:.9g}"


def stack_json(stack: Stack) -> dict[str, Any]:
    """Components and edges as the recording contract has them."""
    components = [{"name": c.name, "kind": c.kind, "address": c.address} for c in stack.components]
    return {"components": components, "edges": [list(edge) for edge in stack.edges]}


def _read(path: Path, texts: dict[Path, str]) -> None:
    texts[path] = _text(path)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
