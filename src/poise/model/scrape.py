"""What one look at a running load balancer gave: the same for every product, and the only thing that the daemon knows of a collector."""

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.sample import Block, Component, Event, Sample


@dataclass(frozen=True, slots=True)
class Scrape:
    """One look: its samples, the `blocks` of what many components have (servers), and what it could not see.

    `answer_seconds` is how long the load balancer took to answer everything that it was asked (None where it was asked nothing, as for a
    log that is read), `answer_bytes` how large the answers were: what the look cost it. `found` are servers that run and that no file
    names (discovered by DNS or a management server), with the pool that sends them work; `events` what was seen to change (a start,
    another configuration taken).
    """

    samples: tuple[Sample, ...]
    could_not: tuple[CouldNot, ...] = ()
    answer_seconds: float | None = None
    answer_bytes: int = 0
    found: tuple[tuple[str, Component], ...] = ()
    events: tuple[Event, ...] = ()
    blocks: tuple[Block, ...] = ()

    def figures(self) -> dict[tuple[str, str], float]:
        """All that was measured by component and metric; slow, for tests and small load balancers."""
        every = (*self.samples, *(sample for block in reversed(self.blocks) for sample in block.samples()))
        return {(sample.component, sample.metric): sample.value for sample in every}
