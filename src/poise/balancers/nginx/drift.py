"""Whether the workers run with the file as it is now: their start against the files' last change, and what poise saw of the file then."""

from dataclasses import replace
from datetime import datetime

from poise.balancers.listening import listened
from poise.balancers.nginx.processes import Running, may_be_hidden, newest_change, running
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.sample import Event
from poise.model.topology import Topology

# A worker's start is known to a clock tick; a file that was written this shortly after it was written before the reload.
TICK_SECONDS = 0.05
# All processes are looked through for that, which takes some milliseconds.
LOOKS_APART = 10
_HIDDEN = (
    "poise sees no process and no port of another container, so that nginx is down would not be seen while its log is silent: give its "
    "stub_status page as `status` in [watch] of poise.toml, or run poise where nginx runs"
)


@dataclass(frozen=True, slots=True)
class Drifted:
    """One look. `loaded` is the topology that the workers took, None where it is not known; `gone`: nginx ran and runs no more, or
    neither a process nor anybody at its ports was ever to be seen."""

    loaded: Topology | None
    metrics: tuple[tuple[str, float], ...] = ()
    could_not: tuple[CouldNot, ...] = ()
    told: tuple[str, ...] = ()
    load_balancer: str = ""
    gone: bool = False

    def events(self, now: datetime) -> tuple[Event, ...]:
        """What was seen to change."""
        return tuple(Event(now, "change", text, f"load-balancer {self.load_balancer}") for text in self.told)


class Drift:
    """Follows one nginx from look to look; `here` whether it runs on this machine, as far as is known."""

    def __init__(self, load_balancer: str, here: bool = True) -> None:
        self._load_balancer, self._here = load_balancer, here
        self._running: Running | None = None
        self._began_with: frozenset[int] = frozenset()
        self._loaded: Topology | None = None
        self._written: tuple[float, str] | None = None
        self._compared: tuple[int, int] = (0, 0)
        self._same = True
        self._hidden, self._looks = False, 0

    @property
    def prefix(self) -> str | None:
        """Where relative names begin, if the running nginx was told."""
        return self._running.prefix if self._running is not None else None

    @property
    def ran(self) -> bool:
        """Whether it was ever seen to run."""
        return self._running is not None

    @property
    def hidden(self) -> bool:
        """Whether it was never seen, and may run where this process cannot see it."""
        return self._hidden and not self.ran

    @property
    def workers(self) -> int | None:
        """How many workers run, where they can be seen."""
        return len(self._running.workers) if self._running is not None else None

    @property
    def processes(self) -> frozenset[int]:
        """The workers that run here; none where none was seen."""
        return self._running.workers if self._running is not None else frozenset()

    def same_workers(self, topology: Topology) -> bool:
        """Whether those that ran at the last look run now."""
        now = running(topology.pid_file)
        return isinstance(now, Running) and self._running is not None and self._running.workers <= now.workers

    def look(self, topology: Topology) -> Drifted:
        """Compare. Without a look at the processes the file is taken for what runs, and that is said."""
        found = running(topology.pid_file)
        if isinstance(found, CouldNot):
            gone = self.ran or self._absent(found, topology)
            return Drifted(topology, could_not=(replace(found, reason=f"{found.reason}; {_HIDDEN}") if self.hidden else found,), gone=gone)
        told = []
        if self._running is not None and self._began_with.isdisjoint(found.workers):
            what = "took its configuration again" if self._running.master == found.master else "was started again"
            told.append(f"nginx {what}: {len(found.workers)} new workers")
            self._loaded = self._written = None
            self._began_with = found.workers
        # For a moment of a reload old and new workers are seen together.
        self._began_with = self._began_with or found.workers
        self._running = found
        changed = newest_change(topology.files or (topology.file,))
        metrics: list[tuple[str, float]] = [("workers", float(len(found.workers))), ("pid", float(found.master))]
        if changed is None:
            return Drifted(topology, tuple(metrics), told=tuple(told), load_balancer=self._load_balancer)
        newer = changed[0] - found.started
        if self._loaded is None and newer <= TICK_SECONDS:
            self._loaded, self._written = topology, changed
        elif changed == self._written:
            # Read again, and the same.
            self._loaded = topology
            newer = 0.0
        could_not: tuple[CouldNot, ...] = ()
        edited = changed != self._written if self._loaded is not None else newer > TICK_SECONDS
        if edited and not self._alike(topology):
            reason = f"was written {_span(max(newer, 0.0))} after nginx's workers began: they run with an older file"
            known = "" if self._loaded is not None else ", which poise has not seen: their weights are not known"
            could_not = (CouldNot(changed[1], f"{reason}{known}. `nginx -t && nginx -s reload` if the edit is meant"),)
        metrics.append(("file_newer_seconds", max(newer, TICK_SECONDS) if could_not else 0.0))
        return Drifted(self._loaded, tuple(metrics), could_not, tuple(told), self._load_balancer)

    def _absent(self, problem: CouldNot, topology: Topology) -> bool:
        """Neither its process nor anybody at its ports is to be seen; one that writes its pid elsewhere still listens."""
        if self._looks % LOOKS_APART == 0:
            self._hidden = self._here and problem.cause == "gone" and may_be_hidden()
        self._looks += 1
        addresses = [bind.address for listener in topology.listeners for bind in listener.binds]
        return self._here and problem.cause == "gone" and not self._hidden and listened(addresses) is False

    def _alike(self, topology: Topology) -> bool:
        """Whether the edited file says what the loaded one does."""
        if self._loaded is None:
            return False
        pair = (id(self._loaded), id(topology))
        if pair != self._compared:
            same = self._loaded.pools == topology.pools and self._loaded.listeners == topology.listeners
            self._compared, self._same = pair, same
        return self._same


def _span(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
