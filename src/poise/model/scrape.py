"""What one look at a running load balancer gave: the same for every product, and the only thing that the daemon knows of a collector."""

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.sample import Component, Event, Sample


@dataclass(frozen=True, slots=True)
class Scrape:
    """One look: its samples, and what it could not see. `found` are servers that run and that no file names (discovered by DNS or a
    management server), with the pool that sends them work; `events` what was seen to change (a start, another configuration taken)."""

    samples: tuple[Sample, ...]
    could_not: tuple[CouldNot, ...] = ()
    found: tuple[tuple[str, Component], ...] = ()
    events: tuple[Event, ...] = ()
