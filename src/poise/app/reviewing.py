"""Reviews a load balancer on a schedule and at every change of its files: audit, loss of one server, drift. Kept, and compared."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from poise.app.audit import AuditOptions, audit
from poise.balance.forecast import forecast
from poise.daemon.watched import Watched
from poise.daemon.watcher import Tick
from poise.detectors.drift import judge as drift
from poise.model.alert import Verdict
from poise.model.could_not import CouldNot
from poise.model.review import Loss, Review, worse
from poise.model.topology import Topology
from poise.reading.read import Sources
from poise.store.private import make_folder, replace_text

MOST_KEPT = 400
# How the daemon tells of a file that is not what it was.
EDITED = (" was edited", " part of the configuration")
# Reviewed in the middle of an edit, half of what was meant stands in the file.
SETTLED = timedelta(seconds=5)
# Before that there are no figures to hold against the file.
FIRST_LOOKS = timedelta(seconds=10)


class Reviewing:
    """The reviews of one load balancer, kept in a file of `folder` (one JSON a line). `last` is the newest, `base` the newest that was not
    worse than the one before it."""

    def __init__(self, watched: Watched, folder: Path, when: timedelta | time) -> None:
        self.watched, self._when = watched, when
        # Two watches of other files may both call theirs lb1.
        files = "\n".join(str(Path(path).resolve()) for path in watched.configurations)
        self._path = folder / f"{watched.name}-{sha256(files.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}.jsonl"
        self._running = False
        self.base: Review | None = None
        self.last: Review | None = None
        self._began: datetime | None = None
        self._asked: datetime | None = None
        self._loaded = False
        self._unread: set[str] = set()

    def due(self, tick: Tick) -> bool:
        """Whether to review now; asked at every turn. After it said so it says no until `take` is through."""
        if self._running:
            return False
        self._running = self._is_due(tick)
        return self._running

    def _is_due(self, tick: Tick) -> bool:
        self._began = self._began or tick.at
        if any(event.kind == "change" and any(words in event.text for words in EDITED) for event in tick.events):
            self._asked = tick.at + SETTLED
        if self._asked is not None:
            return tick.at >= self._asked
        if tick.at < self._began + FIRST_LOOKS or not tick.window.topologies:
            return False
        if self.last is None:
            return True
        if isinstance(self._when, timedelta):
            return tick.at >= self.last.at + self._when
        today = datetime.combine(tick.at.date(), self._when, tick.at.tzinfo)
        return self.last.at < today <= tick.at

    def take(self, tick: Tick) -> list[str]:
        """Review, keep, compare: the lines to tell. It reads and writes files and takes a second or more: call it in a thread."""
        self._asked = None
        try:
            return self._take(tick)
        finally:
            self._running = False

    def _take(self, tick: Tick) -> list[str]:
        lines = self._load()
        topology = next(iter(tick.window.topologies), None)
        if topology is None:
            return lines
        self.last, could_not = self._made(tick, topology)
        made = self.last
        found = worse(self.base, made) if self.base is not None else ()
        errors = sum(severity == "error" for severity, _ in made.findings.values())
        said = f"review: {len(made.findings)} findings ({errors} errors), {len(made.unmet)} needs not met, {len(made.drift)} differences"
        lines.append(f"{said} between file and running state" + ("" if self.base is None else f"; {len(found) or 'nothing'} worse"))
        # A file that cannot be read any more has no findings, and is not better for it.
        unread = {each.what for each in could_not if each.line is None}
        lines += [f"could not: {each.what}: {each.reason}: this review does not count it" for each in could_not]
        if not found and (self.base is None or unread <= self._unread):
            self.base, self._unread = made, unread
        return lines + self._keep(made, bool(found))

    def _made(self, tick: Tick, topology: Topology) -> tuple[Review, Sequence[CouldNot]]:
        watched = self.watched
        sources = Sources(paths=watched.configurations, together=topology.product == "haproxy")
        needs = None if watched.needs_path is None else str(watched.needs_path)
        audited = audit(sources, AuditOptions(needs=needs), tick.at.date())
        pools = forecast([topology], watched.needs).pools
        losses = {}
        for pool in pools:
            worst = max((loss for loss in pool.without if len(loss.lost) == 1), key=lambda loss: loss.top_share, default=None)
            if worst is not None and worst.top is not None:
                losses[pool.pool] = Loss(worst.lost[0], worst.top, round(worst.top_share, 4))
        differences = [v for v in drift(tick.window, tick.at) if isinstance(v, Verdict) and v.state == "bad"]
        made = Review(
            tick.at,
            {f"{f.rule} {f.location.file} {f.pool} {f.server}": (f.severity, f.message) for f in audited.findings},
            losses,
            tuple(f"{p.pool}: {check.need}: {check.detail}" for p in pools for check in p.needs if not check.met),
            tuple(f"{v.component}: {v.reason}" for v in differences),
        )
        return made, audited.could_not

    def _load(self) -> list[str]:
        if self._loaded:
            return []
        self._loaded = True
        try:
            lines = self._path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            return [f"could not: {self._path}: {error}: this review is compared with none"]
        kept = [entry for line in lines if (entry := _read(line)) is not None]
        self.base = next((review for review, was_worse in reversed(kept) if not was_worse), None)
        return []

    def _keep(self, made: Review, was_worse: bool) -> list[str]:
        entry = {**asdict(made), "at": made.at.isoformat(), "worse": was_worse}
        try:
            make_folder(self._path.parent)
            before: Sequence[str] = self._path.read_text("utf-8").splitlines() if self._path.exists() else ()
            replace_text(self._path, "".join(f"{line}\n" for line in (*before[1 - MOST_KEPT :], json.dumps(entry))).encode())
        except (OSError, ValueError) as error:
            problem = CouldNot(str(self._path), f"{error}: the review is not kept, the next is compared with this one all the same")
            return [f"could not: {problem.what}: {problem.reason}"]
        return []


def _read(line: str) -> tuple[Review, bool] | None:
    """A kept review, None for a line that is none: the newest that can be read counts."""
    try:
        entry = json.loads(line)
        losses = {pool: Loss(loss["lost"], loss["top"], float(loss["share"])) for pool, loss in entry["losses"].items()}
        findings = {key: (str(found[0]), str(found[1])) for key, found in entry["findings"].items()}
        at = datetime.fromisoformat(entry["at"])
        return Review(at, findings, losses, tuple(map(str, entry["unmet"])), tuple(map(str, entry["drift"]))), bool(entry["worse"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
