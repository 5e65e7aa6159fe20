"""The configuration files as they stand, read again when they change, and what each change moves."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from poise.balance.diff import diff
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import recognise
from poise.balancers.haproxy.together import parse_together
from poise.model.could_not import CouldNot
from poise.model.forecast import PoolDiff
from poise.model.needs import Needs
from poise.model.sample import Event
from poise.model.topology import Topology
from poise.model.without_secrets import without_secrets

LINES_TOLD = 8


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One edit that was seen: the texts before and after, by file."""

    at: datetime
    file: str
    old: str
    new: str


class Configuration:
    """The files of one load balancer, in the order of its `-f` options."""

    def __init__(self, paths: Sequence[str], needs: Needs, load_balancer: str = "lb1") -> None:
        self.needs, self.load_balancer = needs, load_balancer
        self.could_not: tuple[CouldNot, ...] = ()
        self.changes: list[ConfigChange] = []
        self._paths = [Path(path) for path in paths]
        self._marks: dict[Path, tuple[int, int, int]] = {}
        self.texts: dict[Path, str] = {}
        self._unreadable: dict[Path, CouldNot] = {}
        self.topology: Topology | None = None
        self.refresh(None)

    def refresh(self, now: datetime | None) -> tuple[Event, ...]:
        """Look at the files; read again those that changed. Gives a change event for each, none for the first reading."""
        edited = [change for path in self._paths if (change := self._read(path, now)) is not None]
        if not edited and self.topology is not None:
            return ()
        before = self.topology
        self._parse()
        if now is None or before is None or self.topology is None:
            return ()
        self.changes += edited
        moved = diff([before], [self.topology], self.needs)
        return tuple(Event(now, "change", _tell(change, moved), f"load-balancer {self.load_balancer}") for change in edited)

    def _read(self, path: Path, now: datetime | None) -> ConfigChange | None:
        try:
            about = path.stat()
            mark = (about.st_mtime_ns, about.st_size, about.st_ino)
            if self._marks.get(path) == mark:
                return None
            # Every byte is kept, so that spans and edits stay exact in files that are not UTF-8.
            text = path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            self._unreadable[path] = CouldNot(
                str(path), f"{error.strerror}: the running load balancer is compared with what the file said before"
            )
            self._sum_up()
            return None
        self._marks[path] = mark
        if self._unreadable.pop(path, None) is not None:
            self._sum_up()
        old, self.texts[path] = self.texts.get(path), text
        # A touched file with the same text is no change.
        return ConfigChange(now, str(path), old, text) if now is not None and old is not None and old != text else None

    def _parse(self) -> None:
        # In the order of the paths, whichever of them could be read first.
        known = [(str(path), self.texts[path]) for path in self._paths if path in self.texts and recognise(self.texts[path])]
        self.topology = lower(parse_together(known)) if known else None
        self._sum_up()

    def _sum_up(self) -> None:
        foreign = [
            CouldNot(str(p), "is not a HAProxy configuration: this version watches HAProxy")
            for p, t in self.texts.items()
            if not recognise(t)
        ]
        lines = self.topology.could_not if self.topology else ()
        self.could_not = (*self._unreadable.values(), *foreign, *lines)


def _tell(change: ConfigChange, moved: Sequence[PoolDiff]) -> str:
    words = [f"{change.file} was edited"]
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
