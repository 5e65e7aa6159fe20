"""The configuration of one load balancer as its files stand, read again when they change, and what each change moves."""

import difflib
import os
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from poise.balance.diff import diff
from poise.daemon.kept_texts import KeptTexts
from poise.model.could_not import CouldNot
from poise.model.forecast import PoolDiff
from poise.model.needs import Needs
from poise.model.sample import Event
from poise.model.settled import settle
from poise.model.topology import Topology
from poise.model.without_secrets import without_secrets
from poise.reading.files import read_regular
from poise.reading.read import Reading, Sources, read

LINES_TOLD = 8
CHANGES_KEPT = 20
UNTIL_THEN = "Until it can be read, the running load balancer is compared with what the file said before"
# `include conf.d/*.conf;`: a file that comes to such a folder is a change although no file that was read has one.
_PATTERN = re.compile(r"(?:^|[\s;{}])include\s+[\"']?([^;\"'\n]*[*?\[][^;\"'\n]*)", re.MULTILINE)

Mark = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One edit that was seen: the texts before and after, by file."""

    at: datetime
    file: str
    old: str
    new: str


class Configuration:
    """The files of one load balancer of any product: for HAProxy in the order of its `-f` options, for nginx and Envoy the main file, with
    all that it includes or names. `topology` is what they said when all of them could last be read."""

    def __init__(self, paths: Sequence[str], needs: Needs, load_balancer: str = "lb1") -> None:
        self.needs, self.load_balancer = needs, load_balancer
        self.paths = tuple(paths)
        self.could_not: tuple[CouldNot, ...] = ()
        self.changes: deque[ConfigChange] = deque(maxlen=CHANGES_KEPT)
        self.texts: Mapping[Path, str] = {}
        self.topology: Topology | None = None
        self._marks: Mapping[str, Mark] = {}
        self._read()

    def changed(self) -> bool:
        """Whether a file, or a folder that files are taken from, is not as it was when it was read: a few microseconds for each."""
        return self._looked_at(self._marks) != self._marks

    def read_again(self) -> None:
        """At the next refresh, whatever the files' marks say."""
        self._marks = dict.fromkeys(self._marks, ())

    def refresh(self, now: datetime) -> tuple[Event, ...]:
        """Read again if something changed. Gives a change event for each file whose text did."""
        if not self.changed():
            return ()
        before, texts = self.topology, self.texts
        self._read()
        if before is None or self.topology is None or self.topology is before:
            return ()
        files = dict.fromkeys((*texts, *self.texts))
        # A touched file with the same text is no change.
        edited = [ConfigChange(now, str(f), texts.get(f, ""), self.texts.get(f, "")) for f in files if texts.get(f) != self.texts.get(f)]
        self.changes += edited
        moved = diff([before], [self.topology], self.needs) if edited else ()
        came = {str(file): word for file in files if (word := _came(file in texts, file in self.texts))}
        where = f"load-balancer {self.load_balancer}"
        return tuple(Event(now, "change", _tell(change, came.get(change.file, "was edited"), moved), where) for change in edited)

    def _read(self) -> None:
        before = self._looked_at(dict.fromkeys(self.paths, ()))
        reading = read(Sources(paths=self.paths, together=True))
        lost = self._lost(reading)
        if lost and self.topology is not None:
            # In the middle of an editor's save a file is gone for a moment: nothing is concluded from what is left.
            self.could_not = lost
            self._marks = self._looked_at(self._marks)
            return
        self.topology = next(iter(reading.topologies), self.topology)
        if self.topology is not None:
            settle(self.topology)
        others = [CouldNot(t.file, "is another load balancer's: it is watched apart from this one") for t in reading.topologies[1:]]
        self.could_not = (*reading.could_not, *others)
        self.texts = KeptTexts(self._texts(reading))
        # What was looked at before it was read is marked as it stood then: an edit in between is seen the next time.
        self._marks = {**self._looked_at(dict.fromkeys(self._places(), ())), **before}

    def _lost(self, reading: Reading) -> tuple[CouldNot, ...]:
        known = {str(path) for path in self.texts} | set(self.paths)
        gone = [c for c in reading.could_not if c.line is None and c.what in known]
        return tuple(CouldNot(c.what, f"{c.reason}. {UNTIL_THEN}") for c in gone)

    def _texts(self, reading: Reading) -> dict[Path, str]:
        names = self.topology.files if self.topology is not None else ()
        texts = {Path(name): text for name, text in reading.texts.items() if not names or name in names or name in self.paths}
        for path in (Path(name) for name in names):
            if path not in texts:
                try:
                    texts[path] = read_regular(str(path))
                except (OSError, ValueError):
                    continue  # what every package of nginx brings is known without a file; the reader told what is missing
        return texts

    def _places(self) -> list[str]:
        """The files, and the folders from which a pattern or a folder's name takes them."""
        files = [*self.paths, *map(str, self.texts)]
        patterns = [
            Path(found[1].strip()).parent
            for text in self.texts.values()
            if self.topology is not None and self.topology.product == "nginx"
            for found in _PATTERN.finditer(text)
        ]
        first = Path(self.paths[0]).parent if self.paths else Path()
        folders = [str(first / folder) for folder in patterns if not set("*?[") & set(str(folder))]
        return list(dict.fromkeys((*files, *folders)))

    def _looked_at(self, places: Mapping[str, Mark]) -> Mapping[str, Mark]:
        return {place: _mark(place) for place in places}


def _mark(place: str) -> Mark:
    try:
        about = os.stat(place)  # noqa: PTH116 - asked of every file each second
    except OSError as error:
        return (error.errno or 0,)
    except ValueError:
        return ()
    # The change time too: whoever is given the right to read a file has not edited it.
    return (about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)


def _came(before: bool, after: bool) -> str | None:
    return None if before and after else "is a new part of the configuration" if after else "is no longer a part of the configuration"


def _tell(change: ConfigChange, what: str, moved: Sequence[PoolDiff]) -> str:
    words = [f"{change.file} {what}"]
    for pool in moved:
        if pool.share_moved > 0.0005:
            after = {s.server: s.share for s in pool.after}
            gains = ", ".join(f"{s.server} {s.share:.0%} → {after.get(s.server, 0.0):.0%}" for s in pool.before)
            words.append(f"{pool.share_moved:.0%} of pool {pool.pool}'s traffic moves ({gains})")
    lines = [
        line
        for line in difflib.unified_diff(change.old.splitlines(), change.new.splitlines(), lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    words += [_shown(line) for line in lines[:LINES_TOLD]]
    if len(lines) > LINES_TOLD:
        words.append(f"and {len(lines) - LINES_TOLD} lines more")
    return "; ".join(words)


def _shown(line: str) -> str:
    """A changed line for events, pages and postmortems, which more people read than the file: without secrets, as UTF-8."""
    return " ".join(without_secrets(line).split()).encode("utf-8", "backslashreplace").decode()
