"""What can be said of a load balancer that does not answer: what would help, and what its files alone say."""

from collections.abc import Sequence

from poise.app.live import now
from poise.balance.forecast import forecast
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.read import Sources
from poise.report.watch_opening import from_the_file
from poise.traffic.access import what_helps

# Before that it may just be slow.
TURNS = 2


def blind(turns: int, measured: bool) -> bool:
    """Whether nothing was heard of its servers in all its turns."""
    return not measured and turns >= TURNS


def helps_for(could_not: Sequence[CouldNot], configurations: str, product: str = "haproxy") -> list[str]:
    """The commands that would let poise read what it may not, one line each."""
    found = {problem.what: _place(problem.what) for problem in could_not}
    lines = [
        f"helps with {what}: {help_}"
        for what, place in found.items()
        if place and (help_ := what_helps(place, product=product)) is not None
    ]
    return [*lines, f"or, once: sudo poise watch {configurations}"] if lines else []


def from_files(watched: Watched, topology: Topology) -> list[str]:
    """Errors in the files and what a loss does, in lines."""
    from poise.app.audit import AuditOptions, audit  # noqa: PLC0415 - few watches begin blind, and none waits for the rules

    sources = Sources(paths=watched.configurations, together=topology.product == "haproxy")
    found = audit(sources, AuditOptions(needs=None if watched.needs_path is None else str(watched.needs_path)), now().date())
    return from_the_file(found.findings, forecast([topology], watched.needs).pools, watched.configurations[0], found.could_not)


def _place(what: str) -> str | None:
    place = what.rpartition("@")[2]
    return place if place.startswith("/") else None
