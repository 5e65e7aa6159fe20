"""What one look at a running load balancer gave, in words all products share."""

from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.sample import Sample


@dataclass(frozen=True, slots=True)
class Scrape:
    """What one look gave, and what it could not see. `answer_seconds` is how long the load balancer took to answer everything that it was
    asked (None where it was asked nothing, as for a log that is read), `answer_bytes` how large the answers were: what the look cost it."""

    samples: tuple[Sample, ...]
    could_not: tuple[CouldNot, ...] = ()
    answer_seconds: float | None = None
    answer_bytes: int = 0
